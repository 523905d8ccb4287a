"""Each scored text goes to every key that follows it, each raw partition's watermark to all; pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from services.detector.key_record import origin_name
from services.domain.messages import KeyedText, Origin, PartitionIdle, ScoredText, WatermarkUpdate
from services.watchlists.followed_keys import followed_keys
from services.watchlists.model import Watchlists


@dataclass(slots=True)
class RoutedBatch:
    """What a batch of `opinions.scored` becomes on `opinions.by_key`: texts in order, then how far time is."""

    texts: list[KeyedText] = field(default_factory=list)
    watermarks: list[WatermarkUpdate] = field(default_factory=list)
    idle: list[PartitionIdle] = field(default_factory=list)


class Router:
    """Holds the watermark (latest event time, ms) of each raw partition it has seen."""

    def __init__(self) -> None:
        self._times: dict[str, int] = {}

    def route(self, batch: list[ScoredText | WatermarkUpdate | PartitionIdle], watchlists: Watchlists) -> RoutedBatch:
        """One `KeyedText` a text and followed key, one `WatermarkUpdate` a raw partition that the batch came from.

        A partition is idle when that is the last that the batch says of it.
        """
        routed = RoutedBatch()
        latest: dict[str, Origin] = {}
        idle: dict[str, PartitionIdle] = {}
        for message in batch:
            if isinstance(message, PartitionIdle):
                idle[origin_name(message.origin)] = message
                continue
            if isinstance(message, ScoredText):
                routed.texts += [KeyedText(key=str(key), text=message) for key in followed_keys(message, watchlists)]
                time = min(message.published_at, message.first_seen_at) if message.in_detection else None
            else:
                time = message.time
            if message.origin is not None and time is not None:
                name = origin_name(message.origin)
                latest[name] = message.origin
                idle.pop(name, None)
                self._times[name] = max(time, self._times.get(name, time))
        routed.watermarks = [WatermarkUpdate(origin=o, time=self._times[name]) for name, o in latest.items()]
        routed.idle = list(idle.values())
        return routed
