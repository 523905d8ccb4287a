"""Alert budgets in words: what a watchlist asks for, and how the detector keeps it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.domain.messages import BudgetStatus, CohortBudget
from services.watchlists.model import Watchlist

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def asked_text(watchlist: Watchlist) -> str:
    """Such as `0.2 alerts a day per 100 keys`."""
    if watchlist.alerts_per_day is not None:
        return f"{watchlist.alerts_per_day:g} alerts a day"
    return f"{watchlist.alerts_per_100_keys:g} alerts a day per 100 keys"


def status_lines(status: BudgetStatus) -> list[str]:
    """One line about the time and each watchlist, then one a cohort: which score raises, and on what it rests."""
    if status.day is None:
        return ["no full day of event time has passed: the scores are those that are shipped"]
    day = (_EPOCH + timedelta(days=status.day)).date().isoformat()
    lists = (f"{one.name} {one.alerts_per_day:.3g} alerts a day over {one.keys} keys" for one in status.watchlists)
    return [f"as of the end of {day}: {', '.join(lists)}", *map(_cohort_line, status.cohorts)]


def _cohort_line(one: CohortBudget) -> str:
    upper = "or more" if one.most is None else f"to {one.most:g}"
    scores = ", ".join(f"{score:.2f} ({name})" for name, score in one.thresholds.items()) or "no score"
    return f"{one.kind}, {one.least:g} {upper} texts a day: {scores} raises, from {one.key_days:,.0f} quiet key-days"
