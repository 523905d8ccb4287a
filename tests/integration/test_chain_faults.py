"""The alert chain under faults, with the real servers: each alert arrives, and people are not flooded.

The scenarios wait most of the time, so they run side by side; each test looks at its own. With their full durations:
`python -m tests.benchmarks.chain_faults`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.harness.chain import why_no_chain
from tests.harness.chain_scenarios.row import SHORT, Row
from tests.harness.chain_scenarios.table import SCENARIOS

SIDE_BY_SIDE = 6

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_no_chain()), reason=why_no_chain()),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Row]]]:
    """The scenarios of the tests that were chosen, running."""
    chosen = {item.name for item in request.session.items if item.path == request.path}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {
            name: pool.submit(scenario, tmp_path_factory.mktemp(name), SHORT)
            for name, scenario in SCENARIOS.items()
            if f"test_row[{name}]" in chosen
        }
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("name", SCENARIOS)
def test_row(rows: dict[str, Future[Row]], name: str) -> None:
    row = rows[name].result()
    assert row.broken == []
    assert set(row.expected) <= set(row.arrived)
    assert row.notifications <= row.at_most
