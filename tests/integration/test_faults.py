"""Short forms of rows of `make faults`: faults at random leave the alerts of the backtest, where a naive loop loses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.row import Outcome
from tests.faults.rows.at_random import mixed
from tests.faults.rows.control import raising
from tests.faults.world import World
from tests.harness.tiny_bundle import tiny_bundle

pytestmark = pytest.mark.slow
SECONDS = 10.0
"""Of the stream; the rest is sent at once."""


def short(folder: Path, broker: str) -> World:
    """A world on a broker that others need too, where partitions are idle soon."""
    tiny_bundle(folder / "models")
    return World(folder, broker, None, seed=2, quick=True, idle_seconds=3.0)


@pytest.mark.parametrize("fresh_broker", ["kafka"], indirect=True)
def test_faults_at_random_change_no_alert(fresh_broker: str, tmp_path: Path) -> None:
    found: Outcome = mixed(short(tmp_path, fresh_broker), 1, SECONDS)
    assert found.broken == []
    assert (found.sent, found.lost, found.left, found.equal, found.late) == (600, 0, 0, (4, 4), 0)


@pytest.mark.parametrize("fresh_broker", ["embedded"], indirect=True)
def test_a_naive_loop_loses_the_texts_that_raise(fresh_broker: str, tmp_path: Path) -> None:
    found = raising(short(tmp_path, fresh_broker))
    assert found.sent == 600
    assert found.lost > 0
