"""What the detector keeps the alert budgets by, and on how much history that rests."""

from __future__ import annotations

from services.detector.cohort import limits_of
from services.detector.context import FIRST_KEYS, Context
from services.domain.messages import BudgetStatus, CohortBudget, WatchlistBudget
from services.watchlists.model import Watchlist


def budget_status(context: Context) -> BudgetStatus:
    """The budgets of the watchlists, and the scores that yield them for keys without a sensitivity of their own."""
    return BudgetStatus(
        day=context.shared.day,
        watchlists=tuple(_watchlist(one, context) for one in context.watchlists.lists),
        cohorts=tuple(_cohort(cohort, context) for cohort in sorted(context.shared.tails)),
    )


def _watchlist(one: Watchlist, context: Context) -> WatchlistBudget:
    keys = context.shared.watched.get(one.name, 0)
    return WatchlistBudget(name=one.name, keys=keys, alerts_per_day=one.budget_per_key(keys) * keys)


def _cohort(cohort: str, context: Context) -> CohortBudget:
    least, most = limits_of(cohort)
    watched = context.shared.watched
    budgets = {one.name: one.budget_per_key(watched.get(one.name) or FIRST_KEYS) for one in context.watchlists.lists}
    return CohortBudget(
        kind=cohort.partition("/")[0],
        least=least,
        most=most,
        key_days=round(context.shared.tails[cohort].key_days(), 1),
        thresholds={
            name: round(context.score_for(budget, cohort), 3) for name, budget in budgets.items() if budget > 0
        },
    )
