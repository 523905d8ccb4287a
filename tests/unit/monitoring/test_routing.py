"""What a batch of scored texts becomes on `opinions.by_key`."""

from __future__ import annotations

from services.domain.messages import PartitionIdle, ScoredText, WatermarkUpdate
from services.monitoring.routing import Router
from services.watchlists.model import Watchlists
from tests.factories import HOUR, MINUTE, START, partition_idle, scored, watermark_update


def test_the_last_word_of_a_batch_says_whether_a_partition_is_idle() -> None:
    router = Router()
    batch: list[ScoredText | WatermarkUpdate | PartitionIdle] = [
        scored(1, START),
        partition_idle(),
        partition_idle(partition=1),
        watermark_update(START, partition=2),
    ]
    routed = router.route(batch, Watchlists())
    assert [(one.origin.partition, one.time) for one in routed.watermarks] == [(0, START), (2, START)]
    assert [one.origin.partition for one in routed.idle] == [0, 1]
    again = router.route([partition_idle(partition=2), watermark_update(START + HOUR, partition=2)], Watchlists())
    assert [(one.origin.partition, one.time) for one in again.watermarks] == [(2, START + HOUR)]
    assert again.idle == []


def test_a_text_dated_after_it_was_seen_moves_time_to_when_it_was_seen() -> None:
    text = scored(1, START + HOUR, first_seen_at=START + MINUTE)
    (update,) = Router().route([text], Watchlists()).watermarks
    assert update.time == START + MINUTE


def test_a_text_of_unknown_age_goes_nowhere_and_moves_no_time() -> None:
    batch: list[ScoredText | WatermarkUpdate | PartitionIdle] = [
        scored(1, START),
        scored(2, START + HOUR, precision="seen", in_detection=False),
    ]
    routed = Router().route(batch, Watchlists())
    assert [keyed.text.event_id for keyed in routed.texts] == ["t1"]
    assert [update.time for update in routed.watermarks] == [START]
