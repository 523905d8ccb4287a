"""The supervisor with real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from services.runtime import child, listener
from services.runtime.child import Child
from services.runtime.supervisor import Service, Supervisor
from tests.harness.brokers import ROOT
from tests.harness.processes import alive, descendants
from tests.harness.support import wait_until

SLEEPER = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "child = subprocess.Popen(['sleep', '600']); print(child.pid, flush=True); child.wait()"
)

BEATING = """
import asyncio, sys, time
from services.observability.pulse import keep_beating

async def main():
    beating = asyncio.create_task(keep_beating())
    await asyncio.sleep(0.1)
    for _ in range(int(sys.argv[1])):
        time.sleep(0.5)  # slow, but going on
        await asyncio.sleep(0)
    print("through", flush=True)
    if sys.argv[2] == "block":
        time.sleep(600)
    await asyncio.sleep(600)

asyncio.run(main())
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@contextmanager
def running(supervisor: Supervisor) -> Iterator[None]:
    supervisor.start()
    watcher = Thread(target=supervisor.run)
    watcher.start()
    try:
        yield
    finally:
        supervisor.stopping.set()
        watcher.join()
        supervisor.stop()


def pid_of(supervisor: Supervisor, name: str) -> int:
    return supervisor.child(name).pid or 0


def test_a_killed_process_comes_back_and_the_others_stay(tmp_path: Path) -> None:
    supervisor = Supervisor([Service("one", python(SLEEPER)), Service("two", python(SLEEPER))], tmp_path)
    with running(supervisor):
        first, other = pid_of(supervisor, "one"), pid_of(supervisor, "two")
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: pid_of(supervisor, "one") not in (0, first), 15)
        second = pid_of(supervisor, "one")
        assert alive(second)
        assert (pid_of(supervisor, "two"), supervisor.crashes("one"), supervisor.crashes("two")) == (other, 1, 0)
    assert not alive(second)
    assert not alive(other)


@pytest.mark.parametrize("status", [0, 3])
def test_a_task_that_ends_well_is_done_and_not_started_again(tmp_path: Path, status: int) -> None:
    task = f"print('the result', flush=True); raise SystemExit({status})"
    supervisor = Supervisor([Service("task", python(task), once=True)], tmp_path)
    with running(supervisor):
        wait_until(lambda: supervisor.is_done("task"), 15)
        assert (tmp_path / "task.out").read_text() == "the result\n"
    assert supervisor.crashes("task") == 0


def test_all_start_anew_with_the_service_they_rest_on(tmp_path: Path) -> None:
    started: list[str] = []

    def ready(_stopping: Event, _ended: Callable[[], bool]) -> None:
        started.append("base")

    base = Service("base", python(SLEEPER), ready=ready, all_depend=True)
    supervisor = Supervisor([base, Service("user", python(SLEEPER))], tmp_path)
    with running(supervisor):
        user = pid_of(supervisor, "user")
        os.kill(pid_of(supervisor, "base"), signal.SIGKILL)
        wait_until(lambda: pid_of(supervisor, "user") != user, 15)
        assert not alive(user)
        assert started == ["base", "base"]


