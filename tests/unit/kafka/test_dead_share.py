"""When a worker stops rather than burying most of what it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import InvalidMessage, TooManyDead
from services.kafka.dead_share import LEAST, WINDOW, DeadShare

BAD = InvalidMessage("unknown_schema", "expected schema 1, got 2")


def fill(share: DeadShare, good: int, dead: int) -> None:
    for _ in range(good):
        share.used()
    for _ in range(dead):
        share.dead(BAD)


def test_it_says_nothing_of_a_few_records(tmp_path: Path) -> None:
    fill(DeadShare(0.5, tmp_path / "dead.json"), good=0, dead=LEAST - 1)


def test_half_may_be_dead_and_no_more(tmp_path: Path) -> None:
    share = DeadShare(0.5, tmp_path / "dead.json")
    fill(share, good=LEAST, dead=LEAST)
    with pytest.raises(TooManyDead) as caught:
        share.dead(BAD)
    assert str(caught.value).startswith("201 of the last 401 records cannot be used (GROUNDSWELL_DEAD_SHARE=0.5)")
    assert "the last: unknown_schema: expected schema 1, got 2." in str(caught.value)


def test_only_the_last_records_count(tmp_path: Path) -> None:
    share = DeadShare(0.5, tmp_path / "dead.json")
    fill(share, good=5 * WINDOW, dead=WINDOW // 2)
    with pytest.raises(TooManyDead, match=f"{WINDOW // 2 + 1} of the last {WINDOW} records"):
        share.dead(BAD)
    fill(share, good=WINDOW, dead=WINDOW // 2)


def test_after_a_stop_nothing_more_is_buried_until_the_records_are_good(tmp_path: Path) -> None:
    path = tmp_path / "dead.json"
    for _ in range(3):
        share = DeadShare(0.5, path)
        with pytest.raises(TooManyDead):
            fill(share, good=0, dead=LEAST)
    share = DeadShare(0.5, path)
    assert not path.exists()
    fill(share, good=LEAST, dead=1)


def test_an_operator_may_go_on_anyway(tmp_path: Path) -> None:
    path = tmp_path / "dead.json"
    with pytest.raises(TooManyDead):
        fill(DeadShare(0.9, path), good=0, dead=LEAST)
    fill(DeadShare(1.0, path), good=0, dead=3 * WINDOW)
