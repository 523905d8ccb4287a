"""Unlabelled streams of the registry: texts to adapt an encoder to, to distil on, to pseudo-label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from training.data.examples import prepare
from training.data.near_duplicates import near_duplicate_key
from training.data.records import file_records, require_string
from training.data.registry_file import DEFAULT_REGISTRY, UNLABELLED, read_section, registered
from training.data.split import development_rank
from training.errors import ConfigError

_FIELDS = {"path", "languages", "licence", "restricted", "text"}


@dataclass(frozen=True)
class UnlabelledSource:
    """One stream: a file under the data root, whose field `text` holds the text."""

    name: str
    path: str
    languages: tuple[str, ...]
    licence: str
    restricted: bool
    text: str = "text"


@dataclass(frozen=True)
class UnlabelledText:
    """One text of a stream, as the tokenizer gets it; `key` is what its near repeats share."""

    id: str
    text: str
    source: str
    key: str


@dataclass(frozen=True)
class StreamCounts:
    """How many rows of a stream were read, dropped (no word in them; the words of another text) and kept."""

    read: int
    empty: int
    repeated: int
    over_cap: int
    kept: int


def registered_streams(own: str) -> dict[str, UnlabelledSource]:
    """The streams of the shipped registry by name, and those of a user's own file (none: ""), which replace the
    shipped ones of the same name.

    :raises ConfigError: as `load_sources`.
    """
    return registered(load_sources, own)


def load_sources(path: Path = DEFAULT_REGISTRY) -> dict[str, UnlabelledSource]:
    """Read the streams of a registry file by name.

    :raises ConfigError: when the file is missing, is no YAML, or a stream lacks a field or has an unknown one.
    """
    return read_section(path, UNLABELLED, _source)


def load_unlabelled(
    caps: Mapping[str, int], sources: Mapping[str, UnlabelledSource], root: Path
) -> tuple[list[UnlabelledText], dict[str, StreamCounts]]:
    """Return the texts of the streams that `caps` names, in their order, at most so many of each, and the counts.

    A text comes once, whichever streams it is in; texts that differ only in links, digits, case and punctuation are
    the same (Lee et al. 2022, https://arxiv.org/abs/2107.06499, on what repeats do to language models). Above a cap
    those with the lowest hash stay, so the choice is a stable sample over the time of the stream.

    :raises ConfigError: when a stream is not registered or its file is missing.
    :raises DataError: when a line is no record or has no text.
    """
    texts: list[UnlabelledText] = []
    counts: dict[str, StreamCounts] = {}
    seen: set[str] = set()
    for name, cap in caps.items():
        if name not in sources:
            raise ConfigError(f"unknown stream {name!r}; registered are {sorted(sources)}")
        found, read, empty = _read(sources[name], root)
        fresh = {one.key: one for one in reversed(found) if one.key not in seen}  # the first of its repeats
        kept = set(sorted(fresh, key=development_rank)[:cap])
        texts += [one for one in found if one.key in kept and one is fresh[one.key]]
        seen |= fresh.keys()
        over = len(fresh) - len(kept)
        counts[name] = StreamCounts(read, empty, read - empty - len(fresh), over, len(kept))
    return texts, counts


def _read(source: UnlabelledSource, root: Path) -> tuple[list[UnlabelledText], int, int]:
    """The texts with a word in them, the rows read, and those without a word."""
    path = root / source.path
    if not path.is_file():
        raise ConfigError(f"{source.name}: no file {source.path} under the data root; set GROUNDSWELL_DATA")
    found: list[UnlabelledText] = []
    read = 0
    for line, record in track(file_records(path, source.path), description=f"reading {source.name}", transient=True):
        read += 1
        text = prepare(require_string(record.get(source.text), file=source.path, line=line, field=source.text))
        key = near_duplicate_key(text)
        if key.strip("0 "):
            found.append(UnlabelledText(str(record.get("id", f"{source.name}-{line}")), text, source.name, key))
    return found, read, read - len(found)


def _source(name: str, entry: dict[str, Any]) -> UnlabelledSource:
    if unknown := sorted(set(entry) - _FIELDS):
        raise ConfigError(f"registry: {name}: unknown keys {unknown}")
    return UnlabelledSource(
        name=name,
        path=str(entry["path"]),
        languages=tuple(entry["languages"]),
        licence=str(entry["licence"]),
        restricted=bool(entry["restricted"]),
        text=str(entry.get("text", "text")),
    )
