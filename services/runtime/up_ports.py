"""Where the processes of `up` listen: as asked for, else where they listened last time, else at the usual ports."""

from __future__ import annotations

from collections.abc import Sequence

from services.runtime.ports import RememberedPorts
from services.settings import Settings, UpSettings

PORTS_FILE = "ports.json"
"""In the state folder."""
USUAL = {"broker": 9092, "alertmanager": 9093, "prometheus": 9090, "adapter": 9105, "http": 8080}
FIRST_METRICS_PORT = 9110


class UpPorts:
    """`port_of(NAME)`: of the programs in `USUAL`, and of the metrics of each of `workers`, in their order."""

    def __init__(self, settings: Settings, workers: Sequence[str]) -> None:
        """:raises InvalidInput: when what is remembered cannot be read."""
        self._ports = RememberedPorts(settings.state.folder / PORTS_FILE)
        self._asked = settings.up
        self._metrics_host = settings.metrics.host
        self._workers = list(workers)

    def port_of(self, name: str) -> int:
        """The port of a program.

        :raises PortTaken: when it is in use.
        """
        field = f"{name}_port"
        return self._ports.port(name, USUAL[name], asked=getattr(self._asked, field), option=_option(field))

    def metrics_port_of(self, worker: str) -> int:
        """The port of a worker's metrics.

        :raises PortTaken: when it is in use.
        """
        position = self._workers.index(worker)
        first = self._asked.metrics_ports
        return self._ports.port(
            f"metrics of {worker}",
            FIRST_METRICS_PORT + position,
            self._metrics_host,
            None if first is None else first + position,
            _option("metrics_ports"),
        )

    def save(self) -> None:
        """Remember them for the next start.

        :raises InvalidInput: when the file cannot be written.
        """
        self._ports.save()


def _option(field: str) -> str:
    return f"--{field.replace('_', '-')} or {UpSettings.variables()[field]}"
