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


def test_a_task_that_ends_well_is_done_and_not_started_again(tmp_path: Path) -> None:
    supervisor = Supervisor([Service("task", python("print('the result')"), once=True)], tmp_path)
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
