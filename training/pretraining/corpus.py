"""The texts of a pre-training run: tokenised, and split so that near repeats stay on one side."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch
from rich.progress import track
from tokenizers import Tokenizer
from torch import Tensor

from training.data.near_duplicates import near_duplicate_groups
from training.data.registry import permitted_sets
from training.data.split import development_groups, whole_groups
from training.data.unlabelled import StreamCounts, UnlabelledSource, UnlabelledText, load_unlabelled
from training.errors import ConfigError
from training.pretraining.config import PretrainConfig
from training.pretraining.masking import MaskRule, guessable

_CHUNK = 2_000
_FEWEST_PIECES = 2
"""A text of one piece has nothing to guess it by."""


def read_streams(
    config: PretrainConfig, sources: dict[str, UnlabelledSource], root: Path
) -> tuple[list[UnlabelledText], list[UnlabelledText], dict[str, StreamCounts]]:
    """The training texts, the development texts and the counts of the streams that the licence permits.

    :raises ConfigError: when a stream is unknown, missing or none is permitted, or no text is left for a side.
    :raises DataError: when a line is wrong.
    """
    texts, counts = load_unlabelled(permitted_sets(config.sources, sources, config.licence), sources, root)
    keys = [one.key for one in texts]
    chosen = development_groups(keys, share=config.dev_share, most_rows=config.dev_texts)
    dev_keys = whole_groups(chosen, list(near_duplicate_groups(keys).items()))
    dev = [one for one in texts if one.key in dev_keys]
    if not 0 < len(dev) < len(texts):
        raise ConfigError(f"config: expected texts for training and for judging, got {len(texts)} texts in all")
    return [one for one in texts if one.key not in dev_keys], dev, counts


def tokenise(
    tokenizer: Tokenizer, texts: Sequence[UnlabelledText], rule: MaskRule, max_tokens: int
) -> list[Sequence[int]]:
    """The ids of each text that has at least two pieces to mask, cut to `max_tokens`, special tokens included."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    found: list[Sequence[int]] = []
    for start in track(range(0, len(texts), _CHUNK), description="tokenising", transient=True):
        encodings = tokenizer.encode_batch([one.text for one in texts[start : start + _CHUNK]])
        found += [array("i", one.ids) for one in encodings if len(guessable(one.ids, rule)) >= _FEWEST_PIECES]
    return found


def piece_counts(texts: Sequence[Sequence[int]], rule: MaskRule, pieces: int) -> Tensor:
    """How often each of the `pieces` of the embeddings is there to be guessed, plus one. *Shape:* (pieces,)."""
    every = np.fromiter(chain.from_iterable(texts), dtype=np.int64)
    counts = torch.from_numpy(np.bincount(every, minlength=pieces)).float()
    counts[sorted(rule.special)] = 0.0
    return counts + 1.0
