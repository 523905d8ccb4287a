"""The processes of a stream, each under a supervisor of its own, so that one can come and go while others run."""

from __future__ import annotations

import signal
from contextlib import ExitStack, suppress
from typing import Any

from services.runtime.child import Child
from tests.faults.world import World, rest
from tests.harness.processes import kill, send
from tests.harness.stream_workers import StreamWorkers, stream_workers


class Fleet:
    """Processes by name: a command of `groundswell`, or the command and a number (`monitor-2`)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[str, tuple[StreamWorkers, ExitStack]] = {}
        self._options: dict[str, dict[str, Any]] = {}
        self._late = 0
        """Texts that were late for processes that were ended since."""
        self.crashes = 0
        """Ends that nobody asked for, of processes that were taken away since."""

    def __enter__(self) -> Fleet:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._open):
            self.remove(name)

    @property
    def names(self) -> list[str]:
        """Those that run."""
        return list(self._open)

    def add(self, name: str, **options: Any) -> None:
        """Start a process; `options` are those of `StreamWorkers`, by default the ones that it had before."""
        known = {**self._options.get(name, {}), **options}
        self._options[name] = known
        settings = {"GROUNDSWELL_IDLE_SECONDS": str(self._world.idle_seconds), **known.get("settings", {})}
        stack = ExitStack()
        workers = stack.enter_context(
            stream_workers(
                [name], self._world.address, self._world.models, self._world.folder, self._world.store,
                **{**known, "settings": settings},
            )
        )  # fmt: skip
        self._open[name] = workers, stack

    def remove(self, name: str) -> None:
        """Ask a process to end, and wait for it."""
        workers, stack = self._open.pop(name)
        self._late += workers.late()
        self.crashes += workers.supervisor.crashes(name)
        stack.close()

    def kill(self, name: str) -> None:
        """End a process at once, as a crash does, and start it again."""
        workers, stack = self._open.pop(name)
        self._late += workers.late()
        self.crashes += workers.supervisor.crashes(name)
        workers.supervisor.stopping.set()  # it would wait longer from crash to crash
        with suppress(ProcessLookupError):  # it has ended by itself
            kill(workers.child(name))
        stack.close()
        self.add(name)

    def freeze(self, name: str, seconds: float) -> None:
        """Stop a process for so long, and let it go on."""
        child = self.child(name)
        with suppress(ProcessLookupError):  # it has ended by itself, and waits for its next start
            send(child, signal.SIGSTOP)
            rest(seconds)
            send(child, signal.SIGCONT)

    def child(self, name: str) -> Child:
        """A process."""
        return self._open[name][0].child(name)

    def all_crashes(self) -> int:
        """Ends that nobody asked for."""
        return self.crashes + sum(workers.supervisor.crashes(name) for name, (workers, _) in self._open.items())

    def late(self) -> int:
        """Texts that were too late for detection."""
        return self._late + sum(workers.late() for workers, _ in self._open.values())

    def total(self, metric: str) -> float:
        """What a metric of the monitoring processes that run now comes to."""
        return sum(workers.total(metric) for workers, _ in self._open.values())

    def watermarks(self) -> dict[str, float]:
        """Partition -> watermark (s)."""
        marks: dict[str, float] = {}
        for workers, _ in self._open.values():
            for partition, value in workers.watermarks().items():
                marks[partition] = max(value, marks.get(partition, 0.0))
        return marks

    def report(self) -> str:
        """What became of each process, and how its log ends."""
        return "\n".join(workers.report() for workers, _ in self._open.values())
