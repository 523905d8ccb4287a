"""The pure parts of a row: what is sent, and what counts as lost."""

from __future__ import annotations

from collections import Counter

from services.domain.messages import Heartbeat
from services.kafka.codec import Codec, encode
from tests.faults.oracle import Found, alerts_of, backtest
from tests.faults.records import PORTION, beats, in_portions, text_records
from tests.faults.texts import texts_of
from tests.harness.streams import COMPANIES


def test_each_portion_has_texts_of_both_partitions_in_their_order() -> None:
    texts = texts_of(1, per_day=6)
    portions = in_portions(text_records(texts))
    assert [record.text for portion in portions for record in portion] == [text.event_id for text in texts]
    assert {len(portion) for portion in portions} == {PORTION}
    assert {tuple(sorted({record.partition for record in portion})) for portion in portions} == {(0, 1)}
    assert portions[0][1].value == encode(texts[1])


def test_a_beat_goes_to_each_partition_that_is_fed() -> None:
    found = [(record.partition, Codec(Heartbeat).decode(record.value), record.text) for record in beats(7)]
    assert found == [(partition, Heartbeat(source="test", time=7), None) for partition in (0, 1)]


def test_a_text_is_lost_that_got_stuck_at_any_stage() -> None:
    found = Found(scored={"a", "b", "c"}, keyed={"b", "c"}, copies=0, alerts=[], dead=Counter())
    assert (found.lost(["b", "c"]), found.lost(["a", "b", "d"])) == (0, 2)


def test_the_backtest_finds_a_wave_whatever_the_order_of_texts() -> None:
    texts = texts_of(1, per_day=6)
    found = alerts_of(backtest(texts))
    assert [(alert["kind"], alert["entity"]) for alert in found] == [("company", name) for name in COMPANIES[:4]]
    assert alerts_of(backtest(reversed(texts))) == found
