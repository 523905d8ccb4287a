"""Scoring and monitoring as real processes under the supervisor of `groundswell up`: what crashes is started again."""

from __future__ import annotations

import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from services.runtime.child import Child
from services.runtime.supervisor import Service, Supervisor
from tests.harness.ports import free_port
from tests.harness.processes import kill

IDLE_SECONDS = 3
SESSION_SECONDS = 6
LAST_LINES = 30
"""Of the log of each process, with a failure."""


class StreamWorkers:
    """`names` of processes: a command of `groundswell`, or the command and a number (`monitor-2`).

    `module` runs the command, `settings` are variables of its own; `watched` processes are ended when they are frozen.
    """

    def __init__(
        self,
        names: Sequence[str],
        broker: str,
        models: Path,
        folder: Path,
        store: str = "memory",
        *,
        module: str = "services.cli",
        settings: Mapping[str, str] | None = None,
        watched: bool = False,
    ) -> None:
        self.names = list(names)
        self.ports = {name: free_port() for name in names}
        common = {
            "GROUNDSWELL_BROKER": broker,
            "GROUNDSWELL_MODELS": str(models),
            "GROUNDSWELL_MODEL": "tiny",
            "GROUNDSWELL_IDLE_SECONDS": str(IDLE_SECONDS),
            "GROUNDSWELL_SESSION_TIMEOUT_SECONDS": str(SESSION_SECONDS),
            "GROUNDSWELL_STORE": store,
        }
        services = []
        for name in names:
            own = {
                "GROUNDSWELL_METRICS_PORT": str(self.ports[name]),
                "GROUNDSWELL_STATE_DIR": str(folder / name),
            }
            command = [sys.executable, "-m", module, name.partition("-")[0]]
            services.append(Service(name, command, {**common, **own, **(settings or {})}, beats=watched))
        self.supervisor = Supervisor(services, folder)

    def child(self, name: str) -> Child:
        """The process of that name."""
        return self.supervisor.child(name)

    def kill(self, name: str) -> None:
        """End a process at once, as a crash does; the supervisor starts it again."""
        kill(self.child(name))

    def watermarks(self) -> dict[str, float]:
        """Partition -> watermark in seconds, as the metrics of the monitoring processes say."""
        marks: dict[str, float] = {}
        for sample in self._samples("groundswell_watermark_timestamp_seconds"):
            partition = sample.labels["partition"]
            marks[partition] = max(sample.value, marks.get(partition, 0.0))
        return marks

    def late(self) -> int:
        """How many texts came too late for the monitoring processes that run now."""
        return int(self.total("groundswell_texts_late_total"))

    def total(self, name: str) -> float:
        """What a metric of the monitoring processes that run now comes to."""
        return sum(sample.value for sample in self._samples(name))

    def _samples(self, name: str) -> Iterator[Sample]:
        for process, port in self.ports.items():
            if process.startswith("monitor"):
                yield from (sample for sample in _samples(port) if sample.name == name)

    def report(self) -> str:
        """What became of each process, and how its log ends."""
        parts = [f"watermarks: {self.watermarks()}"]
        for name in self.names:
            lines = self.child(name).log.read_text(errors="replace").splitlines()[-LAST_LINES:]
            status = self.child(name).poll()
            parts.append(f"{name}: {self.supervisor.crashes(name)} crashes, status {status}, its log ends:")
            parts += lines
        return "\n".join(parts)


@contextmanager
def stream_workers(
    names: Sequence[str], broker: str, models: Path, folder: Path, store: str = "memory", **options: Any
) -> Iterator[StreamWorkers]:
    """The processes (`StreamWorkers`), started and kept running until the end; a failure says what became of them."""
    workers = StreamWorkers(names, broker, models, folder, store, **options)
    supervisor = workers.supervisor
    supervisor.start()
    looking_after = Thread(target=supervisor.run, name="supervisor")
    looking_after.start()
    try:
        yield workers
    except AssertionError as error:
        error.add_note(workers.report())
        raise
    finally:
        supervisor.stopping.set()
        looking_after.join()
        supervisor.stop()


def _samples(port: int) -> Iterator[Sample]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
    except OSError:
        return
    for family in text_string_to_metric_families(text):
        yield from family.samples
