"""What stands in a watchlist file in several places: names, labels, companies, topics, pairs."""

from __future__ import annotations

import re
from collections.abc import Collection

from services.domain.key import MonitoredKey
from services.watchlists.model import Label
from services.watchlists.tree import Field, did_you_mean

ALL = "all"
MOST_NAME_CHARS = 60

_NAME = re.compile(rf"[a-z0-9_-]{{1,{MOST_NAME_CHARS}}}")
_TOPIC = re.compile(rf"[a-z0-9_]{{1,{MOST_NAME_CHARS}}}")

Topics = Collection[str] | None
"""The ids of all topics there are; None where they are not known."""


def name(field: Field) -> str:
    """The name of a watchlist or a rule."""
    what = f"a name of a to z, 0 to 9, _ and -, at most {MOST_NAME_CHARS}"
    found = field.text(what)
    if not _NAME.fullmatch(found):
        raise field.wrong(what)
    return found


def label(field: Field | None, name: str) -> Label:
    """A label; each language stands in for the other, the name for both."""
    if field is None:
        return Label(name, name)
    fields = field.fields((), ("en", "zh"))
    if not fields:
        raise field.wrong("en or zh", "neither")
    texts = {lang: _label_text(each) for lang, each in fields.items()}
    return Label(texts.get("en") or texts["zh"], texts.get("zh") or texts["en"])


def companies(field: Field) -> frozenset[str] | None:
    """Company ids; None for all."""
    entries = _selected(field, "company ids")
    return None if entries is None else frozenset(_company(each) for each in entries)


def topics(field: Field, known: Topics) -> frozenset[str] | None:
    """Topic ids; None for all."""
    entries = _selected(field, "topic ids")
    return None if entries is None else frozenset(_topic(each, known) for each in entries)


def pairs(field: Field, known: Topics) -> frozenset[MonitoredKey]:
    """The keys of topics of one company each."""
    found = [each.fields(("topic", "company")) for each in field.items("pairs {topic: ..., company: ...}")]
    return frozenset(MonitoredKey.of_pair(_topic(each["topic"], known), _company(each["company"])) for each in found)


def _label_text(field: Field) -> str:
    what = f"a label of 1 to {MOST_NAME_CHARS} printable characters"
    text = field.text(what).strip()
    if not text.isprintable() or not 1 <= len(text) <= MOST_NAME_CHARS:
        raise field.wrong(what)
    return text


def _selected(field: Field, what: str) -> list[Field] | None:
    """The entries of a list; None for the word `all`."""
    if field.is_word(ALL):
        return None
    entries = field.items(f"{what}, or the word {ALL}")
    for each in entries:
        if each.is_word(ALL):
            raise each.wrong(f"an id (the word {ALL} stands in place of the list)")
    return entries


def _company(field: Field) -> str:
    what = "a company id in capitals, such as JPM or 600036.SH"
    company = field.text(what)
    plain = company.isprintable() and company == company.strip().upper() and "|" not in company
    if not plain or not 1 <= len(company) <= MOST_NAME_CHARS:
        raise field.wrong(what)
    return company


def _topic(field: Field, known: Topics) -> str:
    what = "a topic id, such as legal_regulation"
    topic = field.text(what)
    if not _TOPIC.fullmatch(topic):
        raise field.wrong(what)
    if known is not None and topic not in known:
        raise field.wrong("a topic that the model has", f"{topic!r}{did_you_mean(topic, sorted(known))}")
    return topic
