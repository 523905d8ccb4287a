"""Texts and negative share of the companies most written about, over the last hour of event time; pure."""

from __future__ import annotations

from collections import Counter
from heapq import nlargest

from services.domain.event_time import MINUTE_MS

MINUTES = 60
LEAD = 2
"""A company takes the place of another in the metrics when it has so many times its texts."""


class HourOfCompanies:
    """Counts texts by company and minute; at most `most` companies are shown, so that series stay few and steady."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._minutes: dict[int, Counter[tuple[str, str]]] = {}
        self._texts: Counter[str] = Counter()
        self._negative: Counter[str] = Counter()
        self._newest = 0
        self._raised: set[str] = set()
        self._shown: set[str] = set()

    def add(self, time: int, company: str, sentiment: str) -> None:
        """Take in one text about a company (`time` in ms); one older than the hour does not count."""
        minute = time // MINUTE_MS
        if minute > self._newest:
            self._newest = minute
            self._expire()
        if minute <= self._newest - MINUTES:
            return
        self._minutes.setdefault(minute, Counter())[company, sentiment] += 1
        self._texts[company] += 1
        self._negative[company] += sentiment == "negative"

    def raised(self, company: str) -> None:
        """An incident of a company was raised: it is shown before others until an hour passes without a text."""
        self._raised.add(company)

    def shown(self) -> dict[str, tuple[int, float]]:
        """Company -> (texts in the hour, share of negative ones), of those that have a series now."""
        self._raised &= self._texts.keys()
        self._shown = set(nlargest(self._most, self._texts, key=self._rank))
        return {one: (self._texts[one], self._negative[one] / self._texts[one]) for one in sorted(self._shown)}

    def _rank(self, company: str) -> tuple[bool, int, str]:
        texts = self._texts[company] * (LEAD if company in self._shown else 1)
        return company in self._raised, texts, company

    def _expire(self) -> None:
        for minute in [one for one in self._minutes if one <= self._newest - MINUTES]:
            for (company, sentiment), count in self._minutes.pop(minute).items():
                self._texts[company] -= count
                self._negative[company] -= count if sentiment == "negative" else 0
                if not self._texts[company]:
                    del self._texts[company], self._negative[company]
