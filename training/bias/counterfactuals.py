"""Texts in which nothing but a name changes: made from sentences, or found among real texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from services.text.mentions import occurrences
from training.errors import ConfigError

DEFAULT_NAMES = Path(__file__).parent / "names.yaml"
PLACEHOLDER = "{name}"
TEMPLATES, TEXTS = "templates", "texts"
"""Where a probe comes from."""
SWAPPED_IN_TEXTS = ("companies", "countries")
"""Kinds that are looked for in real texts; people's names are either too short to find or too well known to swap."""
_FIELDS = {"kind", "lang", "names", "longer", "templates"}
_CASHTAG = re.compile(r"\$[A-Za-z]")
_CAPITAL_BESIDE = re.compile(r"(?:[A-Z&][\w.&]*\s(?:of\s)?\Z)|(?:\A\s[A-Z&])")


@dataclass(frozen=True)
class NameList:
    """Names of one kind in one language, the group of each, and sentences with a `{name}` to put them in."""

    kind: str
    lang: str
    groups: Mapping[str, str]
    longer: tuple[str, ...]
    templates: tuple[str, ...]


@dataclass(frozen=True)
class Probe:
    """One text cut at its name: with each of `names` between the pieces it should mean the same."""

    kind: str
    lang: str
    source: str
    pieces: tuple[str, ...]
    groups: Mapping[str, str]

    @property
    def texts(self) -> list[str]:
        """The text with each name, in the order of `groups`."""
        return [name.join(self.pieces) for name in self.groups]


def load_names(path: Path = DEFAULT_NAMES) -> list[NameList]:
    """Read the lists of names.

    :raises ConfigError: when the file is missing, is no YAML, or a list lacks a field or a template `{name}`.
    """
    try:
        return [_name_list(entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]
    except (OSError, yaml.YAMLError, TypeError, AttributeError) as error:
        raise ConfigError(f"names {path.name}: {type(error).__name__}: {error}") from error


def _name_list(entry: Any) -> NameList:
    if set(entry) != _FIELDS:
        raise ConfigError(f"names: expected the fields {sorted(_FIELDS)}, got {sorted(entry)}")
    for template in entry["templates"]:
        if PLACEHOLDER not in template:
            raise ConfigError(f"names: {entry['kind']}: expected {PLACEHOLDER} in each template, got {template!r}")
    return NameList(
        entry["kind"], entry["lang"], dict(entry["names"]), tuple(entry["longer"]), tuple(entry["templates"])
    )


def template_probes(lists: Iterable[NameList]) -> list[Probe]:
    """One probe for each sentence of each list."""
    return [
        Probe(one.kind, one.lang, TEMPLATES, tuple(template.split(PLACEHOLDER)), one.groups)
        for one in lists
        for template in one.templates
    ]


def text_probes(lists: Iterable[NameList], texts: Sequence[tuple[str, str]], *, most: int) -> list[Probe]:
    """Find real texts with exactly one name of a list of companies or countries: the first `most` for each list.

    A text is left out where the name is part of a longer one (one of `longer`; in English, beside another word
    with a capital), or where a cashtag would still tell which company is meant.

    :param texts: language and text of each.
    """
    found: list[Probe] = []
    for one in (one for one in lists if one.kind in SWAPPED_IN_TEXTS):
        of_list: list[Probe] = []
        for lang, text in texts:
            pieces = _pieces(text, one) if lang == one.lang else ()
            if pieces and len(of_list) < most:
                of_list.append(Probe(one.kind, one.lang, TEXTS, pieces, one.groups))
        found += of_list
    return found


def _pieces(text: str, one: NameList) -> tuple[str, ...]:
    """A text cut at its only listed name; nothing where it cannot be used."""
    if _CASHTAG.search(text) or any(longer in text for longer in one.longer):
        return ()
    named = [name for name in one.groups if name in text]
    if len(named) != 1:
        return ()
    spans = occurrences(text, named[0])
    if one.lang == "en" and any(_part_of_a_longer_name(text, start, end) for start, end in spans):
        return ()
    starts, ends = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)]
    return tuple(text[start:end] for start, end in zip(starts, ends, strict=True))


def _part_of_a_longer_name(text: str, start: int, end: int) -> bool:
    before, after = text[:start], text[end:]
    inside_a_word = (before[-1:].isalnum()) or (after[:1].isalnum())
    return inside_a_word or bool(_CAPITAL_BESIDE.search(before) or _CAPITAL_BESIDE.match(after))
