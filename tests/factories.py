"""Messages and settings for tests, one function a kind: a valid one, some fields of which can be changed.

Times are milliseconds of event time. Texts begin at `START`; the incident that tests of alerts tell of is at `TIME`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from services.detector.shared import DailyAggregate
from services.domain.incident import reduce_incidents
from services.domain.messages import (
    BudgetStatus,
    CohortBudget,
    Company,
    DeadLetter,
    Evidence,
    Highlight,
    IncidentCleared,
    IncidentRaised,
    IncidentRecord,
    KeyedText,
    Origin,
    PartitionIdle,
    RawText,
    ScoredText,
    WatchlistBudget,
    WatermarkUpdate,
)
from services.text.fingerprint import fingerprint
from services.watchlists.model import Label, Rule, Watchlist
from tests.harness.sentences import sentence

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_406_851_200_000
"""2014-08-01T00:00:00Z, a Friday."""
TIME = 1_409_758_860_000
"""2014-09-03T15:41:00Z."""
NEGATIVE = (0.9, 0.07, 0.03)
NEUTRAL = (0.05, 0.9, 0.05)
POSITIVE = (0.03, 0.07, 0.9)


def raw_text(text: str = "shares fall", **changes: Any) -> RawText:
    """A piece of news as ingest publishes it; `text` is its id too."""
    made = RawText(
        event_id=text, kind="news", source="wire", text=text, lang="en", published_at=TIME, first_seen_at=TIME
    )
    return msgspec.structs.replace(made, **changes)


def scored(
    number: int,
    time: int = START,
    sentiment: tuple[float, float, float] = NEUTRAL,
    *,
    author: str | None = None,
    text: str | None = None,
    company: str = "ACME",
    **changes: Any,
) -> ScoredText:
    """Text `number` (also its id and offset) about one company at `time`, by default by an author of its own."""
    text = text or sentence(number)
    made = ScoredText(
        event_id=f"t{number}",
        kind="comment",
        source="test",
        text=text,
        lang="en",
        published_at=time,
        first_seen_at=time,
        scored_at=time,
        author=author or f"author-{number}",
        title=None,
        url=None,
        sentiment=sentiment,
        topics={},
        companies=(Company(id=company, mention=company),),
        fingerprint=fingerprint(text),
        model_version="test/1",
        origin=Origin(topic="comments.raw", partition=0, offset=number),
    )
    return msgspec.structs.replace(made, **changes)


def keyed_text(
    number: int, time: int = START, sentiment: tuple[float, float, float] = NEUTRAL, key: str = "company:ACME"
) -> KeyedText:
    """The same text for one of the keys that follow it."""
    return KeyedText(key=key, text=scored(number, time, sentiment))


def watermark_update(
    time: int, *, topic: str = "comments.raw", partition: int = 0, offset: int = 10**6
) -> WatermarkUpdate:
    """A raw partition has come to `time`."""
    return WatermarkUpdate(origin=Origin(topic=topic, partition=partition, offset=offset), time=time)


def partition_idle(*, topic: str = "comments.raw", partition: int = 0, offset: int = 10**6) -> PartitionIdle:
    """Nothing of a raw partition waits."""
    return PartitionIdle(origin=Origin(topic=topic, partition=partition, offset=offset))


def daily_aggregate(partition: int = 0, day: int = START // DAY, **changes: Any) -> DailyAggregate:
    """What a partition without keys says of a day."""
    made = DailyAggregate(partition=partition, day=day, kinds={}, peaks={}, keys={}, watched={})
    return msgspec.structs.replace(made, **changes)


def dead_letter(**changes: Any) -> DeadLetter:
    """A record of `news.raw` that scoring could not read."""
    made = DeadLetter(
        reason="invalid_json",
        detail="",
        stage="scoring",
        origin=Origin(topic="news.raw", partition=0, offset=1),
        time=TIME,
        payload=b"x",
        payload_bytes=1,
    )
    return msgspec.structs.replace(made, **changes)


def evidence(**changes: Any) -> Evidence:
    """A negative text that led to an alert."""
    made = Evidence(id="t1", text="bad news", time=START, negative=0.9, source="test", url=None, reach=1)
    return msgspec.structs.replace(made, **changes)


BEST = evidence(
    text="Apple's iCloud was hacked and the pictures are everywhere, sell now",
    time=TIME - 21 * MINUTE,
    negative=0.9789,
    source="twitter",
    url="https://example.org/1",
    reach=3,
    highlights=(
        Highlight(text="hacked", start=19, end=25, effect=0.4),
        Highlight(text="sell", start=59, end=63, effect=0.2),
    ),
)
SECOND = evidence(id="t2", text="苹果云端照片外泄，股价下跌", time=TIME - 2 * MINUTE, negative=0.91, source="雪球")


def raised(**changes: Any) -> IncidentRaised:
    """A surge about AAPL at `TIME`; it is named as the entity."""
    made = IncidentRaised(
        id="company:AAPL@2014-09-03T15:41:00Z",
        kind="company",
        entity="AAPL",
        name="AAPL",
        time=TIME,
        severity=2,
        score=1.25,
        p_value=3e-4,
        threshold=0.75,
        watchlists=("all", "risk"),
        observed=8.1,
        expected=0.7,
        texts=11.4,
        window_minutes=240,
        provisional=False,
        revision=0,
        evidence=(BEST, SECOND),
        timeline=(*[0.0] * 20, 0.9, 0.0, 1.8, 5.4),
    )
    named = {"name": changes["entity"]} if "entity" in changes else {}
    return msgspec.structs.replace(made, **(named | changes))


ESCALATED = raised(revision=1, time=TIME + 30 * MINUTE, severity=4, score=3.5, p_value=2.1e-6, observed=31.5)


def market_wide(**changes: Any) -> IncidentRaised:
    """A market-wide alert about companies."""
    made = raised(
        id="market:company@2014-09-03T15:45:00Z",
        channel="market",
        kind="market",
        entity="company",
        name="company",
        time=TIME + 4 * MINUTE,
        severity=3,
        watchlists=(),
        observed=10_000.0,
        texts=12_000.0,
        threshold=600.0,
        window_minutes=30,
    )
    return msgspec.structs.replace(made, **changes)


def cleared(of: IncidentRaised, after: int = 4 * HOUR, **changes: Any) -> IncidentCleared:
    """The end of an incident `after` ms from its raise `of`."""
    made = IncidentCleared(
        id=of.id,
        kind=of.kind,
        entity=of.entity,
        name=of.name,
        time=of.time + after,
        raised_at=of.time,
        severity=of.severity,
        score=of.score,
        p_value=of.p_value,
        channel=of.channel,
    )
    return msgspec.structs.replace(made, **changes)


def record_of(*messages: IncidentRaised | IncidentCleared) -> IncidentRecord:
    """What messages about one incident come to."""
    (record,) = reduce_incidents(messages)
    return record


def budget_status(**changes: Any) -> BudgetStatus:
    """Which scores raise at the end of `START`'s day: of companies some, of topics none."""
    made = BudgetStatus(
        day=START // DAY,
        watchlists=(WatchlistBudget(name="all", keys=400, alerts_per_day=0.8),),
        cohorts=(
            CohortBudget(kind="company", least=1.0, most=2.0, key_days=1234.4, thresholds={"all": 0.875}),
            CohortBudget(kind="topic", least=128.0, most=None, key_days=40.0, thresholds={}),
        ),
    )
    return msgspec.structs.replace(made, **changes)


def watchlist(*companies: str, **changes: Any) -> Watchlist:
    """A watchlist `own` of these companies; a budget belongs to it."""
    made = Watchlist(name="own", label=Label("Own", "自选"), companies=frozenset(companies))
    return msgspec.structs.replace(made, **changes)


def rule(**changes: Any) -> Rule:
    """A rule about legal risk: texts of two sources within an hour, about any company."""
    made = Rule(
        name="legal-risk",
        label=Label("Legal risk", "法律风险"),
        topics=frozenset({"legal", "fraud"}),
        companies=None,
        negative=0.9,
        sources=2,
        within_minutes=60,
        severity=2,
    )
    return msgspec.structs.replace(made, **changes)
