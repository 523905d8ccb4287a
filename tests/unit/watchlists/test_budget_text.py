"""Budgets in words."""

from __future__ import annotations

import msgspec

from services.watchlists.budget_text import asked_text, status_lines
from services.watchlists.model import EVERYTHING
from tests.factories import budget_status

STATUS = budget_status()


def test_what_a_watchlist_asks_for() -> None:
    assert asked_text(EVERYTHING) == "0.2 alerts a day per 100 keys"
    assert asked_text(msgspec.structs.replace(EVERYTHING, alerts_per_day=1.5)) == "1.5 alerts a day"


def test_which_scores_raise_and_why() -> None:
    assert status_lines(STATUS) == [
        "as of the end of 2014-08-01: all 0.8 alerts a day over 400 keys",
        "company, 1 to 2 texts a day: 0.88 (all) raises, from 1,234 quiet key-days",
        "topic, 128 or more texts a day: no score raises, from 40 quiet key-days",
    ]


def test_before_the_first_day_is_over() -> None:
    early = msgspec.structs.replace(STATUS, day=None, cohorts=())
    assert status_lines(early) == ["no full day of event time has passed: the scores are those that are shipped"]
