"""When the demo is through."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from services.domain.errors import GroundswellError
from services.observability.metrics import Metrics
from services.runtime.demo.finish import Replayed, Stall, all_past, read_replayed, read_watermarks
from tests.harness.ports import free_port


def test_counts_are_read_from_the_last_line(tmp_path: Path) -> None:
    output = tmp_path / "ingest.out"
    output.write_text('something\n{"texts": 7, "repeated": 1, "dead": 2}\n\n')
    assert read_replayed(output) == Replayed(7, 2)
    assert read_replayed(output).total == 9


@pytest.mark.parametrize("content", ["", "Traceback", '{"texts": 7}', "[1]", '{"texts": null, "dead": 0}'])
def test_other_output_is_an_error_that_names_the_file(tmp_path: Path, content: str) -> None:
    output = tmp_path / "ingest.out"
    output.write_text(content)
    with pytest.raises(GroundswellError, match=r"ingest\.out: expected ingest's counts"):
        read_replayed(output)


def test_watermarks_are_read_from_the_metrics() -> None:
    metrics = Metrics(CollectorRegistry())
    metrics.watermark.labels("0").set(1_410_000_000.5)
    metrics.watermark.labels("3").set(1_410_000_060)
    port = metrics.serve("127.0.0.1", 0)
    found = read_watermarks(f"http://127.0.0.1:{port}/metrics")
    assert found == {"0": 1_410_000_000_500, "3": 1_410_000_060_000}
    assert read_watermarks(f"http://127.0.0.1:{free_port()}/metrics") == {}


def test_all_partitions_must_be_a_minute_past_the_last_text() -> None:
    last = 1_410_000_000_000
    there = dict.fromkeys("0123", last + 60_000)
    assert all_past(there, last)
    assert not all_past(there | {"2": last + 59_999}, last)
    assert not all_past({"0": last + 60_000}, last)
    assert not all_past({}, last)


def test_a_stall_is_noticed_after_three_hundred_seconds() -> None:
    stall = Stall(0.0)
    stall.check((1, 0), 10.0)
    stall.check((2, 0), 300.0)
    stall.check((2, 0), 600.0)
    with pytest.raises(GroundswellError, match=r"no progress for 300 s; the last state: \(2, 0\)"):
        stall.check((2, 0), 600.1)
