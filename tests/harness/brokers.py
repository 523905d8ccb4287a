"""Brokers for tests: the embedded one, and real Apache Kafka where a distribution and Java are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.kafka.broker import Broker
from services.kafka.wait_for_broker import wait_for_broker
from services.runtime.child import Child
from services.runtime.embedded_broker import broker_command
from tests.harness.ports import free_port
from tests.harness.processes import running

ROOT = Path(__file__).resolve().parents[2]
_ONE_NODE = """\
log.dirs={folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=3
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
"""
"""Of every node of ours, whatever its listeners."""
_KAFKA = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
"""
#: base64 of "groundswell-test"; fixed, since a random one may begin with a dash and be taken for an option.
_CLUSTER_ID = "Z3JvdW5kc3dlbGwtdGVzdA"


@contextmanager
def embedded_broker(folder: Path, port: int = 0) -> Iterator[str]:
    """The address of a fresh embedded broker without topics; logs go to `folder`."""
    port = port or free_port()
    with running(Child("broker", broker_command(port), folder, {})) as child:
        wait_for_broker(Broker(f"127.0.0.1:{port}"), 60, give_up=lambda: child.poll() is not None)
        yield f"127.0.0.1:{port}"


def kafka_home() -> Path:
    """The folder of an Apache Kafka distribution: KAFKA_HOME, or ../shared/kafka."""
    return Path(os.environ.get("KAFKA_HOME", ROOT.parent / "shared" / "kafka"))


def why_no_kafka() -> str:
    """Why tests cannot run against Apache Kafka; empty when they can."""
    if not (kafka_home() / "bin" / "kafka-server-start.sh").is_file():
        return f"no Apache Kafka in {kafka_home()}: set KAFKA_HOME to a distribution"
    if shutil.which("java") is None:
        return "Apache Kafka needs java (17 or later), which is not installed"
    return ""


class KafkaNode:
    """A one-node Apache Kafka (KRaft) that can end and start again with its data, always at the same address."""

    def __init__(self, folder: Path) -> None:
        port, controller = free_port(), free_port()
        self.address = f"127.0.0.1:{port}"
        self.child = kafka_child(folder, _KAFKA.format(port=port, controller=controller))

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.child.start()
        wait_for_broker(Broker(self.address), 120, give_up=lambda: self.child.poll() is not None)

    def stop(self) -> None:
        """End it as an administrator does."""
        self.child.ask_to_stop()
        self.child.wait()

    def kill(self) -> None:
        """End it as a crash does."""
        self.child.wait(0)


@contextmanager
def kafka_broker(folder: Path) -> Iterator[str]:
    """The address of a fresh one-node Apache Kafka without topics; data and logs go to `folder`."""
    with kafka_node(folder) as node:
        yield node.address


@contextmanager
def kafka_node(folder: Path) -> Iterator[KafkaNode]:
    """The same, to be ended and started again."""
    node = KafkaNode(folder)
    try:
        node.start()
        yield node
    finally:
        node.stop()


@contextmanager
def run_kafka(folder: Path, properties: str, *format_options: str) -> Iterator[Child]:
    """A one-node Apache Kafka of these server properties as a process, which may not answer yet."""
    with running(kafka_child(folder, properties, *format_options)) as child:
        yield child


def kafka_child(folder: Path, properties: str, *format_options: str) -> Child:
    """A one-node Apache Kafka, formatted and not started; `properties` are those of its listeners."""
    config = folder / "server.properties"
    config.write_text(properties + _ONE_NODE.format(folder=folder))
    environment = {"KAFKA_HEAP_OPTS": "-Xmx256m", "LOG_DIR": str(folder / "logs")}
    scripts = kafka_home() / "bin"
    subprocess.run(
        ["bash", scripts / "kafka-storage.sh", "format", "-t", _CLUSTER_ID, "-c", config, *format_options],
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
    )
    command = [
        sys.executable,
        "-m",
        "services.runtime.guard",
        "bash",
        str(scripts / "kafka-server-start.sh"),
        str(config),
    ]
    return Child("kafka", command, folder, environment)
