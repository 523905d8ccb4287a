"""The pieces of a tokenizer as its `tokenizer.json` holds them, and the same file with fewer of them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.errors import ConfigError

KINDS = ("Unigram", "WordLevel")
"""Models of which a piece can be taken out without touching the others. BPE's merges build on one another."""
_TEMPLATE = "TemplateProcessing"


@dataclass(frozen=True)
class Vocabulary:
    """`pieces` by id; `special` ids are those that the tokenizer or the model names: added tokens, those put
    around a text, padding and the unknown piece.
    """

    document: Mapping[str, Any]
    pieces: tuple[str, ...]
    special: frozenset[int]
    unknown: int

    @property
    def indispensable(self) -> frozenset[int]:
        """Special pieces, and single characters: whatever else goes, a text can still be spelled."""
        return self.special | {index for index, piece in enumerate(self.pieces) if len(piece) == 1}


def read_vocabulary(file: Path, pad_id: int) -> Vocabulary:
    """Read a `tokenizer.json`; `pad_id` is the padding of the model.

    :raises ConfigError: when it is missing, broken, or of another kind than `KINDS`.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        model = document["model"]
        if model["type"] not in KINDS:
            raise ConfigError(f"{file.name}: expected a tokenizer of {' or '.join(KINDS)}, got {model['type']}")
        if model["type"] == "Unigram":
            pieces, unknown = tuple(piece for piece, _ in model["vocab"]), model["unk_id"]
        else:
            pieces = tuple(sorted(model["vocab"], key=model["vocab"].__getitem__))
            unknown = model["vocab"][model["unk_token"]]
        around = document["post_processor"] or {"type": _TEMPLATE, "special_tokens": {}}
        if around["type"] != _TEMPLATE:
            raise ConfigError(f"{file.name}: expected a post-processor of {_TEMPLATE}, got {around['type']}")
        special = {unknown, pad_id, *(token["id"] for token in document["added_tokens"])}
        special |= {index for token in around["special_tokens"].values() for index in token["ids"]}
        special |= {document["padding"]["pad_id"]} if document["padding"] else set()
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{file.name}: {type(error).__name__}: {error}") from error
    return Vocabulary(document, pieces, frozenset(special), unknown)


def trimmed(vocabulary: Vocabulary, kept: Sequence[int]) -> dict[str, Any]:
    """The tokenizer with the pieces `kept` (ids, rising), numbered anew in their order.

    A Unigram model takes the best of all segmentations, so a text whose pieces are all kept is cut as before
    (Kudo 2018, https://arxiv.org/abs/1804.10959).

    :raises ValueError: when a special piece is not kept.
    """
    if not vocabulary.special <= set(kept):
        raise ValueError("special pieces must be kept")
    number = {old: new for new, old in enumerate(kept)}
    document = copy.deepcopy(dict(vocabulary.document))
    model = document["model"]
    if model["type"] == "Unigram":
        model["vocab"] = [model["vocab"][old] for old in kept]
        model["unk_id"] = number[vocabulary.unknown]
    else:
        model["vocab"] = {vocabulary.pieces[old]: new for old, new in number.items()}
    for token in document["added_tokens"]:
        token["id"] = number[token["id"]]
    for token in (document["post_processor"] or {}).get("special_tokens", {}).values():
        token["ids"] = [number[old] for old in token["ids"]]
    if document["padding"]:
        document["padding"]["pad_id"] = number[document["padding"]["pad_id"]]
    return document
