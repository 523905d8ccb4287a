"""Which keys follow a text."""

from __future__ import annotations

import msgspec

from services.domain.key import MonitoredKey
from services.domain.messages import Company
from services.watchlists.followed_keys import MOST_TOPICS, followed_keys, topics_of
from services.watchlists.model import Watchlists
from tests.factories import START, scored, watchlist

TEXT = scored(1, START, (0.8, 0.1, 0.1))
ALL = Watchlists()
AAPL, MSFT = MonitoredKey.of_company("AAPL"), MonitoredKey.of_company("MSFT")


def named(*ids: str) -> tuple[Company, ...]:
    return tuple(Company(id=one, mention=one) for one in ids)


def test_companies_and_likely_topics() -> None:
    text = msgspec.structs.replace(TEXT, companies=named("AAPL", "MSFT"), topics={"earnings": 0.5, "macro": 0.49})
    assert followed_keys(text, ALL) == [AAPL, MSFT, MonitoredKey.of_topic("earnings")]
    assert topics_of(text) == ("earnings",)


def test_a_list_of_symbols_is_no_opinion_on_any() -> None:
    text = msgspec.structs.replace(TEXT, companies=named(*"ABCDEF"), topics={"markets": 0.9})
    assert followed_keys(text, ALL) == [MonitoredKey.of_topic("markets")]
    assert len(followed_keys(msgspec.structs.replace(text, companies=named(*"ABCDE")), ALL)) == 6


def test_a_list_of_topics_is_about_none() -> None:
    many = {f"topic-{number}": 0.9 for number in range(MOST_TOPICS + 1)}
    text = msgspec.structs.replace(TEXT, companies=named("AAPL"), topics=many)
    assert followed_keys(text, ALL) == [AAPL]
    text = msgspec.structs.replace(TEXT, companies=named(*"ABCDE"), topics=dict(list(many.items())[1:]))
    assert len(followed_keys(text, ALL)) == 5 + MOST_TOPICS


def test_other_languages_are_not_followed() -> None:
    text = msgspec.structs.replace(TEXT, companies=named("AAPL"), topics={"markets": 0.9}, lang="other")
    assert followed_keys(text, ALL) == []


def test_a_text_of_unknown_age_is_not_followed() -> None:
    text = msgspec.structs.replace(TEXT, companies=named("AAPL"), topics={"markets": 0.9}, in_detection=False)
    assert followed_keys(text, ALL) == []


def test_only_what_a_watchlist_names_is_followed() -> None:
    own = watchlist(
        "MSFT",
        topics=frozenset({"macro"}),
        pairs=frozenset({MonitoredKey.of_pair("earnings", "AAPL"), MonitoredKey.of_pair("macro", "META")}),
        alerts_per_100_keys=0.5,
    )
    text = msgspec.structs.replace(TEXT, companies=named("AAPL", "MSFT"), topics={"earnings": 0.9, "macro": 0.8})
    assert followed_keys(text, Watchlists((own,))) == [
        MSFT,
        MonitoredKey.of_topic("macro"),
        MonitoredKey.of_pair("earnings", "AAPL"),
    ]
    assert followed_keys(text, Watchlists(())) == []
