"""One text through scoring."""

from __future__ import annotations

import msgspec
import pytest

from services.companies import CompanyLinker, default_linker
from services.detector.opinion import opinion_of
from services.domain.errors import InvalidMessage
from services.domain.key import MonitoredKey
from services.domain.limits import MAX_COMPANIES, MAX_SCORED_CHARS
from services.domain.messages import (
    Company,
    EntitySentiment,
    Heartbeat,
    Highlight,
    Origin,
    Passage,
    RawText,
    ScoredText,
    WatermarkUpdate,
)
from services.inference.documents import Reading
from services.inference.manifest import DecisionRules
from services.inference.scores import Scores
from services.scoring.score_text import companies_of, named, pass_on, score_text
from services.text.fingerprint import fingerprint
from tests.factories import raw_text

ORIGIN = Origin(topic="news.raw", partition=3, offset=17)
TOPICS = {"earnings": 0.5, "outage": 0.49, "ipo": 0.9, "crypto": 0.99}
# and no threshold for crypto: not taught in English
RULES = DecisionRules("m/1", {"earnings": 0.5, "outage": 0.5, "ipo": 0.95}, unsure_below=0.6)
RAW = raw_text(
    "$AAPL falls after the hack",
    event_id="id-1",
    kind="comment",
    source="forum",
    published_at=1_409_700_000_000,
    first_seen_at=1_409_700_001_000,
    author="hash",
    title="a title",
    url="https://example.org/1",
)


@pytest.fixture(scope="module")
def linker() -> CompanyLinker:
    return default_linker()


def step(raw: RawText, linker: CompanyLinker, sentiment: tuple[float, float, float] = (0.7, 0.2, 0.1)) -> ScoredText:
    companies = companies_of(raw, linker)
    towards = tuple((0.1 * index, 0.2, 0.8 - 0.1 * index) for index, _ in enumerate(named(companies)))
    return score_text(
        raw,
        Reading(Scores(sentiment, TOPICS, towards), entity_passages=(None,) * len(towards)),
        companies,
        rules=RULES,
        scored_at=1_409_700_002_000,
        origin=ORIGIN,
    )


def test_no_more_companies_are_found_than_a_message_may_hold(linker: CompanyLinker) -> None:
    codes = " ".join(f"{600000 + number}.SH" for number in range(3_000))[:8_000]
    many = companies_of(raw_text(codes), linker)
    assert len(many) == MAX_COMPANIES < len(linker.link(codes))


def test_everything_is_carried_over(linker: CompanyLinker) -> None:
    assert step(RAW, linker) == ScoredText(
        event_id="id-1",
        kind="comment",
        source="forum",
        text="$AAPL falls after the hack",
        lang="en",
        published_at=1_409_700_000_000,
        first_seen_at=1_409_700_001_000,
        scored_at=1_409_700_002_000,
        author="hash",
        title="a title",
        url="https://example.org/1",
        sentiment=(0.7, 0.2, 0.1),
        topics={"earnings": 0.5},
        companies=(Company(id="AAPL", mention="$AAPL"),),
        fingerprint=fingerprint("$AAPL falls after the hack"),
        model_version="m/1",
        origin=ORIGIN,
        entities=(EntitySentiment(name="$AAPL", company="AAPL", sentiment=(0.0, 0.2, 0.8)),),
        unsure=False,
    )


def test_each_company_has_its_own_sentiment(linker: CompanyLinker) -> None:
    scored = step(msgspec.structs.replace(RAW, text="$AAPL falls, $MSFT rises", tickers=None), linker)
    assert scored.towards("AAPL").sentiment == (0.0, 0.2, 0.8)
    assert scored.towards("MSFT").sentiment == pytest.approx((0.1, 0.2, 0.7))
    assert scored.towards("TSLA").sentiment == scored.sentiment
    assert opinion_of(scored, MonitoredKey.of_company("MSFT")).negative == pytest.approx(0.1)
    assert opinion_of(scored, MonitoredKey.of_topic("earnings")).negative == pytest.approx(0.7)


