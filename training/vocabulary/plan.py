"""A decision on a vocabulary, and the files that follow from it whatever the weights lie in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from services.inference.bundle import load_bundle
from training.errors import CheckpointError
from training.learning.checkpoint import ENCODER, TOKENIZER
from training.model.bundle_weights import is_bundle
from training.vocabulary.choose import Rule, choose
from training.vocabulary.embedding_rows import trim_layout
from training.vocabulary.pieces import Vocabulary, read_vocabulary, trimmed
from training.vocabulary.report import TrimReport, report
from training.vocabulary.usage import Usage, count_pieces


@dataclass(frozen=True)
class TrimPlan:
    """The pieces of the model in `base` that stay (ids, rising), and how often each was seen in `texts`."""

    base: Path
    vocabulary: Vocabulary
    kept: list[int]
    usage: Usage
    texts: Sequence[str]

    def write_tokenizer(self, folder: Path) -> None:
        """Write the trimmed tokenizer into a folder."""
        content = json.dumps(trimmed(self.vocabulary, self.kept), ensure_ascii=False)
        (folder / TOKENIZER).write_text(content, encoding="utf-8")

    def write_layout(self, folder: Path) -> None:
        """Write the encoder's `config.json` with the new number of pieces into a folder."""
        config = json.loads((self.base / ENCODER).read_text(encoding="utf-8"))
        (folder / ENCODER).write_text(json.dumps(trim_layout(config, self.kept), indent=1), encoding="utf-8")

    def report(self, folder: Path, weights: str) -> TrimReport:
        """Count again with the tokenizer in `folder`, whose weights are in the file `weights`."""
        unknown = self.kept.index(self.vocabulary.unknown)
        after = count_pieces(Tokenizer.from_file(str(folder / TOKENIZER)), self.texts, unknown)
        sizes = [sum((place / name).stat().st_size for name in (weights, TOKENIZER)) for place in (self.base, folder)]
        return report(self.usage, after, self.kept, (sizes[0], sizes[1]))


def plan_trim(base: Path, texts: Sequence[str], rule: Rule) -> TrimPlan:
    """Count the pieces of the model in `base` over texts and choose those that stay.

    :raises ConfigError: when its tokenizer cannot be trimmed, or the rule leaves no room.
    :raises CheckpointError: when the folder holds no model.
    """
    vocabulary = read_vocabulary(base / TOKENIZER, _pad_id(base))
    usage = count_pieces(Tokenizer.from_file(str(base / TOKENIZER)), texts, vocabulary.unknown)
    return TrimPlan(base, vocabulary, choose(vocabulary, usage.counts, rule), usage, texts)


def _pad_id(base: Path) -> int:
    if is_bundle(base):
        return load_bundle(base).manifest.pad_token_id
    try:
        return int(json.loads((base / ENCODER).read_text(encoding="utf-8"))["pad_token_id"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{base.name}: expected a base model, a checkpoint or a bundle: {error}") from error
