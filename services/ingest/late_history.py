"""Texts of the past that come to a stream which is further in time already: scored, but too late for detection."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from services.domain.errors import BrokerUnavailable, InvalidMessage
from services.domain.event_time import MINUTE_MS
from services.domain.messages import Heartbeat, RawText
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.last_records import last_records
from services.kafka.topics import RAW_TOPICS

_codec = Codec(RawText, Heartbeat)
_log = logging.getLogger(__name__)


def warning(broker: Broker, texts: Sequence[RawText], lateness_minutes: int) -> str | None:
    """What to say before `texts` are published, if the stream on `broker` is past some of them; None if it is not, or
    will not say.
    """
    try:
        records = last_records(broker, [topic.name for topic in RAW_TOPICS.values()])
    except BrokerUnavailable as error:
        _log.info("whether the stream is past these texts is not known: %s", error)
        return None
    late = count_late(texts, stream_time(records), lateness_minutes)
    if not late:
        return None
    return (
        f"{late:,} of {len(texts):,} texts are more than {lateness_minutes} minutes older than what the stream has "
        "seen already: they are scored, but too late for detection, so they raise no alert. To see what they would "
        "raise: groundswell backtest FILE; or replay them into a stream of its own (another GROUNDSWELL_TOPIC_PREFIX, "
        "a new `up`), or with --shift-to-now"
    )


def stream_time(records: Iterable[bytes]) -> int | None:
    """How far in time a stream is (ms), from the last records of its raw partitions; None when it is empty."""
    times = []
    for record in records:
        try:
            message = _codec.decode(record)
        except InvalidMessage:
            continue
        if isinstance(message, Heartbeat):
            times.append(message.time)
        elif message.in_detection:  # else nobody knows its time, and it moves none
            times.append(message.published_at)
    return max(times, default=None)


def count_late(texts: Sequence[RawText], seen: int | None, lateness_minutes: int) -> int:
    """How many of `texts` are older than `seen` (ms) by more than the lateness that detection allows."""
    if seen is None:
        return 0
    return sum(text.published_at < seen - lateness_minutes * MINUTE_MS for text in texts)
