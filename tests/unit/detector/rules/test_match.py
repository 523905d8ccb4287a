"""Business rules: what fits, when enough sources have spoken, and that an incident is reported once."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.detector.opinion import opinion_of
from services.detector.rules.match import MOST_MATCHES, RuleMatch, fits, match
from services.detector.rules.record import RuleState
from services.domain.key import MonitoredKey
from services.domain.messages import EntitySentiment, ScoredText
from services.watchlists.model import Rule
from tests.factories import HOUR, MINUTE, NEGATIVE, NEUTRAL, START, rule, scored

ACME = MonitoredKey.of_company("ACME")
RULE = rule()


def of(number: int, minute: float, source: str, text: str | None = None) -> ScoredText:
    """A negative text of a legal topic about ACME, `minute` minutes after the start."""
    at = START + round(minute * MINUTE)
    return scored(number, at, NEGATIVE, text=text, source=source, topics={"legal": 0.5})


def matches(texts: Iterable[ScoredText], rule: Rule = RULE, state: RuleState | None = None) -> list[RuleMatch | None]:
    state = state or RuleState()
    return [match(rule, state, opinion_of(text, ACME)) for text in texts]


def fired(texts: Iterable[ScoredText], rule: Rule = RULE, state: RuleState | None = None) -> list[int]:
    """The places of the texts at which the rule fired."""
    return [index for index, found in enumerate(matches(texts, rule, state)) if found]


def test_what_fits() -> None:
    text = of(1, 0, "a")
    replace = msgspec.structs.replace

    def fit(rule: Rule, text: ScoredText) -> bool:
        return fits(rule, opinion_of(text, ACME))

    assert fit(RULE, text)
    assert not fit(RULE, replace(text, topics={"legal": 0.49, "macro": 0.9}))
    assert fit(replace(RULE, topics=None), replace(text, topics={}))
    assert not fit(RULE, replace(text, sentiment=(0.89, 0.11, 0.0)))


def test_the_sentiment_towards_the_company_counts() -> None:
    own = EntitySentiment(name="Acme", company="ACME", sentiment=NEUTRAL)
    text = msgspec.structs.replace(of(1, 0, "a"), entities=(own,))
    assert not fits(RULE, opinion_of(text, ACME))
    assert fits(RULE, opinion_of(text, MonitoredKey.of_company("OTHER")))


def test_two_sources_within_the_time_fulfil_it() -> None:
    first, second = of(1, 0, "a"), of(2, 60, "b")
    found = matches([first, second])[1]
    assert found is not None
    assert (found.rule, found.sources) == (RULE, ("a", "b"))
    assert (found.first_time, found.last_time) == (START, START + HOUR)
    assert [(each.id, each.text, each.source, each.reach) for each in found.texts] == [
        ("t1", first.text, "a", 1),
        ("t2", second.text, "b", 1),
    ]
    assert found.texts[0].negative == NEGATIVE[0]


def test_one_source_or_too_long_a_time_does_not() -> None:
    assert fired([of(1, 0, "a"), of(2, 5, "a"), of(3, 10, "a")]) == []
    assert fired([of(1, 0, "a"), of(2, 60.1, "b")]) == []
    assert fired([of(1, 0, "a"), of(2, 50, "a"), of(3, 100, "b")]) == [2]
    three = msgspec.structs.replace(RULE, sources=3)
    assert fired([of(1, 0, "a"), of(2, 40, "b"), of(3, 80, "c"), of(4, 90, "a")], three) == [3]
    one = msgspec.structs.replace(RULE, sources=1)
    assert fired([of(1, 0, "a"), of(2, 5, "b")], one) == [0]


def test_sections_of_one_publisher_are_one_source() -> None:
    sections = [of(1, 0, "finance.example.com.cn/rss"), of(2, 5, "tech.example.com.cn/rss")]
    assert fired(sections) == []
    assert fired([*sections, of(3, 10, "other.example.org/rss")]) == [2]
    own = [msgspec.structs.replace(text, publisher=name) for text, name in zip(sections, "ab", strict=True)]
    assert fired(own) == [1]


def test_copies_of_other_sources_count_and_are_shown_once() -> None:
    text = "Prosecutors open an inquiry into the accounts of Acme"
    found = matches([of(1, 0, "a", text), of(2, 1, "b", f"RT @wire {text}")])[1]
    assert found is not None
    assert found.sources == ("a", "b")
    assert [(each.id, each.reach) for each in found.texts] == [("t1", 2)]


def test_a_stream_of_matches_is_one_incident() -> None:
    stream = [of(i, 20 * i, "ab"[i % 2]) for i in range(100)]
    assert fired(stream) == [1]
    after = 20 * 99
    silence_of_an_hour = [of(200, after + 60, "c"), of(201, after + 61, "d")]
    more = [of(200, after + 60.1, "c"), of(201, after + 61, "d"), of(202, after + 62, "a")]
    assert fired([*stream, *silence_of_an_hour]) == [1]
    assert fired([*stream, *more]) == [1, 101]


def test_a_late_text_joins_its_incident_or_makes_one_of_its_own() -> None:
    assert fired([of(1, 100, "a"), of(2, 110, "b"), of(3, 45, "c"), of(4, 50, "d")]) == [1]
    assert fired([of(1, 100, "a"), of(2, 110, "b"), of(3, 1, "c"), of(4, 2, "d")]) == [1, 3]
    assert fired([of(1, 500, "a"), of(2, 379, "b"), of(3, 379, "c")]) == []  # older than two hours


def test_redelivered_texts_change_nothing() -> None:
    texts = [of(1, 0, "a"), of(2, 10, "b"), of(3, 20, "c")]
    state = RuleState()
    assert fired(texts, state=state) == [1]
    before = msgspec.msgpack.encode(state)
    assert fired([*reversed(texts), *texts], state=state) == []
    assert msgspec.msgpack.encode(state) == before


def test_the_state_is_bounded_and_the_same_after_a_save_and_a_load() -> None:
    flood = [of(i, i / 10, "loud") for i in range(1, 200)]
    three = msgspec.structs.replace(RULE, sources=3)
    state = RuleState()
    assert fired([of(0, 0, "first"), *flood], three, state) == []
    assert len(state.matches) == MOST_MATCHES
    assert state.matches[0].opinion.source == "first"
    loaded = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RuleState)
    assert fired([of(300, 30, "third")], three, loaded) == [0]
    assert fired([of(301, 31, "fourth")], three, loaded) == []


@pytest.mark.parametrize("within_minutes", [60, 1440])
def test_what_is_too_old_is_forgotten(within_minutes: int) -> None:
    rule, state = msgspec.structs.replace(RULE, within_minutes=within_minutes), RuleState()
    fired([of(1, 0, "a"), of(2, 1, "a"), of(3, 2 * within_minutes + 1, "b")], rule, state)
    assert [each.opinion.id for each in state.matches] == ["t2", "t3"]


window = st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abcde")), min_size=1, max_size=60)


@given(texts=window, sources=st.integers(1, 6), random=st.randoms(use_true_random=False))
def test_within_one_window_the_order_of_arrival_does_not_matter(
    texts: list[tuple[int, str]], sources: int, random: Random
) -> None:
    rule = msgspec.structs.replace(RULE, sources=sources)
    arriving = [of(number, minute, source) for number, (minute, source) in enumerate(texts)]
    random.shuffle(arriving)
    enough = len({source for _, source in texts}) >= sources
    assert len(fired(arriving, rule)) == int(enough)
