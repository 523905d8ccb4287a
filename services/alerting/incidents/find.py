"""Finds the incident that somebody names by its id, the start of it, or its key."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from services.domain.errors import InvalidInput
from services.domain.incident import key_of
from services.domain.messages import IncidentRecord
from services.text.untrusted import masked

NAMED = 5
"""Others that an error names at most."""
LEAST_LIKENESS = 0.5


def find(records: Mapping[str, IncidentRecord], wanted: str) -> IncidentRecord:
    """The incident with the id `wanted`, the latest of the key `wanted`, or the only one whose id starts with it.

    :raises InvalidInput: when there is none, naming near ones, or more than one, naming them.
    """
    if wanted in records:
        return records[wanted]
    if own := [record for record in records.values() if _key(record) == wanted]:
        return max(own, key=lambda record: (record.first_at, record.raised.id))
    begun = sorted((id_ for id_ in records if wanted and id_.startswith(wanted)), reverse=True)
    if len(begun) == 1:
        return records[begun[0]]
    if begun:
        raise InvalidInput(f"incident {wanted!r}: expected one, got {len(begun)}: {_named(begun)}")
    raise InvalidInput(f"incident {wanted!r}: there is none; {_near(records, wanted)}")


def _near(records: Mapping[str, IncidentRecord], wanted: str) -> str:
    """Other incidents of the same key, or keys that are called much the same."""
    if not records:
        return "no alert was ever raised"
    keys = {_key(record) for record in records.values()}
    key = wanted.partition("@")[0]
    if key in keys:
        return "there is " + _named(sorted((id_ for id_, one in records.items() if _key(one) == key), reverse=True))
    by_low = {each.lower(): each for each in sorted(keys)}
    inside = [low for low in by_low if key.lower() in low]
    near = dict.fromkeys([*inside, *get_close_matches(key.lower(), by_low, NAMED, LEAST_LIKENESS)])
    if near:
        return "near it: " + _named([by_low[low] for low in near])
    return "`groundswell alerts list` names them"


def _named(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(masked(name) for name in names[:NAMED]) + more


def _key(record: IncidentRecord) -> str:
    return str(key_of(record.raised))
