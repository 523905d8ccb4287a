"""Runs the processes of one machine: starts them in order, restarts the crashed, stops all in reverse order."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic
from types import FrameType

from services.domain.errors import BAD_LINES
from services.runtime.backoff import Backoff
from services.runtime.child import STOP_SECONDS, Child

ROTATION_SECONDS = 10.0
"""How often the sizes of logs are looked at."""

_log = logging.getLogger(__name__)


def _nothing(_stopping: Event, _ended: Callable[[], bool]) -> None:
    """Ready at once."""


@dataclass(frozen=True)
class Service:
    """One process to keep alive.

    `ready` is called after each start with an event that is set when all has to stop and a function that says
    whether the process has ended: it blocks until the next service may start, or raises. `once`: a process that
    ends with 0, or with the status of lines that it left out, is done. `all_depend`: when it crashes, every other
    process starts anew with it; `lost` says what went with it. `beats`: it has a pulse, and one that gives no sign of
    life for too long is ended as if it had crashed. `shown`: its standard output is ours.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[Event, Callable[[], bool]], None] = _nothing
    once: bool = False
    all_depend: bool = False
    lost: str = ""
    beats: bool = False
    shown: bool = False


class Supervisor:
    """Keeps `services` running, in one thread: call `check` about ten times a second, or `run`."""

    def __init__(self, services: Sequence[Service], logs: Path) -> None:
        self.stopping = Event()
        self._services = list(services)
        self._children = {s.name: Child(s.name, s.command, logs, s.environment, s.shown) for s in services}
        self._backoff = {s.name: Backoff() for s in services}
        self._due: dict[str, float] = {}
        self._done: set[str] = set()
        self._rotation_due = 0.0

    def start(self) -> None:
        """Start all in order, each once the one before it is ready.

        :raises GroundswellError: when one does not become ready; what was started goes on until `stop`.
        """
        for service in self._services:
            self._start(service)

    def check(self) -> None:
        """Look after every process once: restart what crashed and has waited long enough."""
        now = monotonic()
        if now >= self._rotation_due:
            self._rotation_due = now + ROTATION_SECONDS
            for child in self._children.values():
                child.rotate_logs()
        for service in self._services:
            name = service.name
            if self.stopping.is_set() or name in self._done:
                continue
            if name in self._due:
                if now >= self._due[name]:
                    del self._due[name]
                    self._restart(service)
                continue
            child = self._children[name]
            if child.poll() is None and service.beats and child.is_silent(now):
                _log.error("%s gives no sign of life; it is ended", name)
                child.wait(0.0)
            status = child.poll()
            if status is None:
                continue
            if service.once and status in (0, BAD_LINES):
                self._done.add(name)
            else:
                self._crashed(service, status, now)

    def run(self) -> None:
        """Look after the processes until `stopping` is set."""
        while not self.stopping.wait(0.1):
            self.check()

    def stop(self) -> None:
        """SIGTERM to all but the first services on which the others rest, then to these; SIGKILL to the slow."""
        self.stopping.set()
        for depended in (False, True):
            wave = [self._children[s.name] for s in reversed(self._services) if s.all_depend is depended]
            for child in wave:
                child.ask_to_stop()
            deadline = monotonic() + STOP_SECONDS
            for child in wave:
                child.wait(deadline - monotonic())

    def child(self, name: str) -> Child:
        """The process of that name."""
        return self._children[name]

    def is_done(self, name: str) -> bool:
        """Whether the `once` service of that name has ended well."""
        return name in self._done

    def crashes(self, name: str) -> int:
        """How often the service of that name has crashed."""
        return self._backoff[name].crashes

    def _start(self, service: Service) -> None:
        child = self._children[service.name]
        child.start()
        self._backoff[service.name].started(monotonic())
        service.ready(self.stopping, lambda: child.poll() is not None)

    def _crashed(self, service: Service, status: int, now: float) -> None:
        pause = self._backoff[service.name].crashed(now)
        self._due[service.name] = now + pause
        child = self._children[service.name]
        _log.error(
            "%s ended with %s; starting it again in %.0f s; its log %s ends: %s",
            service.name,
            f"signal {signal.Signals(-status).name}" if status < 0 else f"status {status}",
            pause,
            child.log,
            child.last_log_line() or "(empty)",
        )
        if service.lost:
            _log.error("%s: %s", service.name, service.lost)

    def _restart(self, service: Service) -> None:
        """Start a crashed service again; with it, all others when they rest on it."""
        if service.all_depend:
            others = [s for s in self._services if s is not service and s.name not in self._done]
            for other in others:
                self._children[other.name].ask_to_stop()
            for other in others:
                self._children[other.name].wait()
                self._due.pop(other.name, None)
        else:
            others = []
        for each in [service, *others]:
            self._start(each)


@contextmanager
def stop_on_signals(stopping: Event) -> Iterator[None]:
    """SIGINT and SIGTERM set `stopping` instead of ending this process; as before afterwards."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