def test_a_company_that_only_the_source_names_has_the_texts_sentiment(linker: CompanyLinker) -> None:
    scored = step(msgspec.structs.replace(RAW, tickers=("MSFT",)), linker)
    assert scored.entities == ()
    assert scored.towards("MSFT").sentiment == (0.7, 0.2, 0.1)


def test_a_weak_sentiment_is_unsure(linker: CompanyLinker) -> None:
    assert step(RAW, linker, sentiment=(0.55, 0.4, 0.05)).unsure
    given = msgspec.structs.replace(RAW, sentiment=(0.5, 0.4, 0.1))
    assert not step(given, linker).unsure


def test_what_the_source_says_wins(linker: CompanyLinker) -> None:
    raw = msgspec.structs.replace(RAW, sentiment=(0.0, 0.0, 1.0), tickers=("MSFT",))
    scored = step(raw, linker)
    assert scored.sentiment == (0.0, 0.0, 1.0)
    assert [company.id for company in scored.companies] == ["MSFT"]


def test_no_tickers_is_not_the_same_as_none_given(linker: CompanyLinker) -> None:
    assert step(msgspec.structs.replace(RAW, tickers=()), linker).companies == ()


def test_a_long_text_goes_on_with_its_beginning_and_the_passage_that_decided(linker: CompanyLinker) -> None:
    end = "$AAPL falls after the hack"
    raw = raw_text(f"{'Nothing new on the list. ' * 1_000}{end}")
    where = (len(raw.text) - len(end), len(raw.text))
    reading = Reading(Scores((0.7, 0.2, 0.1), TOPICS, ((0.8, 0.1, 0.1),)), where, (where,), cut=True)
    scored = score_text(
        raw, reading, companies_of(raw, linker), rules=RULES, scored_at=raw.first_seen_at, origin=ORIGIN
    )
    passage = Passage(text=end, start=where[0], end=where[1])
    assert scored.text == raw.text[:MAX_SCORED_CHARS].rstrip()
    assert (scored.passage, scored.entities[0].passage, scored.cut) == (passage, passage, True)
    found = Highlight(text="falls", start=where[0] + 6, end=where[0] + 11, effect=0.5)
    explained = msgspec.structs.replace(scored, highlights=(found,))
    explained.check(None)
    opinion = opinion_of(explained, MonitoredKey.of_topic("earnings"))
    assert (opinion.text, opinion.highlights) == (end, (msgspec.structs.replace(found, start=6, end=11),))
    outside = msgspec.structs.replace(found, start=where[1], end=where[1] + 5)
    with pytest.raises(InvalidMessage, match="expected places in the text"):
        msgspec.structs.replace(scored, highlights=(outside,)).check(None)


def test_a_short_text_is_shown_whole_whatever_decided(linker: CompanyLinker) -> None:
    raw = raw_text("The list is as it was on Friday. It falls after the hack.")
    reading = Reading(Scores((0.7, 0.2, 0.1), {}), (33, 57))
    scored = score_text(raw, reading, (), rules=RULES, scored_at=raw.first_seen_at, origin=ORIGIN)
    assert scored.passage == Passage(text="It falls after the hack.", start=33, end=57)
    assert opinion_of(scored, MonitoredKey.of_topic("earnings")).text == raw.text


def test_a_text_that_its_source_cut_says_so(linker: CompanyLinker) -> None:
    assert step(msgspec.structs.replace(RAW, cut=True), linker).cut
    given = msgspec.structs.replace(RAW, sentiment=(0.5, 0.4, 0.1))
    assert (step(given, linker).passage, step(given, linker).cut) == (None, False)


def test_a_heartbeat_becomes_progress() -> None:
    assert pass_on(Heartbeat(source="forum", time=5), ORIGIN, now=9) == WatermarkUpdate(origin=ORIGIN, time=5)
    year_2099 = Heartbeat(source="forum", time=4_070_908_800_000)
    assert pass_on(year_2099, ORIGIN, now=9) == WatermarkUpdate(origin=ORIGIN, time=9)
