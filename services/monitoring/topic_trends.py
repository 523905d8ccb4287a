"""Sentiment per topic over the last hour of event time, for the gauges; a pure sliding window."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from services.domain.event_time import HOUR_MS

SENTIMENTS = ("negative", "neutral", "positive")


def leading(sentiment: tuple[float, float, float]) -> str:
    """The most likely class; a tie goes to the first of negative, neutral, positive."""
    return SENTIMENTS[max(range(3), key=lambda i: sentiment[i])]


class HourOfTopics:
    """Counts of texts by topic and sentiment within one hour before the newest text (ms)."""

    def __init__(self) -> None:
        self._texts: deque[tuple[int, tuple[str, ...], str]] = deque()
        self._counts: dict[tuple[str, str], int] = {}
        self._newest = 0

    def add(self, time: int, topics: tuple[str, ...], sentiment: str) -> None:
        """Take in one text; what is older than an hour falls out."""
        self._newest = max(self._newest, time)
        self._texts.append((time, topics, sentiment))
        for topic in topics:
            self._counts[topic, sentiment] = self._counts.get((topic, sentiment), 0) + 1
        while self._texts and self._texts[0][0] <= self._newest - HOUR_MS:
            _, gone, was = self._texts.popleft()
            for topic in gone:
                self._counts[topic, was] -= 1

    def shares(self) -> Iterator[tuple[str, int, dict[str, float]]]:
        """(topic, texts in the hour, share of each sentiment); a topic without texts has shares of 0."""
        for topic in sorted({t for t, _ in self._counts}):
            counts = {s: self._counts.get((topic, s), 0) for s in SENTIMENTS}
            total = sum(counts.values())
            yield topic, total, {s: (n / total if total else 0.0) for s, n in counts.items()}
