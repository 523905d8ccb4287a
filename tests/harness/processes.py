"""Looking at processes from the outside, by their ids, and ending children of the test."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from services.runtime.child import STOP_SECONDS, Child


def alive(pid: int) -> bool:
    """Whether a process of that id exists and is not just waiting to be collected."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(found.strip()) and not found.startswith("Z")


def descendants(pid: int) -> list[int]:
    """The ids of all processes that `pid` started, directly or not."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in found.splitlines()]
    children = [child for child, parent in parents if parent == pid]
    return [*children, *(below for child in children for below in descendants(child))]


def send(child: Child, number: signal.Signals) -> None:
    """Send a signal to a process that runs; never to the test itself, as to the process 0 would."""
    assert child.pid, f"{child.name} was not started"
    os.kill(child.pid, number)


def kill(child: Child) -> None:
    """End a process at once, as a crash does."""
    send(child, signal.SIGKILL)
    child.wait()


@contextmanager
def running(child: Child, stop_seconds: float = STOP_SECONDS) -> Iterator[Child]:
    """A child that is started, and asked to end at the end; it has `stop_seconds` for that."""
    child.start()
    try:
        yield child
    finally:
        child.ask_to_stop()
        child.wait(stop_seconds)


def stop(child: Child) -> None:
    """Ask a process to end, and wait for it."""
    child.ask_to_stop()
    child.wait()
