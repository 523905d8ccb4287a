"""Texts that could be labelled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.files.jsonl import PIPE
from services.text.language import detect
from training.data.examples import prepare
from training.data.near_duplicates import near_duplicate_key
from training.data.records import file_records, require_string
from training.data.split import development_rank


@dataclass(frozen=True)
class Candidate:
    """One text, as it stands in its file."""

    id: str
    text: str
    lang: str
    source: str

    @property
    def key(self) -> str:
        """What copies of the text share."""
        return text_key(self.text)


def text_key(text: str) -> str:
    """What copies of a text share: its words, or all of it where it has none; "" when nothing is left of it."""
    prepared = prepare(text)
    return near_duplicate_key(prepared) or prepared


def candidate_records(path: Path) -> Iterator[tuple[int, dict[str, Any], Candidate]]:
    """Yield the number, record and text of each row of a JSON Lines or CSV file (`-`: standard input).

    :raises DataError: when a line is no record or has no text.
    :raises InvalidInput: when the file cannot be read.
    """
    stem = "stdin" if str(path) == PIPE else path.name.partition(".")[0]
    for line, record in file_records(path, path.name):
        text = require_string(record.get("text"), file=path.name, line=line, field="text")
        own_id, source = str(record.get("id") or f"{stem}-{line}"), str(record.get("source") or stem)
        yield line, record, Candidate(own_id, text, detect(prepare(text)), source)


def read_candidates(path: Path, known: frozenset[str], rows: int) -> list[Candidate]:
    """Read the texts of a file, each once, at most `rows` of them, without those that have one of the `known` keys.

    Of more texts those with the lowest hash are taken: a stable sample. Errors as `candidate_records`.
    """
    found: dict[str, Candidate] = {}
    for _, _, candidate in candidate_records(path):
        key = candidate.key
        if key and key not in known:
            found.setdefault(key, candidate)
    chosen = frozenset(sorted(found, key=development_rank)[:rows])
    return [candidate for key, candidate in found.items() if key in chosen]
