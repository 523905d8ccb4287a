"""What the detector knows beside one key's own state: constants, watchlists, and what all keys share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from services.detector.cohort import shipped, tail_before_history
from services.detector.params import Params
from services.detector.priors import KindPriors
from services.detector.shared import DailyAggregate, SharedStatistics
from services.detector.tail import Rarity, rarity
from services.domain.key import MonitoredKey
from services.watchlists.model import Watchlists

FIRST_KEYS = 100
"""So many keys a watchlist is taken to follow until they were counted at the end of a day."""
_SHIPPED_PRIORS = KindPriors()


class Context:
    """Shared knowledge at one point of event time; it changes when the aggregates of a day are applied.

    `fixed_threshold`: the score that raises an incident, in place of the budget. `names`: what to call companies.
    """

    def __init__(
        self,
        watchlists: Watchlists | None = None,
        shared: SharedStatistics | None = None,
        params: Params | None = None,
        fixed_threshold: float | None = None,
        names: Mapping[str, str] | None = None,
    ) -> None:
        self.params = params or Params()
        self.watchlists = watchlists or Watchlists()
        self.shared = shared or SharedStatistics()
        self.fixed_threshold = fixed_threshold
        self.names = names or {}
        self._rarities: dict[str, Rarity] = {}

    def learn(self, day: int, aggregates: Sequence[DailyAggregate]) -> None:
        """Apply the aggregates of all partitions of one day."""
        self.shared.learn(day, aggregates)
        self._rarities.clear()

    def priors(self, key: MonitoredKey) -> KindPriors:
        """The priors of a key's kind."""
        return self.shared.priors.get(key.kind, _SHIPPED_PRIORS)

    def rarity(self, cohort: str) -> Rarity:
        """How rare a score is in a cohort."""
        found = self._rarities.get(cohort)
        if found is None:
            found = rarity(self.shared.tails.get(cohort) or tail_before_history(cohort), shipped(cohort))
            self._rarities[cohort] = found
        return found

    def budget(self, key: MonitoredKey) -> float:
        """Alerts a day that a key may raise."""
        keys = {one.name: self.shared.watched.get(one.name) or FIRST_KEYS for one in self.watchlists.lists}
        return self.watchlists.budget(key, keys)

    def threshold_of(self, key: MonitoredKey, cohort: str) -> float:
        """The score at which a key of a cohort raises an incident; infinite for one with no budget."""
        if self.fixed_threshold is not None:
            return self.fixed_threshold
        return self.score_for(self.budget(key), cohort)

    def score_for(self, budget: float, cohort: str) -> float:
        """The score that a key of a cohort reaches so many times a day when nothing happens; infinite for 0."""
        if budget <= 0.0:
            return math.inf
        return max(self.rarity(cohort).score_at(min(budget, 1.0)), self.params.least_score)
