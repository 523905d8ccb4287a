"""A data set that grows by one answer at a time: JSON Lines in the registry's format."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import msgspec

from training.active_learning.candidates import Candidate, candidate_records, text_key
from training.active_learning.question import Question
from training.data.rows import read_rows
from training.errors import ConfigError, DataError


class LabelledFile:
    """Answers are appended, each at once; a text that is there already, whatever its label, is not written again.

    :raises ConfigError: when the file is no plain JSON Lines, to which nothing can be appended.
    :raises DataError: when a line of it is wrong.
    """

    def __init__(self, path: Path) -> None:
        if path.name.endswith((".gz", ".csv")):
            raise ConfigError(f"{path.name}: expected a plain JSON Lines file, to which answers can be appended")
        self.path = path
        self._keys = {text_key(row.text) for row in read_rows(path)} if path.is_file() else set()

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all texts in it."""
        return frozenset(self._keys)

    def append(self, candidate: Candidate, label: str) -> bool:
        """Write one answer to the disk; False when its text is there already."""
        key = candidate.key
        if key in self._keys:
            return False
        line = msgspec.json.encode({**asdict(candidate), "label": label}) + b"\n"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab+") as stream:
            if stream.tell() and not _ends_a_line(self.path):
                line = b"\n" + line
            stream.write(line)
            stream.flush()
            os.fsync(stream.fileno())
        self._keys.add(key)
        return True


def read_answers(path: Path, question: Question) -> list[tuple[Candidate, str]]:
    """Read answered proposals: lines of {text, label}, the label one of the question's or its key.

    A line whose label is missing, null or empty is not answered yet, and is left out.

    :raises DataError: when a line has no text or another label.
    :raises InvalidInput: when the file cannot be read.
    """
    found: list[tuple[Candidate, str]] = []
    for line, record, candidate in candidate_records(path):
        answer = record.get("label")
        if answer is None or answer == "":
            continue
        label = question.label(answer) if isinstance(answer, str) else None
        if label is None:
            expected = f"one of {[*question.labels.values()]}, or a key of {[*question.labels]}"
            raise DataError(file=path.name, line=line, field="label", expected=expected, got=repr(answer))
        found.append((candidate, label))
    return found


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"
