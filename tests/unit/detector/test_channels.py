"""The behaviour that every channel must show, each on an example of its own; a new channel gets an example here."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest

from services.backtest.run import run_backtest
from services.detector.close_minutes import close_minutes
from services.detector.context import Context
from services.detector.incident_events import IncidentEvent
from services.detector.key_record import KeyRecord, put_text
from services.domain.key import MonitoredKey
from services.domain.messages import Channel, IncidentCleared, IncidentRaised, ScoredText
from services.watchlists.model import EVERYTHING, Watchlists
from tests.factories import DAY, HOUR, MINUTE, NEGATIVE, START, rule, scored
from tests.harness.streams import in_order, quiet, wave

COMPANIES = ["ACME", "BOLT", "CORE", "DUNE", "ECHO", "FLUX"]
CALM_DAYS = 16
FIRST, SECOND = START + 10 * DAY + 14 * HOUR, START + 14 * DAY + 14 * HOUR
RULE = rule(name="legal", topics=frozenset({"legal"}), negative=0.8)


class Example(NamedTuple):
    """What a channel is asked for, and texts from a time (ms) on that it must raise an incident of."""

    channel: Channel
    watchlists: Watchlists
    burst: Callable[[int], list[ScoredText]]
    companies: int = 1


def _number(at: int) -> int:
    """Ids of their own for the texts of a burst."""
    return (at - START) // MINUTE * 1_000


def _rush(at: int) -> list[ScoredText]:
    """Thirty neutral texts within five minutes."""
    return [scored(_number(at) + n, at + n * 10_000) for n in range(30)]


def _of_a_rule(at: int) -> list[ScoredText]:
    """Two sources on one legal matter."""
    plain = [scored(_number(at) + n, at + n * 20 * MINUTE, NEGATIVE) for n in range(2)]
    return [msgspec.structs.replace(one, source=f"wire-{n}", topics={"legal": 0.9}) for n, one in enumerate(plain)]


def _wave(at: int) -> list[ScoredText]:
    """Negative texts about one company."""
    return wave(20, at, every=3 * MINUTE, first=_number(at))


def _waves(at: int) -> list[ScoredText]:
    """Negative texts about many companies at once."""
    waves = [
        wave(20, at + n * MINUTE, every=3 * MINUTE, first=_number(at) + 100 * n, company=company)
        for n, company in enumerate(COMPANIES)
    ]
    return in_order(*waves)


EXAMPLES = [
    Example("negative", Watchlists(), _wave),
    Example("volume", Watchlists((msgspec.structs.replace(EVERYTHING, volume_alerts_per_100_keys=1.0),)), _rush),
    Example("rule", Watchlists((EVERYTHING,), (RULE,)), _of_a_rule),
    Example("market", Watchlists(), _waves, companies=len(COMPANIES)),
]
every_channel = pytest.mark.parametrize("example", EXAMPLES, ids=[one.channel for one in EXAMPLES])


def calm(example: Example) -> list[ScoredText]:
    """Quiet days of the companies of an example."""
    return in_order(
        *(
            quiet(CALM_DAYS, per_day=12, company=company, seed=n + 1, first=100_000_000 + 10_000 * n)
            for n, company in enumerate(COMPANIES[: example.companies])
        )
    )


def incidents(example: Example, texts: list[ScoredText]) -> list[IncidentEvent]:
    """What the channel says of the texts."""
    messages = run_backtest(texts, Context(example.watchlists)).messages
    return [message for message in messages if message.channel == example.channel]


@every_channel
def test_calm_raises_nothing(example: Example) -> None:
    assert incidents(example, calm(example)) == []


@every_channel
def test_a_burst_raises_an_incident_and_what_is_raised_clears(example: Example) -> None:
    found = incidents(example, in_order(calm(example), example.burst(FIRST)))
    assert FIRST < found[0].time <= FIRST + 2 * HOUR
    raised = {one.id: one.time for one in found if isinstance(one, IncidentRaised) and not one.revision}
    cleared = {one.id: one.raised_at for one in found if isinstance(one, IncidentCleared)}
    assert raised == cleared


@every_channel
def test_a_burst_is_scored_before_it_is_learned_and_teaches_little(example: Example) -> None:
    found = incidents(example, in_order(calm(example), example.burst(FIRST), example.burst(SECOND)))
    first, second = (next(m for m in found if isinstance(m, IncidentRaised) and m.time > at) for at in (FIRST, SECOND))
    assert first.id != second.id
    assert SECOND < second.time <= SECOND + 2 * HOUR


@every_channel
def test_copies_change_nothing(example: Example) -> None:
    texts = in_order(calm(example), example.burst(FIRST))
    twice = [copy for text in texts for copy in (text, text)]
    assert incidents(example, twice) == incidents(example, texts) != []


@pytest.mark.parametrize("example", EXAMPLES[:3], ids=[one.channel for one in EXAMPLES[:3]])
def test_saving_loading_and_the_steps_of_time_change_nothing_and_memory_is_bounded(example: Example) -> None:
    key, context = MonitoredKey.of_company("ACME"), Context(example.watchlists)
    texts = in_order(calm(example), example.burst(FIRST))

    def run(*, every: int) -> list[IncidentEvent]:
        """Time runs a text at a time, and in between every so many; then the record is saved and loaded too."""
        record, found, before = KeyRecord(partition=0), list[IncidentEvent](), texts[0].published_at
        for number, text in enumerate(texts):
            if number % every == 0:
                found += close_minutes(key, record, (before + text.published_at) // 2, context)
                data = msgspec.msgpack.encode(record)
                assert len(data) < 40_000
                record = msgspec.msgpack.decode(data, type=KeyRecord)
            found += close_minutes(key, record, text.published_at, context)
            put_text(record, key, text)
            before = text.published_at
        return found + close_minutes(key, record, before + DAY, context)

    found = run(every=3)
    assert found == run(every=10**9)
    assert {message.channel for message in found} >= {example.channel}
