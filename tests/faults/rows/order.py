"""Texts that come twice, in another order, too late, or with a wrong clock; messages of other times and versions."""

from __future__ import annotations

import dataclasses
import json

import msgspec

from services.domain.messages import Heartbeat, RawText
from services.kafka.codec import encode
from tests.factories import DAY, HOUR, MINUTE
from tests.faults.oracle import alerts_of, backtest, read_topics_of_stream
from tests.faults.records import RawRecord, in_portions, text_record, text_records
from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.texts import texts_of
from tests.faults.world import World
from tests.harness.stream_scenario import SPREAD
from tests.harness.support import wait_until

NAMES = ("score", "monitor")
YEAR_2099 = 4_070_908_800_000
SILENT_SECONDS = 25.0
TOO_LATE = 20
LATE_SECONDS = 120.0


def _texts(world: World) -> list[RawText]:
    return texts_of(world.seed, per_day=world.pick(18, 6))


def duplicated(world: World) -> Outcome:
    """Every third text comes again, as a record of its own."""
    texts = _texts(world)
    twice = [copy for number, text in enumerate(texts) for copy in [text] * (2 if number % 3 == 0 else 1)]
    with stream(world, NAMES, world.pick(60, 20), in_portions(text_records(twice))) as flow:
        outcome = flow.settle()
    outcome.notes = f"{len(twice) - len(texts)} texts came twice"
    return outcome


def disordered(world: World) -> Outcome:
    """Neighbours within half an hour change places: some come into minutes that are closed, none is too late."""
    texts = _texts(world)
    moved = sorted(texts, key=lambda text: text.published_at + world.chance.randrange(HOUR // 2))
    with stream(world, NAMES, world.pick(60, 20), in_portions(text_records(moved))) as flow:
        outcome = flow.settle(exact=False)
    outcome.notes = f"{sum(a is not b for a, b in zip(texts, moved, strict=True))} texts in another place"
    return outcome


def too_late(world: World) -> Outcome:
    """Texts of hours and days ago come behind all others: they are counted, and change nothing."""
    texts = _texts(world)
    end = texts[-1].published_at
    old = [
        msgspec.structs.replace(text, event_id=f"old-{number}", published_at=time, first_seen_at=time)
        for number, text in enumerate(texts[-TOO_LATE:])
        for time in [end - world.chance.randrange(2 * HOUR, 3 * DAY)]
    ]
    with stream(world, NAMES, world.pick(30, 10)) as flow:
        outcome = flow.settle()
        flow.feeder.send_now(text_records(old))
        wait_until(lambda: flow.fleet.late() >= TOO_LATE, LATE_SECONDS, "the old ones are counted")
        outcome.sent, outcome.late = len(flow.feeder.sent), flow.fleet.late()
        found = read_topics_of_stream(world.address)
        outcome.lost = found.lost(flow.feeder.sent)
        outcome.promise(not outcome.lost, f"{outcome.lost} texts lost")
        outcome.promise(outcome.late == TOO_LATE, f"expected {TOO_LATE} texts late, got {outcome.late}")
        outcome.promise(found.alerts == alerts_of(flow.expected), "texts that were too late changed the alerts")
    outcome.notes = f"{TOO_LATE} texts were sent too late"
    return outcome


def wrong_clocks(world: World) -> Outcome:
    """The clock of a source, which has a partition to itself, is an hour behind, then an hour ahead."""
    texts = _texts(world)
    half = len(texts) // 2
    records, shifted = [], []
    for number, text in enumerate(texts):
        is_wrong = number % 3 == 0
        by = HOUR * (-is_wrong if number < half else is_wrong)
        moved = msgspec.structs.replace(
            text, published_at=text.published_at + by, first_seen_at=text.first_seen_at + by
        )
        shifted.append(moved)
        records.append(text_record(int(is_wrong), moved))
    end = max(text.published_at for text in shifted) + MINUTE
    with stream(world, NAMES, world.pick(60, 20), in_portions(records), backtest(shifted), end) as flow:
        outcome = flow.settle()
    outcome.notes = f"{half // 3} texts an hour behind, as many ahead"
    return outcome


def far_future(world: World) -> Outcome:
    """A heartbeat of the year 2099, then silence."""
    beat = encode(Heartbeat(source="test", time=YEAR_2099))
    with stream(world, NAMES, world.pick(60, 20)) as flow:
        world.pause(10, 12)
        world.say(f"a heartbeat of 2099, and nothing for {SILENT_SECONDS:.0f} s")
        flow.feeder.interrupt([RawRecord(partition, beat) for partition in range(SPREAD)], SILENT_SECONDS)
        return flow.settle(dead={"bad_date": SPREAD})


def mixed_schemas(world: World) -> Outcome:
    """Messages of other versions between ours: a later schema is buried, a field that we do not know is no matter."""
    texts = _texts(world)
    records: list[RawRecord] = []
    other = 0
    for number, text in enumerate(texts):
        record = text_record(number % SPREAD, text)
        if number % 7 == 0:  # of a version that has one field more
            record = dataclasses.replace(record, value=_changed(text, mood="calm"))
        records.append(record)
        if number % 5 == 0:
            other += 1
            schema = (0, 2, 9)[other % 3]
            records.append(RawRecord(number % SPREAD, _changed(text, schema=schema, event_id=f"other-{number}")))
    with stream(world, NAMES, world.pick(60, 20), in_portions(records)) as flow:
        return flow.settle(dead={"unknown_schema": other})


def _changed(text: RawText, **fields: object) -> bytes:
    return json.dumps(json.loads(encode(text)) | fields).encode()


ROWS = (
    Row("duplicates", "every third text comes twice", duplicated),
    Row("disorder", "texts change places within half an hour", disordered),
    Row("too-late", "texts of hours and days ago behind all others", too_late),
    Row("clocks", "the clock of a source is an hour behind, then ahead", wrong_clocks),
    Row("year-2099", "a heartbeat of 2099, then 25 s of silence", far_future),
    Row("schemas", "messages of other schemas between ours", mixed_schemas),
)
