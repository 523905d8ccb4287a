"""The text of a watchlist file to `Watchlists`; every error names file, line, column, path, expected and got."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import msgspec

from services.domain.key import MonitoredKey
from services.domain.severity import CRITICAL, INFO
from services.files.yaml_document import read_yaml
from services.files.yaml_value import YamlValue
from services.watchlists.model import EVERYTHING, Rule, Watchlist, Watchlists
from services.watchlists.parse_hours import read_quiet_hours
from services.watchlists.quiet_hours import DAY_MINUTES
from services.watchlists.values import (
    Known,
    read_companies,
    read_company,
    read_label,
    read_name,
    read_pairs,
    read_topics,
)

MOST_ENTRIES = 100
"""Watchlists, and rules, in a file."""
MOST_ALERTS = 1_000.0
MOST_SENSITIVITY = 100.0
MOST_SOURCES = 20
MOST_MINUTES = 30 * DAY_MINUTES

_LIST_FIELDS = (
    *("label", "companies", "topics", "pairs", "alerts_per_day", "alerts_per_100_keys"),
    *("volume_alerts_per_100_keys", "sensitivity", "quiet_hours"),
)
ANYTHING = Known()
_REQUIRED_OF_RULE = ("name", "negative", "sources", "within_minutes", "severity")


def parse_watchlists(text: str, file: str, known: Known = ANYTHING) -> Watchlists:
    """The watchlists and rules of a YAML text; `file` is what errors call it.

    Companies may be written in any way that `known` resolves; the watchlists hold their ids.

    :raises InvalidInput: naming the first thing that is wrong, and where.
    """
    top = read_yaml(text, file, "watchlists or rules")
    fields = top.fields((), ("watchlists", "rules"))
    if not fields:
        raise top.wrong("watchlists or rules", "neither")
    lists: tuple[Watchlist, ...] = (EVERYTHING,)
    if "watchlists" in fields:
        entries = _entries(fields["watchlists"], "watchlists")
        lists = tuple(_watchlist(each, known) for each in entries)
        _require_unique(entries, [one.name for one in lists])
    followed = Watchlists(lists)
    if "rules" not in fields:
        return followed
    entries = _entries(fields["rules"], "rules")
    rules = tuple(_rule(each, followed, known) for each in entries)
    _require_unique(entries, [rule.name for rule in rules])
    return Watchlists(lists, rules)


def _entries(value: YamlValue, what: str) -> list[YamlValue]:
    entries = value.items(what)
    if len(entries) > MOST_ENTRIES:
        raise value.wrong(f"at most {MOST_ENTRIES} {what}", str(len(entries)))
    return entries


def _require_unique(entries: Sequence[YamlValue], names: Sequence[str]) -> None:
    for index, name in enumerate(names):
        first = names.index(name)
        if first < index:
            raise entries[index].wrong("a name of its own", f"{name}, the name of {entries[first].path}")


def _watchlist(entry: YamlValue, known: Known) -> Watchlist:
    fields = entry.fields(("name",), _LIST_FIELDS)
    by_day, by_keys = fields.get("alerts_per_day"), fields.get("alerts_per_100_keys")
    if (by_day is None) == (by_keys is None):
        raise entry.wrong("one of alerts_per_day, alerts_per_100_keys", "none" if by_day is None else "both")
    volume, hours = fields.get("volume_alerts_per_100_keys"), fields.get("quiet_hours")
    factors = list(fields["sensitivity"].entries().values()) if "sensitivity" in fields else []
    name = read_name(fields["name"])
    found = Watchlist(
        name=name,
        label=read_label(fields.get("label"), name),
        companies=read_companies(fields["companies"], known) if "companies" in fields else frozenset(),
        topics=read_topics(fields["topics"], known) if "topics" in fields else frozenset(),
        pairs=read_pairs(fields["pairs"], known) if "pairs" in fields else frozenset(),
        alerts_per_day=by_day.number(MOST_ALERTS) if by_day else None,
        alerts_per_100_keys=by_keys.number(MOST_ALERTS) if by_keys else None,
        volume_alerts_per_100_keys=volume.number(MOST_ALERTS, zero=True) if volume else 0.0,
        quiet_hours=read_quiet_hours(hours) if hours else None,
    )
    if found.companies is not None and found.topics is not None and not found.named_keys:
        raise entry.wrong("companies, topics or pairs", "none of them")
    sensitivity = {_followed_key(key, found, known): factor.number(MOST_SENSITIVITY) for key, factor in factors}
    return msgspec.structs.replace(found, sensitivity=sensitivity)


def _followed_key(value: YamlValue, watchlist: Watchlist, known: Known) -> MonitoredKey:
    """A key of `sensitivity`, which the watchlist must follow."""
    with contextlib.suppress(ValueError):
        key = MonitoredKey.parse(value.text("a key"))
        key = known.companies.key_by_id(key) if known.companies else key
        if Watchlists((watchlist,)).follows(key):
            return key
    near = sorted(str(key) for key in watchlist.named_keys)
    raise value.wrong("a key that this watchlist follows, such as company:JPM", near=near)


def _rule(entry: YamlValue, followed: Watchlists, known: Known) -> Rule:
    fields = entry.fields(_REQUIRED_OF_RULE, ("label", "topics", "companies"))
    name = read_name(fields["name"])
    rule = Rule(
        name=name,
        label=read_label(fields.get("label"), name),
        topics=read_topics(fields["topics"], known) if "topics" in fields else None,
        companies=read_companies(fields["companies"], known) if "companies" in fields else None,
        negative=fields["negative"].number(1),
        sources=fields["sources"].whole(1, MOST_SOURCES),
        within_minutes=fields["within_minutes"].whole(1, MOST_MINUTES),
        severity=fields["severity"].whole(INFO.level, CRITICAL.level),
    )
    for each in fields["companies"].items("company ids") if rule.companies is not None else ():
        if not followed.follows(MonitoredKey.of_company(read_company(each, known))):
            raise each.wrong("a company that a watchlist follows")
    return rule
