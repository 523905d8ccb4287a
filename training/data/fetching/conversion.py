"""Turn a file of the hub into the records of a registered set."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from training.data.origin import Origin
from training.data.records import file_records
from training.data.registry import LabelledSet
from training.errors import DataError

MIXED = "mixed"
"""The label of a text whose entities have different ones."""


def converted(path: Path, spec: LabelledSet) -> Iterator[dict[str, Any]]:
    """Yield the records of a set from the file of its origin, in the fields of JSON Lines.

    :raises DataError: when a line has another form, or a label that the origin does not map.
    :raises InvalidInput: when the file cannot be read.
    """
    origin = spec.origin
    for line, record in _READERS[origin.form](path, origin):
        yield {"id": f"{spec.name}-{line}", **record, "lang": spec.languages[0], "source": f"hub:{origin.hub}"}


def _csv(path: Path, origin: Origin) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, record in file_records(path, origin.file):
        label = _label(str(record.get("label", "")), origin, line)
        yield line, {"text": record["text"], "label": label}


def _at(path: Path, origin: Origin) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with zipfile.ZipFile(path) as archive:
            lines = archive.read(origin.member).decode("latin-1").splitlines()
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(file=origin.file, line=0, field="(file)", expected=origin.member, got=str(error)) from error
    for number, line in enumerate(lines, start=1):
        text, at, label = line.rpartition("@")
        if not at:
            raise DataError(file=origin.member, line=number, field="(line)", expected="text@label", got=repr(line[:60]))
        yield number, {"text": text, "label": _label(label.strip(), origin, number)}


def _spans(path: Path, origin: Origin) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        for number, row in enumerate(rows, start=1):
            text = row["content"]
            entities = [_entity(text, span, origin, number) for span in row["annotations"]]
            labels = {entity["label"] for entity in entities}
            label = labels.pop() if len(labels) == 1 else MIXED
            yield number, {"text": text, "entities": entities, "label": label}
    except (ValueError, KeyError, TypeError) as error:
        expected = "a list of {content, annotations}"
        raise DataError(file=origin.file, line=0, field="(file)", expected=expected, got=repr(error)) from error


def _entity(text: str, span: Mapping[str, Any], origin: Origin, number: int) -> dict[str, Any]:
    """One entity; a span that does not hold its name is that of the first place where the name stands."""
    name, start = str(span["value"]), int(span["start"])
    if text[start : start + len(name)] != name:
        start = text.find(name)
    entity = {"name": name, "label": _label(str(span["label"]), origin, number)}
    return entity if start < 0 else {**entity, "start": start, "end": start + len(name)}


def _label(label: str, origin: Origin, line: int) -> str:
    if not origin.labels:
        return label
    if label not in origin.labels:
        expected = f"one of {sorted(origin.labels)}"
        raise DataError(file=origin.file, line=line, field="label", expected=expected, got=repr(label))
    return origin.labels[label]


_READERS: dict[str, Callable[[Path, Origin], Iterator[tuple[int, dict[str, Any]]]]] = {
    "csv": _csv,
    "at": _at,
    "spans": _spans,
}
