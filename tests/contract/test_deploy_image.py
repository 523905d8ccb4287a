"""What runs inside the containers and can run here: the health check, and Kafka reading its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, start_http_server

from services.observability.metrics import Metrics
from tests.harness.brokers import kafka_home, why_no_kafka
from tests.harness.deployment import DEPLOY, compose
from tests.harness.ports import free_port


def health(port: int) -> subprocess.CompletedProcess[str]:
    """The health check of the image against a metrics port."""
    return subprocess.run(
        [sys.executable, DEPLOY / "docker" / "healthcheck.py"],
        env={**os.environ, "GROUNDSWELL_METRICS_PORT": str(port)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_process_that_serves_metrics_is_healthy() -> None:
    server, thread = start_http_server(0, addr="127.0.0.1", registry=Metrics(CollectorRegistry()).registry)
    try:
        assert health(server.server_port).returncode == 0
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_something_else_on_the_port_is_not_healthy() -> None:
    server, thread = start_http_server(0, addr="127.0.0.1", registry=CollectorRegistry())
    try:
        assert health(server.server_port).returncode == 1
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_process_that_is_gone_is_not_healthy() -> None:
    port = free_port()
    done = health(port)
    assert done.returncode == 1
    assert f"metrics on port {port}" in done.stderr


def test_kafka_takes_the_environment_of_the_compose_file(tmp_path: Path) -> None:
    """What the image does at its start: its wrapper writes server.properties and formats the storage."""
    if why := why_no_kafka():
        pytest.skip(why)
    environment = {**compose()["services"]["kafka"]["environment"], "KAFKA_LOG_DIRS": str(tmp_path / "data")}
    logging = (kafka_home() / "config" / "log4j2.yaml").read_text(encoding="utf-8")
    for folder in ("default", "mounted", "final"):
        (tmp_path / folder).mkdir()
    for name in ("log4j2.yaml", "tools-log4j2.yaml"):
        (tmp_path / "default" / name).write_text(logging, encoding="utf-8")

    done = subprocess.run(
        [
            *("bash", kafka_home() / "bin" / "kafka-run-class.sh"),
            *("kafka.docker.KafkaDockerWrapper", "setup"),
            *("--default-configs-dir", tmp_path / "default"),
            *("--mounted-configs-dir", tmp_path / "mounted"),
            *("--final-configs-dir", tmp_path / "final"),
        ],
        env={**os.environ, **environment, "LOG_DIR": str(tmp_path / "logs")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    lines = (tmp_path / "final" / "server.properties").read_text(encoding="utf-8").splitlines()
    written = dict(line.split("=", 1) for line in lines if "=" in line)
    assert written["advertised.listeners"] == "PLAINTEXT://kafka:9092"
    assert written["process.roles"] == "broker,controller"
    assert written["auto.create.topics.enable"] == "false"
    meta = (tmp_path / "data" / "meta.properties").read_text(encoding="utf-8")
    assert f"cluster.id={environment['CLUSTER_ID']}" in meta
