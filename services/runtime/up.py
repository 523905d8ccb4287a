"""`groundswell up`: everything on this machine until Ctrl-C."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from services.alerting.receivers.robots import robots
from services.domain.errors import BrokerUnavailable, InvalidInput, PortTaken
from services.domain.redact import redact
from services.inference.bundle import current_bundle
from services.ingest.author_key import own_author_key
from services.kafka.broker import Broker, broker_of
from services.repository import PROMETHEUS_RULES
from services.runtime.adapter import PORT as ADAPTER_PORT
from services.runtime.adapter import make_token, webhooks
from services.runtime.alertmanager import ALERTMANAGER
from services.runtime.installed_program import find_program
from services.runtime.ports import free_port, is_taken
from services.runtime.prometheus import PROMETHEUS
from services.runtime.stack import Stack, prepare_broker
from services.runtime.supervisor import Supervisor, stop_on_signals
from services.settings import Settings

_PACKAGES = {"alertmanager": "prometheus-alertmanager", "prometheus": "prometheus"}


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What `up` runs: a broker of one's own or the embedded one, HTTP ingest, fixed metrics ports (0: free ones).

    `alertmanager_config`: routes and receivers for the Alertmanager that it starts. `monitors`: so many share the
    followed keys. `timezone` is that of the dates that HTTP ingest takes.
    """

    broker: str | None
    http_port: int
    metrics_base_port: int
    alertmanager_config: Path | None = None
    monitors: int = 1
    timezone: ZoneInfo | None = None


def run_up(settings: Settings, options: UpOptions, console: Console) -> None:
    """Start all, say where things are, and keep them running until SIGINT or SIGTERM.

    :raises GroundswellError: when the model is not valid, a port is taken or the broker does not answer.
    """
    current_bundle(settings.model.folder, settings.model.name)
    stack = build(settings, options)
    logs = settings.state.folder / "logs"
    supervisor = Supervisor(stack.services, logs)
    with stop_on_signals(supervisor.stopping):
        try:
            if options.broker:
                prepare_broker(settings, supervisor.stopping)
            supervisor.start()
            announce(stack, settings, options, logs, console)
            supervisor.run()
        except BrokerUnavailable:
            if not supervisor.stopping.is_set():
                raise
        finally:
            supervisor.stop()
            console.print("stopped; no process is left")


def build(settings: Settings, options: UpOptions) -> Stack:
    """The services of `up`.

    :raises PortTaken: when the HTTP port or a fixed metrics port is in use.
    :raises InvalidInput: when there is no Alertmanager to start with the configuration that was given, or texts can
        come over HTTP and there is no key to hide their authors.
    """
    broker = broker_of(settings) if options.broker else Broker(f"127.0.0.1:{free_port()}")
    stack = Stack(settings, broker, settings.state.folder)
    if not options.broker:
        stack.add_broker()
    alertmanager = None if settings.notification.alertmanagers else find_program(ALERTMANAGER)
    if alertmanager is not None:
        _add_alertmanager(stack, alertmanager, settings, options)
    elif options.alertmanager_config is not None:
        raise InvalidInput(
            "--alertmanager-config: expected an Alertmanager to start, but "
            + ("GROUNDSWELL_ALERTMANAGERS names others" if settings.notification.alertmanagers else "none is installed")
        )
    workers: list[tuple[str, tuple[str, ...]]] = [(name, (name,)) for name in ("score", "monitor", "relay")]
    if settings.ingest.http_token is not None:
        own_author_key(settings)
        _require_free("127.0.0.1", options.http_port, "HTTP ingest")
        zone = ("--timezone", options.timezone.key) if options.timezone else ()
        workers.append(("ingest", ("ingest", "http", "--port", str(options.http_port), *zone)))
    workers += [(f"monitor-{number}", ("monitor",)) for number in range(2, options.monitors + 1)]
    for position, (name, arguments) in enumerate(workers):
        port = options.metrics_base_port + position if options.metrics_base_port else 0
        if port:
            _require_free(settings.metrics.host, port, f"the metrics server of {name}")
        stack.add_worker(name, *arguments, metrics_port=port)
    prometheus = find_program(PROMETHEUS)
    if prometheus is not None and PROMETHEUS_RULES.is_dir():
        stack.add_prometheus(prometheus)
    return stack


def _add_alertmanager(stack: Stack, binary: str, settings: Settings, options: UpOptions) -> None:
    """Alertmanager, and the adapter that it calls where a robot of a chat service is set."""
    found = robots(settings)
    if not found:
        stack.add_alertmanager(binary, options.alertmanager_config)
        return
    _require_free("127.0.0.1", ADAPTER_PORT, "the adapter")
    token = make_token(settings)
    stack.add_alertmanager(binary, options.alertmanager_config, webhooks(found, token))
    environment = {"GROUNDSWELL_ADAPTER_TOKEN": token.value}
    stack.add_worker("adapter", "adapter", "--port", str(ADAPTER_PORT), environment=environment)
    stack.pages["adapter"] = f"http://127.0.0.1:{ADAPTER_PORT}, which wants the token in {token.file}"


def announce(stack: Stack, settings: Settings, options: UpOptions, logs: Path, console: Console) -> None:
    """Print where everything is."""
    kind = "yours" if options.broker else "embedded, in memory: its content ends with it"
    console.print(f"broker    {stack.broker} ({kind})")
    for name, url in stack.metrics_urls().items():
        console.print(f"{name:<9} metrics on {url}")
    if "ingest" in stack.metrics:
        console.print(f"texts     POST http://127.0.0.1:{options.http_port}/v1/texts with your token")
    else:
        console.print(
            f"texts     GROUNDSWELL_BROKER={stack.broker} GROUNDSWELL_AUTHOR_KEY=... groundswell ingest ...  in another"
        )
        console.print(
            "          terminal; over HTTP: set GROUNDSWELL_HTTP_TOKEN and GROUNDSWELL_AUTHOR_KEY, start again"
        )
    console.print(f"alerts    GROUNDSWELL_BROKER={stack.broker} groundswell alerts follow  in another terminal")
    if settings.notification.alertmanagers:
        console.print(f"          and to the Alertmanagers {redact(settings.notification.alertmanagers)}")
    for name in ("alertmanager", "adapter", "prometheus"):
        there = stack.pages.get(name)
        if there is not None:
            console.print(f"          {name} on {there}")
        elif name == "prometheus" and not PROMETHEUS_RULES.is_dir():
            console.print("          no prometheus: its rules are in a clone of the repository only")
        elif name == "prometheus" or (name == "alertmanager" and not settings.notification.alertmanagers):
            console.print(f"          no {name}: none is installed (Debian: apt-get install {_PACKAGES[name]})")
    console.print(f"logs      {logs}")
    console.print("Ctrl-C stops everything")


def _require_free(host: str, port: int, what: str) -> None:
    if is_taken(host, port):
        raise PortTaken(host, port, what)
