"""One text through scoring."""

from __future__ import annotations

import msgspec
import pytest

from services.common.classifier import Scores
from services.common.messages import Company, Heartbeat, Origin, Progress, RawText, ScoredText
from services.common.near_repeats import fingerprint
from services.scoring.entities import CompanyLinker, default_linker
from services.scoring.step import pass_on, score_text

ORIGIN = Origin(topic="news.raw", partition=3, offset=17)
SCORES = Scores((0.7, 0.2, 0.1), {"earnings": 0.5, "outage": 0.49, "ipo": 0.9, "crypto": 0.99})
THRESHOLDS = {"earnings": 0.5, "outage": 0.5, "ipo": 0.95}  # and none for crypto: not taught in English
RAW = RawText(
    event_id="id-1",
    kind="comment",
    source="forum",
    text="$AAPL falls after the hack",
    lang="en",
    published_at=1_409_700_000_000,
    first_seen_at=1_409_700_001_000,
    author="hash",
    title="a title",
    url="https://example.org/1",
)


@pytest.fixture(scope="module")
def linker() -> CompanyLinker:
    return default_linker()


def step(raw: RawText, linker: CompanyLinker) -> ScoredText:
    return score_text(
        raw,
        SCORES,
        linker,
        thresholds=THRESHOLDS,
        model_version="m/1",
        scored_at=1_409_700_002_000,
        origin=ORIGIN,
    )


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
    )


def test_what_the_source_says_wins(linker: CompanyLinker) -> None:
    raw = msgspec.structs.replace(RAW, sentiment=(0.0, 0.0, 1.0), tickers=("MSFT",))
    scored = step(raw, linker)
    assert scored.sentiment == (0.0, 0.0, 1.0)
    assert [company.id for company in scored.companies] == ["MSFT"]


def test_no_tickers_is_not_the_same_as_none_given(linker: CompanyLinker) -> None:
    assert step(msgspec.structs.replace(RAW, tickers=()), linker).companies == ()


def test_a_heartbeat_becomes_progress() -> None:
    assert pass_on(Heartbeat(source="forum", time=5), ORIGIN) == Progress(origin=ORIGIN, time=5)
