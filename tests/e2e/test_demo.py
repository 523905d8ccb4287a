"""The demo as a user runs it, and what it raises on the real stream."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.domain.errors import BundleInvalid
from services.inference.bundle import current_bundle
from services.repository import DEMO_STREAM
from services.settings import ModelSettings
from tests.harness.processes import alive, descendants
from tests.harness.support import wait_until
from tests.harness.tiny_bundle import NAME, tiny_bundle

pytestmark = pytest.mark.slow
GROUNDSWELL = [sys.executable, "-m", "services.cli"]
ROOT = DEMO_STREAM.parents[2]
PLAIN = {name: value for name, value in os.environ.items() if not name.startswith("GROUNDSWELL_")}
Alert = dict[str, Any]


def without_default_model() -> str:
    """Why the real model cannot be used; empty when it can."""
    fields = ModelSettings.model_fields
    try:
        current_bundle(fields["folder"].default, fields["name"].default)
    except BundleInvalid as error:
        return str(error)
    return ""


needs_model = pytest.mark.skipif(bool(without_default_model()), reason=without_default_model() or "the model is there")


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    """The last line of `groundswell demo --once`."""
    ran = subprocess.run(
        [*GROUNDSWELL, "demo", "--once"], cwd=ROOT, env=PLAIN, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    result: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return result


def about(result: dict[str, Any], company: str, day: str) -> list[Alert]:
    """The alerts about a company of one day (UTC)."""
    return [a for a in result["alerts"] if a["entity"] == company and a["time"].startswith(day)]


@needs_model
@pytest.mark.timeout(900)
def test_every_text_comes_through(demo: dict[str, Any]) -> None:
    with subprocess.Popen(["gzip", "-dc", DEMO_STREAM], stdout=subprocess.PIPE) as lines:
        assert lines.stdout is not None
        ids = {json.loads(line)["id"] for line in lines.stdout}
    assert demo["texts"] == len(ids)
    assert demo["scored"] + demo["dead"] == demo["texts"]
    assert demo["dead"] == 0


@needs_model
@pytest.mark.timeout(900)
def test_the_fall_of_apple_on_3_september_is_raised_that_afternoon(demo: dict[str, Any]) -> None:
    found = [a for a in about(demo, "AAPL", "2014-09-03") if a["time"][11:16] >= "12:00"]
    assert found, [(a["time"], a["entity"]) for a in demo["alerts"]]
    of_that_day = [a["severity"] for a in demo["alerts"] if a["time"].startswith("2014-09-03")]
    assert max(a["severity"] for a in found) == max(of_that_day)
    assert all(a["evidence"] for a in found)


@needs_model
@pytest.mark.timeout(900)
def test_floods_of_newsletters_and_enthusiasm_raise_nothing(demo: dict[str, Any]) -> None:
    quiet = [(company, "2014-09-01") for company in ("AMGN", "BAC", "DIS", "GE")]
    quiet += [("AAPL", "2014-09-09"), ("AAPL", "2014-09-10")]
    assert [about(demo, company, day) for company, day in quiet] == [[]] * len(quiet)


@needs_model
@pytest.mark.timeout(900)
def test_the_stream_raises_what_backtest_raises(demo: dict[str, Any], tmp_path: Path) -> None:
    target = tmp_path / "alerts.jsonl"
    command = [*GROUNDSWELL, "backtest", str(DEMO_STREAM), "--alerts", str(target)]
    ran = subprocess.run(command, cwd=ROOT, env=PLAIN, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert demo["alerts"] == [json.loads(line) for line in target.read_text().splitlines()]


@contextmanager
def running_demo(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The demo with a tiny model, once ingest, scoring, monitoring and the broker are there."""
    tiny_bundle(folder / "models")
    settings = {"GROUNDSWELL_MODELS": str(folder / "models"), "GROUNDSWELL_MODEL": NAME, "TMPDIR": str(folder)}
    with (
        (folder / "errors").open("w") as errors,
        subprocess.Popen([*GROUNDSWELL, "demo"], cwd=ROOT, env=PLAIN | settings, stderr=errors, text=True) as demo,
    ):
        try:
            wait_until(lambda: len(descendants(demo.pid)) >= 5, 120, "broker (guarded), score, monitor and ingest")
            yield demo
        finally:
            demo.kill()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 0), (signal.SIGTERM, 0), (signal.SIGKILL, -9)])
def test_no_process_is_left_behind(tmp_path: Path, number: signal.Signals, status: int) -> None:
    with running_demo(tmp_path) as demo:
        started = descendants(demo.pid)
        demo.send_signal(number)
        assert demo.wait(60) == status
        wait_until(lambda: not [pid for pid in started if alive(pid)], 60)
    if number == signal.SIGINT:
        assert "metrics of score: http://127.0.0.1:" in (tmp_path / "errors").read_text()
        assert not list(tmp_path.glob("groundswell-demo-*"))


def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    settings = {"GROUNDSWELL_MODELS": str(tmp_path)}
    command = [*GROUNDSWELL, "demo", "--once"]
    ran = subprocess.run(command, cwd=ROOT, env=PLAIN | settings, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert f"{tmp_path}/zh-en-base/CURRENT" in ran.stderr