@pytest.fixture
def short_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute takes four seconds."""
    monkeypatch.setattr(listener, "SILENT_SECONDS", 4.0)


def beating(slow_steps: int, then: str) -> list[str]:
    return [*python(BEATING), str(slow_steps), then]


@pytest.mark.usefixtures("short_silence")
def test_a_frozen_process_is_ended_and_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    services = [Service("frozen", beating(0, "wait"), beats=True), Service("other", beating(0, "wait"), beats=True)]
    supervisor = Supervisor(services, tmp_path)
    with running(supervisor):
        first, other = pid_of(supervisor, "frozen"), pid_of(supervisor, "other")
        wait_until(lambda: "through" in supervisor.child("frozen").out.read_text(), 60)
        os.kill(first, signal.SIGSTOP)
        wait_until(lambda: pid_of(supervisor, "frozen") not in (0, first), 60)
        assert alive(pid_of(supervisor, "frozen"))
        assert not alive(first)
        assert (pid_of(supervisor, "other"), supervisor.crashes("other")) == (other, 0)
    assert "frozen gives no sign of life; it is ended" in caplog.text


@pytest.mark.usefixtures("short_silence")
def test_a_blocked_loop_is_ended_and_a_slow_one_is_not(tmp_path: Path) -> None:
    services = [Service("blocked", beating(0, "block"), beats=True), Service("slow", beating(12, "wait"), beats=True)]
    supervisor = Supervisor(services, tmp_path)
    with running(supervisor):
        wait_until(lambda: supervisor.crashes("blocked"), 60)
        wait_until(lambda: "through" in supervisor.child("slow").out.read_text(), 120)
        assert supervisor.crashes("slow") == 0


def test_a_program_without_a_pulse_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "START_SECONDS", 0.0)
    supervisor = Supervisor(
        [Service("foreign", python(SLEEPER)), Service("own", python(SLEEPER), beats=True)], tmp_path
    )
    with running(supervisor):
        wait_until(lambda: supervisor.crashes("own"), 60)
        assert supervisor.crashes("foreign") == 0


def test_in_a_container_a_frozen_process_ends_it(tmp_path: Path) -> None:
    """The restart policy of a container sees that the guard has ended."""
    guard = (
        "import sys; from services.runtime import guard, listener; listener.SILENT_SECONDS = 3.0; "
        "sys.exit(guard._main(['--pulse', *sys.argv[1:]]) & 0xFF)"
    )
    with subprocess.Popen([*python(guard), *beating(0, "block")], cwd=ROOT, stderr=subprocess.PIPE, text=True) as ran:
        assert ran.wait(60) == (-signal.SIGKILL) & 0xFF
        assert ran.stderr is not None
        assert "gives no sign of life; it is ended" in ran.stderr.read()
    with subprocess.Popen([*python(guard), *python(SLEEPER)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as ran:
        assert ran.stdout is not None
        assert ran.stdout.readline() == "up\n"
        ran.terminate()
        assert ran.wait(60) == (-signal.SIGTERM) & 0xFF


def test_what_ignores_sigterm_is_killed_with_its_children(tmp_path: Path) -> None:
    child = Child("stubborn", python(STUBBORN), tmp_path, {})
    child.start()
    grandchild = int(wait_until(lambda: child.out.exists() and child.out.read_text().strip(), 15))
    child.ask_to_stop()
    child.wait(seconds=0.5)
    assert child.poll() == -signal.SIGKILL
    wait_until(lambda: not alive(grandchild), 5)


def test_no_process_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from services.runtime.supervisor import Service, Supervisor; "
        "guard = [sys.executable, '-m', 'services.runtime.guard', 'sleep', '600']; "
        "s = Supervisor([Service('sleeper', guard)], Path(sys.argv[1])); s.start(); "
        "print(s.child('sleeper').pid, flush=True); s.run()"
    )
    with subprocess.Popen([*python(code), str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        guard = int(parent.stdout.readline())
        sleeper = wait_until(lambda: descendants(guard), 15)[0]
        parent.kill()
    wait_until(lambda: not alive(guard) and not alive(sleeper), 15)


def test_logs_do_not_grow_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "LOG_BYTES", 1_000)
    monkeypatch.setattr("services.runtime.supervisor.ROTATION_SECONDS", 0.0)
    chatty = (
        "import sys, time\nfor n in range(2000): print(f'line {n:5}', flush=True, file=sys.stderr); time.sleep(0.001)"
    )
    supervisor = Supervisor([Service("chatty", python(chatty), once=True)], tmp_path)
    with running(supervisor):
        wait_until(lambda: supervisor.is_done("chatty"), 60)
        supervisor.check()
    old, new = (tmp_path / "chatty.log.1").read_text(), (tmp_path / "chatty.log").read_text()
    assert old.endswith("\n")
    assert len(new) <= 1_000
    assert "line  1999" in old + new
