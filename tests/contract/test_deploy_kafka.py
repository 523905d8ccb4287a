"""The override for a Kafka of one's own: Compose takes it, and every service on the bus logs in as itself."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from services.kafka.broker import broker_of
from services.kafka.rights import RIGHTS
from services.settings import load_settings
from tests.harness.compose import compose_command
from tests.harness.deployment import OUR_SERVICES, ROOT

FILES = ("docker-compose.yml", "deploy/docker/compose.kafka.yml")
ENVIRONMENT = ROOT / "deploy" / "docker" / "kafka.env.example"
ON_KAFKA = [name for name in OUR_SERVICES if name != "adapter"]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """What Compose makes of the two files."""
    command = [*compose_command(), *(word for path in FILES for word in ("-f", str(ROOT / path)))]
    command += ["--env-file", str(ENVIRONMENT), "--profile", "feeds", "--profile", "adapter", "config"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = yaml.safe_load(done.stdout)["services"]
    return found


@pytest.mark.parametrize("name", ON_KAFKA)
def test_a_service_logs_in_as_itself(
    name: str, services: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    service = services[name]
    for variable, value in service["environment"].items():
        monkeypatch.setenv(variable, value)
    for secret in service["secrets"]:
        source, target = (secret, secret) if isinstance(secret, str) else (secret["source"], secret.get("target"))
        (tmp_path / (target or source)).write_text(f"from {source}")
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path))
    broker = broker_of(load_settings())
    assert broker.servers == "kafka-1.example.org:9093,kafka-2.example.org:9093"
    assert broker.security is not None
    assert broker.security.sasl_password is not None
    row = broker.security.sasl_user.removeprefix("groundswell-")
    assert row in {rights.service for rights in RIGHTS}
    command = service["command"]
    assert row in (command if isinstance(command, list) else command.split())
    assert broker.security.sasl_password.get_secret_value() == f"from kafka_{row}_password"
    assert "front" in service["networks"]


def test_the_kafka_that_comes_along_stands_idle(services: dict[str, Any]) -> None:
    assert services["kafka"]["entrypoint"] == ["sleep", "infinity"]
