"""`groundswell up`: everything on this machine until Ctrl-C."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from services.alerting.receivers.robots import robots
from services.domain.errors import BrokerUnavailable, GroundswellError, InvalidInput
from services.inference.bundle import current_bundle
from services.ingest.author_key import own_author_key
from services.kafka.broker import Broker, broker_of
from services.repository import PROMETHEUS_RULES
from services.running_up import RunningUp, the_only_up
from services.runtime.adapter import make_token, webhooks
from services.runtime.alertmanager import ALERTMANAGER
from services.runtime.child import last_lines
from services.runtime.installed_program import find_program
from services.runtime.prometheus import PROMETHEUS
from services.runtime.stack import Stack, prepare_broker
from services.runtime.supervisor import Supervisor, stop_on_signals
from services.runtime.up_banner import banner, farewell
from services.runtime.up_ports import UpPorts
from services.settings import Settings
from services.watchlists.file import WatchlistFile

LEAST_FREE_BYTES = 200_000_000
"""On the disk of the state folder, at the start."""
_LOG_LINES = 5
"""Of a program that ended at its start."""


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `up` runs: a broker of one's own or the embedded one.

    `alertmanager_config`: routes and receivers for the Alertmanager that it starts. `monitors`: so many share the
    followed keys. `timezone` is that of the dates that HTTP ingest takes.
    """

    broker: str | None
    alertmanager_config: Path | None = None
    monitors: int = 1
    timezone: ZoneInfo | None = None


@dataclass(frozen=True, slots=True)
class Assembly:
    """The services of `up`; the port of HTTP ingest, if it runs; whom Alertmanager tells, if anybody."""

    stack: Stack
    http_port: int | None
    told: str | None


def run_up(settings: Settings, options: UpOptions, console: Console) -> None:
    """Start all, say where things are, and keep them running until SIGINT or SIGTERM.

    :raises GroundswellError: when another one runs in the state folder, the folder cannot be written or its disk is
        full, the model or the watchlists are not valid, a port is taken, the broker does not answer, or Prometheus or
        Alertmanager end at their start.
    """
    folder = settings.state.folder
    current_bundle(settings.model.folder, settings.model.name)
    WatchlistFile(settings.detection.watchlists)
    with the_only_up(folder) as say:
        _require_space(folder)
        assembly = build(settings, options)
        stack, logs = assembly.stack, folder / "logs"
        started_at = datetime.now(UTC).isoformat("T", "seconds")
        say(RunningUp(pid=os.getpid(), broker=stack.broker.servers, started_at=started_at))
        supervisor = Supervisor(stack.services, logs)
        with stop_on_signals(supervisor.stopping):
            try:
                if options.broker:
                    prepare_broker(settings, supervisor.stopping)
                supervisor.start()
                _require_programs(stack, supervisor)
                for line in banner(
                    stack, settings, bool(options.broker), assembly.http_port, assembly.told, logs.absolute()
                ):
                    console.print(line, soft_wrap=True, highlight=False)
                supervisor.run()
            except BrokerUnavailable:
                if not supervisor.stopping.is_set():
                    raise
            finally:
                supervisor.stop()
                console.print(farewell(bool(options.broker)), soft_wrap=True, highlight=False)


def build(settings: Settings, options: UpOptions) -> Assembly:
    """The services of `up`; the ports they take are remembered.

    :raises PortTaken: when a port is in use.
    :raises InvalidInput: when there is no Alertmanager to start with the configuration that was given, or texts can
        come over HTTP and there is no key to hide their authors.
    """
    workers: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in ("score", "monitor", "relay")]
    with_http = settings.ingest.http_token is not None
    if with_http:
        own_author_key(settings)
        zone = ("--timezone", options.timezone.key) if options.timezone else ()
        workers.append(("ingest", ("ingest", "http", *zone)))
    workers += [(f"monitor-{number}", ("monitor",)) for number in range(2, options.monitors + 1)]
    ports = UpPorts(settings, [*(name for name, _ in workers), "adapter"])
    broker = broker_of(settings) if options.broker else Broker(f"127.0.0.1:{ports.port_of('broker')}")
    stack = Stack(settings, broker, settings.state.folder, ports=ports)
    if not options.broker:
        stack.add_broker()
    told = _add_alertmanager(stack, settings, options, ports)
    http_port = ports.port_of("http") if with_http else None
    for name, arguments in workers:
        stack.add_worker(name, *arguments, *(("--port", str(http_port)) if name == "ingest" else ()))
    stack.add_teller("alerts", "follow")
    prometheus = find_program(PROMETHEUS)
    if prometheus is not None and PROMETHEUS_RULES.is_dir():
        stack.add_prometheus(prometheus)
    ports.save()
    return Assembly(stack, http_port, told)


def _add_alertmanager(stack: Stack, settings: Settings, options: UpOptions, ports: UpPorts) -> str | None:
    """Alertmanager, and the adapter that it calls where a robot of a chat service is set; whom it tells."""
    config = options.alertmanager_config
    alertmanager = None if settings.notification.alertmanagers else find_program(ALERTMANAGER)
    if alertmanager is None:
        if config is not None:
            raise InvalidInput(
                "--alertmanager-config: expected an Alertmanager to start, but "
                + (
                    "GROUNDSWELL_ALERTMANAGERS names others"
                    if settings.notification.alertmanagers
                    else "none is installed"
                )
            )
        return None
    as_given = None if config is None else f"as {config} says"
    found = robots(settings)
    if not found:
        stack.add_alertmanager(alertmanager, config)
        return as_given
    token, port = make_token(settings), ports.port_of("adapter")
    stack.add_alertmanager(alertmanager, config, webhooks(found, token, port))
    environment = {"GROUNDSWELL_ADAPTER_TOKEN": token.value}
    stack.add_worker("adapter", "adapter", "--port", str(port), environment=environment)
    stack.pages["adapter"] = f"http://127.0.0.1:{port}, which wants the token in {token.file}"
    return as_given or ", ".join(found)


def _require_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise InvalidInput(
            f"state folder {folder}: expected at least {LEAST_FREE_BYTES / 1e6:.0f} MB free on its disk, got "
            f"{free / 1e6:.0f} MB: free some, or name another with GROUNDSWELL_STATE_DIR"
        )


def _require_programs(stack: Stack, supervisor: Supervisor) -> None:
    """Prometheus and Alertmanager read their configuration at the start, and end when it is wrong."""
    for name in {"prometheus", "alertmanager"} & stack.pages.keys():
        child = supervisor.child(name)
        if child.poll() is not None:
            said = "\n  ".join(last_lines(child.log, _LOG_LINES))
            raise GroundswellError(f"{name} ended at its start (all of it: {child.log}):\n  {said}")
