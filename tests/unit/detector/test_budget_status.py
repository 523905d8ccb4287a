"""What the detector says it holds is what it raises by."""

from __future__ import annotations

import pytest

from services.detector.budget_status import budget_status
from services.detector.cohort import tail_before_history
from services.detector.context import Context
from services.detector.shared import SharedStatistics
from services.domain.key import MonitoredKey
from services.domain.messages import WatchlistBudget
from services.watchlists.model import EVERYTHING, Watchlists
from tests.factories import watchlist

OWN = watchlist("AAPL", "MSFT", alerts_per_day=0.5)


def test_scores_are_those_that_raise_an_alert_of_a_key() -> None:
    tails = {cohort: tail_before_history(cohort) for cohort in ("company/0", "company/2", "topic/9")}
    context = Context(
        Watchlists((EVERYTHING, OWN)), SharedStatistics(day=16_283, watched={"all": 400, "own": 2}, tails=tails)
    )
    status = budget_status(context)
    assert status.day == 16_283
    assert status.watchlists == (
        WatchlistBudget(name="all", keys=400, alerts_per_day=0.8),
        WatchlistBudget(name="own", keys=2, alerts_per_day=0.5),
    )
    assert [(one.kind, one.least, one.most, one.key_days) for one in status.cohorts] == [
        ("company", 0.0, 0.5, 40.0),
        ("company", 1.0, 2.0, 40.0),
        ("topic", 128.0, None, 40.0),
    ]
    assert status.cohorts[1].thresholds["own"] == pytest.approx(
        context.threshold_of(MonitoredKey.of_company("AAPL"), "company/2"), abs=0.001
    )
    assert status.cohorts[1].thresholds["all"] == pytest.approx(
        context.threshold_of(MonitoredKey.of_company("X"), "company/2"), abs=0.001
    )


def test_before_the_first_day_is_over_nothing_is_held() -> None:
    status = budget_status(Context())
    assert (status.day, status.cohorts) == (None, ())
    assert status.watchlists == (WatchlistBudget(name="all", keys=0, alerts_per_day=0.0),)
