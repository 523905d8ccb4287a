"""Runs around a setting over real detector runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.backtest.budget import Setting, for_everything
from services.backtest.events import Event
from services.backtest.run import run_backtest
from services.backtest.scored_file import read_scored, write_scored
from services.backtest.study import study
from services.domain.incident import key_of
from services.domain.key import MonitoredKey
from tests.factories import DAY, HOUR, START
from tests.harness.streams import in_order, quiet, wave

WAVE_AT = START + 11 * DAY
CHOSEN = Setting(for_everything(0.05))


@pytest.fixture(autouse=True)
def one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)


def test_the_chosen_run_is_that_of_a_backtest_and_the_others_stand_around_it(tmp_path: Path) -> None:
    texts = in_order(quiet(12), wave(20, WAVE_AT))
    path = tmp_path / "scored.jsonl"
    write_scored(texts, path)
    assert list(read_scored(path)) == texts
    done: list[int] = []
    events = [Event(MonitoredKey.of_company("ACME"), WAVE_AT, WAVE_AT + 3 * HOUR, "negative")]
    found = study(path, CHOSEN, events, lambda: done.append(1))
    assert len(done) == 7
    alone = run_backtest(texts, CHOSEN.context())
    assert found.result == alone
    assert [key_of(one.raised) for one in found.incidents] == [MonitoredKey.of_company("ACME")]
    assert found.incidents[0].raised.p_value < 0.05
    assert [one.asked_per_day for one in found.points] == pytest.approx([0.05 * 2**step for step in range(-3, 4)])
    assert [(one.seen, one.missed) for one in found.points] == [(1, 0)] * 7
    assert 20 <= (found.points[3].delay_minutes or 0) <= 100
    (timeline,) = found.timelines.values()
    assert sum(negative + other for _, negative, other in timeline.bins()) == len(texts)
    assert alone.days == pytest.approx(alone.days_by_key[MonitoredKey.of_company("ACME")], abs=0.001)


def test_without_texts_there_is_nothing_to_see(tmp_path: Path) -> None:
    path = tmp_path / "scored.jsonl"
    write_scored([], path)
    found = study(path, CHOSEN, None, lambda: None)
    assert [(one.incidents, one.per_day, one.seen, one.missed) for one in found.points] == [(0, None, 0, 0)] * 7
