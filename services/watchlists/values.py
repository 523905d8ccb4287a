"""What stands in a watchlist file in several places: names, labels, companies, topics, pairs."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from services.companies import CompanyResolver
from services.domain.key import MonitoredKey
from services.files.yaml_value import YamlValue
from services.watchlists.model import Label

ALL = "all"
MOST_CHARS = 60

_NAME = re.compile(rf"[a-z0-9_-]{{1,{MOST_CHARS}}}")
_TOPIC = re.compile(rf"[a-z0-9_]{{1,{MOST_CHARS}}}")


@dataclass(frozen=True)
class Known:
    """What an entry may name; where something is None, any id will do."""

    topics: Collection[str] | None = None
    """The ids of all topics there are."""
    companies: CompanyResolver | None = None


def read_name(value: YamlValue) -> str:
    """The name of a watchlist or a rule."""
    return value.text(f"a name of a to z, 0 to 9, _ and -, at most {MOST_CHARS}", _NAME.fullmatch)


def read_label(value: YamlValue | None, name: str) -> Label:
    """A label; each language stands in for the other, the name for both."""
    if value is None:
        return Label(name, name)
    texts = {lang: _label_text(each) for lang, each in value.fields((), ("en", "zh")).items()}
    if not texts:
        raise value.wrong("en or zh", "neither")
    return Label(texts.get("en") or texts["zh"], texts.get("zh") or texts["en"])


def read_companies(value: YamlValue, known: Known) -> frozenset[str] | None:
    """The ids of companies; None for all."""
    if value.is_word(ALL):
        return None
    return frozenset(read_company(each, known) for each in _ids(value, "company ids"))


def read_company(value: YamlValue, known: Known) -> str:
    """The id of a company, however it is written: `META`, `0700.HK`, `600519`, `Tesla`."""
    if known.companies is None:
        return value.text("a company id in capitals, such as JPM or 600036.SH", _is_company)
    text = value.text(f"a company: an id, a code or a name, at most {MOST_CHARS} characters", _is_writing)
    company = known.companies.resolve(text)
    if company is None:
        nearest = ", ".join(
            f"{record.id} {record.en or record.zh or ''}".strip() for record in known.companies.nearest(text)
        )
        raise value.wrong(
            "a company that the dictionary or GROUNDSWELL_COMPANIES has", f"{text!r} (nearest: {nearest})"
        )
    return company


def read_topics(value: YamlValue, known: Known) -> frozenset[str] | None:
    """Topic ids; None for all."""
    if value.is_word(ALL):
        return None
    return frozenset(_topic(each, known) for each in _ids(value, "topic ids"))


def read_pairs(value: YamlValue, known: Known) -> frozenset[MonitoredKey]:
    """The keys of topics of one company each."""
    pairs = [each.fields(("topic", "company")) for each in value.items("pairs {topic: ..., company: ...}")]
    return frozenset(
        MonitoredKey.of_pair(_topic(one["topic"], known), read_company(one["company"], known)) for one in pairs
    )


def _label_text(value: YamlValue) -> str:
    what = f"a label of 1 to {MOST_CHARS} printable characters"
    return value.text(what, lambda text: text.strip().isprintable() and 1 <= len(text.strip()) <= MOST_CHARS).strip()


def _ids(value: YamlValue, what: str) -> list[YamlValue]:
    """The entries of a list in whose place the word `all` could stand, and not in it."""
    entries = value.items(f"{what}, or the word {ALL}")
    for each in entries:
        if each.is_word(ALL):
            raise each.wrong(f"an id (the word {ALL} stands in place of the list)")
    return entries


def _is_company(text: str) -> bool:
    plain = text.isprintable() and text == text.strip().upper() and "|" not in text
    return plain and 1 <= len(text) <= MOST_CHARS


def _is_writing(text: str) -> bool:
    return text.isprintable() and "|" not in text and 1 <= len(text.strip()) <= MOST_CHARS


def _topic(value: YamlValue, known: Known) -> str:
    topic = value.text("a topic id, such as legal_regulation", _TOPIC.fullmatch)
    if known.topics is not None and topic not in known.topics:
        raise value.wrong("a topic that the model has", near=sorted(known.topics))
    return topic
