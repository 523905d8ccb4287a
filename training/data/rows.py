"""Read labelled rows: from JSON Lines or CSV (`.gz` too), or from standard input (`-`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from services.text.mentions import Named, occurrence_at
from training.data.records import file_records, require_string
from training.errors import DataError

ENTITY_KINDS = ("none", "labelled", "target", "negative")
"""How a set names its entities: not at all; `entities` with a label each; one `target` that the label is
about; `entities` of which `negative_entities` are negative and the others are not."""
NOT_NEGATIVE = "not_negative"


@dataclass(frozen=True)
class LabelledEntity:
    """One entity of a row and its label."""

    named: Named
    label: str


@dataclass(frozen=True)
class Row:
    """One labelled text as it stands in the file; `labels` has one entry in a single-label set.

    `source`: where the text comes from; `group`: the value of the field by which its set is grouped. Both are empty
    where the file does not say.
    """

    id: str
    text: str
    labels: tuple[str, ...]
    lang: str
    line: int
    entities: tuple[LabelledEntity, ...] = ()
    source: str = ""
    group: str = ""


def read_rows(path: Path, *, multi: bool = False, entities: str = "none") -> Iterator[Row]:
    """Yield the rows of a file in order; blank lines are skipped. See `file_records` for the formats.

    :param multi: read the list `labels` instead of the string `label`.
    :param entities: how the set names its entities, one of `ENTITY_KINDS`.
    :raises DataError: when a line is no UTF-8, no record, or lacks a field of the right type.
    :raises InvalidInput: when the file cannot be read.
    """
    yield from to_rows(file_records(path, path.name), path.name, multi=multi, entities=entities)


def to_rows(
    records: Iterable[tuple[int, dict[str, Any]]],
    file: str,
    *,
    multi: bool = False,
    entities: str = "none",
    group: str = "",
) -> Iterator[Row]:
    """Turn numbered records into rows; parameters and errors as `read_rows`, `file` names them in errors.

    :param group: the field by which the set is grouped, if it is.
    """
    for line, record in records:
        row = _row(record, line, file, multi, entities)
        yield replace(row, group=str(record.get(group) or "")) if group else row


def _row(record: dict[str, Any], line: int, file: str, multi: bool, entities: str) -> Row:
    def string(key: str, value: Any) -> str:
        return require_string(value, file=file, line=line, field=key)

    if multi:
        labels = record.get("labels")
        if not isinstance(labels, list):
            got = "nothing" if labels is None else type(labels).__name__
            raise DataError(file=file, line=line, field="labels", expected="a list of strings", got=got)
        names = tuple(string("labels", value) for value in labels)
    else:
        names = (string("label", record.get("label")),)
    source = record.get("source")
    return Row(
        id=string("id", record.get("id")),
        text=string("text", record.get("text")),
        labels=names,
        lang=string("lang", record.get("lang", "und")),
        line=line,
        entities=_entities(record, line, file, entities),
        source=source if isinstance(source, str) else "",
    )


def _entities(record: dict[str, Any], line: int, file: str, kind: str) -> tuple[LabelledEntity, ...]:
    def names(key: str) -> list[str]:
        value = record.get(key, [])
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise DataError(file=file, line=line, field=key, expected="a list of strings", got=repr(value))
        return value

    if kind == "labelled":
        return tuple(_labelled(entry, record["text"], line, file) for entry in record.get("entities", []))
    if kind == "target" and record.get("target"):
        return (LabelledEntity(Named(str(record["target"])), record["label"]),)
    if kind == "negative":
        bad = names("negative_entities")
        both = dict.fromkeys([*names("entities"), *bad])
        return tuple(LabelledEntity(Named(name), "negative" if name in bad else NOT_NEGATIVE) for name in both)
    return ()


def _labelled(entry: Any, text: str, line: int, file: str) -> LabelledEntity:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not isinstance(entry.get("label"), str):
        raise DataError(
            file=file, line=line, field="entities", expected="objects with the strings name and label", got=repr(entry)
        )
    name, start = entry["name"], entry.get("start")
    occurrence = occurrence_at(text, name, start) if isinstance(start, int) else None
    return LabelledEntity(Named(name, occurrence), entry["label"])
