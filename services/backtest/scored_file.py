"""Scored texts in a file, so that several runs can read them without holding them in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from services.domain.messages import ScoredText
from services.files.jsonl import open_writer


def write_scored(texts: Iterable[ScoredText], path: Path) -> None:
    """Write texts, one JSON object a line."""
    with open_writer(path) as writer:
        for text in texts:
            writer.write(text)


def read_scored(path: Path) -> Iterator[ScoredText]:
    """The texts of `write_scored`, in their order."""
    decoder = msgspec.json.Decoder(ScoredText)
    with path.open("rb") as lines:
        for line in lines:
            yield decoder.decode(line)
