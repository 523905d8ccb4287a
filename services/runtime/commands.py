"""`groundswell up`, `demo`, `topics` and `doctor`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from services.kafka.topics import PARTITIONS
from services.observability.logs import setup_logging
from services.options import Broker, HttpPort, Speed, Timezone
from services.settings import load_settings

COLOURS = {"ok": "green", "note": "yellow", "fix": "red"}
INTERRUPTED = 130

topics_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Create or list the Kafka topics of the topic table, and print the rights on them.",
)


def _port(what: str) -> Any:
    return typer.Option(min=1, max=65_535, help=f"Port {what}.")


def up(
    broker: Annotated[
        str | None, typer.Option(help="A Kafka of your own, host:port[,host:port]; without it the embedded broker.")
    ] = None,
    broker_port: Annotated[int | None, _port("of the embedded broker; usually 9092")] = None,
    http_port: Annotated[int | None, _port("of HTTP ingest; usually 8080")] = None,
    alertmanager_port: Annotated[int | None, _port("of Alertmanager; usually 9093")] = None,
    prometheus_port: Annotated[int | None, _port("of Prometheus; usually 9090")] = None,
    adapter_port: Annotated[int | None, _port("of the adapter to chat services; usually 9105")] = None,
    metrics_ports: Annotated[
        int | None,
        typer.Option(min=1, max=65_000, help="First metrics port (score, monitor, relay, ingest); usually 9110."),
    ] = None,
    monitors: Annotated[
        int, typer.Option(min=1, max=PARTITIONS, help="Monitoring processes, which share the followed keys.")
    ] = 1,
    alertmanager_config: Annotated[
        Path | None, typer.Option(help="Routes and receivers, as Alertmanager reads them.")
    ] = None,
    timezone: Timezone = None,
) -> None:
    """Run everything on this machine: broker, topics, scoring, monitoring, relay, and HTTP ingest when a token is set.

    Prometheus and Alertmanager are started too where they are installed, and said so where not;
    GROUNDSWELL_ALERTMANAGERS names others to tell. With the address of a robot (GROUNDSWELL_WECOM_URL and the like) the
    adapter is started too, with a token for this start, and Alertmanager tells the robot. Alerts are printed here too.

    Ports: as you say, else those of the last start, else the usual ones, and another where a usual one is taken. In
    other terminals commands find the broker by themselves, as long as they have the same GROUNDSWELL_STATE_DIR.

    A crashed process is started again with back-off. Ctrl-C ends all.

    \b
    Examples:
      groundswell up
      GROUNDSWELL_AUTHOR_KEY=$KEY GROUNDSWELL_HTTP_TOKEN=$TOKEN groundswell up --http-port 8080
      groundswell up --broker kafka.example.org:9092 --metrics-ports 9101
      groundswell up --alertmanager-config alertmanager.yml
      groundswell up --monitors 3
    """
    from services.runtime.up import UpOptions, run_up

    settings = load_settings(
        broker=broker,
        up_broker_port=broker_port,
        up_http_port=http_port,
        up_alertmanager_port=alertmanager_port,
        up_prometheus_port=prometheus_port,
        up_adapter_port=adapter_port,
        up_metrics_ports=metrics_ports,
    )
    setup_logging("up", settings.log.level)
    run_up(settings, UpOptions(broker, alertmanager_config, monitors, timezone), Console())


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End when all is through; the last line of output is a JSON object.")
    ] = False,
    speed: Speed = 50_000,
    svg: Annotated[Path | None, typer.Option(help="Save the last screen as a picture.")] = None,
) -> None:
    """Watch six weeks of real tweets about 87 companies in 75 seconds, and a wave of bad opinion raise an alert.

    Starts the embedded broker, ingest, scoring and monitoring as processes of their own; nothing else is needed.
    With --once the exit status is 0 only if every text was scored or dead-lettered.

    \b
    Examples:
      groundswell demo
      groundswell demo --once --speed 0
      groundswell demo --once --svg demo.svg
    """
    from services.runtime.demo.run import DemoOptions, as_line, run_demo

    setup_logging("demo", "WARNING")
    result = run_demo(load_settings(), DemoOptions(speed, once, svg), Console(stderr=True))
    if not once:
        return
    if result is None:
        raise typer.Exit(INTERRUPTED)
    print(as_line(result), flush=True)
    if result["scored"] + result["dead"] != result["texts"]:
        raise typer.Exit(1)


@topics_app.command("create")
def topics_create(
    broker: Broker = None,
    replication: Annotated[int | None, typer.Option(min=1, max=7, help="Replicas of each topic.")] = None,
    partitions: Annotated[
        int | None, typer.Option(min=1, max=1_000, help="Partitions of a topic that may have any number.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for the broker.")] = 60,
) -> None:
    """Create the topics that are missing; doing it again changes nothing.

    \b
    Examples:
      groundswell topics create --broker 127.0.0.1:9092
      groundswell topics create --broker a:9092,b:9092,c:9092 --replication 3 --partitions 12
    """
    from services.kafka.broker import broker_of
    from services.kafka.create_topics import create_topics
    from services.kafka.rights import rights_of
    from services.kafka.wait_for_broker import wait_for_broker

    settings = load_settings(broker=broker, replication=replication, partitions=partitions)
    setup_logging("topics", settings.log.level)
    kafka = broker_of(settings)
    wait_for_broker(kafka, wait, rights=rights_of("topics"))
    states = create_topics(kafka, settings.broker.replication, partitions=settings.broker.partitions)
    for state in states:
        what = "created" if state.created else "there"
        note = f"{state.problem}: {state.advice}" if state.problem else f"{state.partitions} partitions"
        print(f"{what:<8} {state.topic.name:<40} {note}")
    if any(state.problem for state in states):
        raise typer.Exit(1)


@topics_app.command("list")
def topics_list() -> None:
    """Show the topic table: what each topic holds, its key, partitions, retention and clean-up.

    \b
    Examples:
      groundswell topics list
    """
    from services.domain.event_time import DAY_MS
    from services.kafka.topics import TOPICS

    table = Table("topic", "holds", "key", "partitions", "kept", "clean-up")
    for topic in TOPICS:
        retention = "for ever" if topic.retention_ms < 0 else f"{topic.retention_ms // DAY_MS} days"
        table.add_row(topic.name, topic.holds, topic.key, str(topic.partitions), retention, topic.cleanup)
    Console().print(table)


@topics_app.command("acls")
def topics_acls(
    service: Annotated[
        str | None, typer.Argument(help="topics, ingest, score, monitor, relay, alerts or doctor; all without it.")
    ] = None,
    principal: Annotated[
        str | None, typer.Option(help="Whom to grant the rights, TYPE:NAME; without it User:groundswell-SERVICE.")
    ] = None,
    broker: Broker = None,
) -> None:
    """Print the commands of Apache Kafka that grant each process what it does there, and nothing else.

    \b
    Examples:
      groundswell topics acls --broker kafka.example.org:9093
      groundswell topics acls ingest --principal User:CN=ingest,O=Example
      GROUNDSWELL_TOPIC_PREFIX=acme. groundswell topics acls score
    """
    from services.kafka.rights import RIGHTS, acl_commands, rights_of

    servers = load_settings(broker=broker).broker.servers
    for rights in RIGHTS if service is None else [rights_of(service)]:
        print(f"# {rights.service}")
        for command in acl_commands(rights, principal or f"User:groundswell-{rights.service}", servers):
            print(command)


def doctor(
    broker: Broker = None,
    http_port: HttpPort = 8080,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False,
) -> None:
    """Check Python, state folder, model, ONNX Runtime, ports, broker and topics, and say what to do.

    The exit status is 1 when something must be fixed.

    \b
    Examples:
      groundswell doctor
      groundswell doctor --broker 127.0.0.1:9092 --json
    """
    from services.runtime.doctor import examine, must_fix

    findings = examine(load_settings(broker=broker), http_port)
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        table = Table("check", "result", "found", "what to do")
        for each in findings:
            colour = COLOURS[each.state]
            table.add_row(each.check, f"[{colour}]{each.state}[/{colour}]", each.found, each.advice)
        Console().print(table)
    if must_fix(findings):
        raise typer.Exit(1)
