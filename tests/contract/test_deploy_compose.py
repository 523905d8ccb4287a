"""docker-compose.yml and the image: hardened, pinned, with secrets from files and settings that exist."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr

from services.inference.bundle import current_bundle
from services.settings import load_settings
from services.watchlists.file import read_watchlists
from services.watchlists.model import Watchlists
from tests.harness.compose import compose_command
from tests.harness.deployment import DEPLOY, OUR_SERVICES, ROOT, compose, read_yaml

COMPOSE = compose()
SERVICES: dict[str, Any] = COMPOSE["services"]
ONE_SHOT = {"topics"}
REACH_OUT = {"ingest-http", "ingest-feeds", "adapter", "prometheus", "alertmanager", "grafana"}
GPU = ROOT / "deploy" / "docker" / "compose.gpu.yml"
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")
NAMED = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.parametrize("files", [[], [GPU]], ids=["cpu", "gpu"])
def test_compose_accepts_the_files(files: list[Path]) -> None:
    command = compose_command()
    for path in [ROOT / "docker-compose.yml", *files]:
        command += ["-f", str(path)]
    done = subprocess.run(
        [*command, "--profile", "feeds", "--profile", "adapter", "config"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"target: {'gpu' if files else 'cpu'}" in done.stdout


@NAMED
def test_service_is_hardened(name: str) -> None:
    service = SERVICES[name]
    user, _, _ = service["user"].partition(":")
    assert int(user) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & set(service)
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


@NAMED
def test_service_says_how_it_is_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["healthcheck"] == {"disable": True}
        assert service["restart"] == "on-failure"
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"


@NAMED
def test_image_is_pinned(name: str) -> None:
    image, _, tag = SERVICES[name]["image"].partition(":")
    assert image
    if name in OUR_SERVICES:
        assert SERVICES[name]["build"]["target"] == tag == "cpu"
    else:
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", tag), tag


@NAMED
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert port.startswith("127.0.0.1:")


@NAMED
def test_service_waits_for_what_it_needs(name: str) -> None:
    if name in OUR_SERVICES and name != "adapter":
        assert SERVICES[name]["depends_on"]["kafka"] == {"condition": "service_healthy"}
        if name != "topics":
            assert SERVICES[name]["depends_on"]["topics"] == {"condition": "service_completed_successfully"}


def test_networks_are_separated() -> None:
    inside = {name for name, network in COMPOSE["networks"].items() if network.get("internal")}
    assert inside == {"bus", "metrics", "alerts"}
    assert SERVICES["kafka"]["networks"] == ["bus"]
    for name, service in SERVICES.items():
        reaches_out = bool(set(service["networks"]) - inside)
        assert reaches_out == (name in REACH_OUT)
        assert not {"bus", "operations"} <= set(service["networks"])


@NAMED
def test_no_secret_stands_in_the_environment(name: str) -> None:
    for key, value in SERVICES[name].get("environment", {}).items():
        if re.search(r"PASSWORD|TOKEN|SECRET|_KEY", key):
            assert str(value).startswith("/run/secrets"), key


def test_every_secret_is_a_file_with_an_example() -> None:
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}
    assert used == set(COMPOSE["secrets"])
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./deploy/secrets/{name}"}
        assert (DEPLOY / "secrets" / f"{name}.example").read_text(encoding="utf-8").startswith("One line: ")


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_settings_of_a_service_load(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment = dict(SERVICES[name]["environment"])
    wants_secrets = bool(SERVICES[name].get("secrets"))
    assert (environment.pop("GROUNDSWELL_SECRETS_DIR", None) == "/run/secrets") == wants_secrets
    assert set(environment) <= set(load_settings().by_variable())
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    for secret in SERVICES[name].get("secrets", []):
        (tmp_path / secret).write_text(f"value of {secret}\n", encoding="utf-8")
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path))

    settings = load_settings()

    assert settings.broker.servers == "kafka:9092"
    assert settings.metrics.host == "0.0.0.0"
    for secret in SERVICES[name].get("secrets", []):
        value = settings.by_variable()[secret.upper()]
        assert isinstance(value, SecretStr)
        assert value.get_secret_value() == f"value of {secret}"


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_command_exists(name: str) -> None:
    from services.cli import app

    written = SERVICES[name]["command"]
    words = shlex.split(written) if isinstance(written, str) else list(written)
    command: Any = typer.main.get_command(app)
    while hasattr(command, "get_command"):
        context = command.make_context(None, [], resilient_parsing=True)
        word = words.pop(0)
        command = command.get_command(context, word)
        assert command is not None, f"{written}: no command {word}"
    options = {flag for parameter in command.params for flag in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


@pytest.mark.parametrize("name", OUR_SERVICES)
def test_a_worker_runs_under_the_guard(name: str) -> None:
    guard = ["tini", "--", "python", "-m", "services.runtime.guard", "--pulse", "groundswell"]
    assert SERVICES[name].get("entrypoint") == (None if name in ONE_SHOT else guard)


def test_secrets_are_created_once_and_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = ["sh", str(DEPLOY / "secrets" / "create.sh"), str(tmp_path / "secrets")]
    subprocess.run(script, check=True, capture_output=True)
    before = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(script, check=True, capture_output=True)
    after = {path.name: path.read_text(encoding="utf-8") for path in (tmp_path / "secrets").iterdir()}

    assert set(before) == set(COMPOSE["secrets"])
    assert after == before
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "secrets").iterdir()} == {0o444}
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path / "secrets"))
    settings = load_settings()
    assert settings.ingest.http_token is not None
    assert re.fullmatch(r"[0-9a-f]{64}", settings.ingest.http_token.get_secret_value())
    made = [settings.ingest.http_token, settings.ingest.author_key, settings.receivers.adapter_token]
    assert len({secret.get_secret_value() for secret in made if secret}) == len(made)


def test_secrets_are_not_in_the_repository() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "deploy/secrets/*" in ignored
    assert {"!deploy/secrets/*.example", "!deploy/secrets/create.sh"} <= set(ignored)


@pytest.mark.parametrize(
    ("service", "variable", "default", "target"),
    [
        ("scoring", "MODELS", "./exported_models", "/models"),
        ("monitoring", "WATCHLISTS", "./deploy/watchlists", "/watchlists"),
    ],
)
def test_a_folder_of_the_user_can_take_the_place(service: str, variable: str, default: str, target: str) -> None:
    assert f"{default}:{target}:ro" in SERVICES[service]["volumes"]
    assert f"${{{variable}:-{default}}}:{target}:ro" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert f"`{variable}=/srv/" in (DEPLOY / "README.md").read_text(encoding="utf-8")


def test_the_mounted_model_and_watchlists_are_the_defaults() -> None:
    environment = SERVICES["scoring"]["environment"]
    assert (environment["GROUNDSWELL_MODELS"], environment["GROUNDSWELL_MODEL"]) == ("/models", "zh-en-base")
    assert current_bundle(ROOT / "exported_models", "zh-en-base").manifest.name == "zh-en-base"
    file = Path(SERVICES["monitoring"]["environment"]["GROUNDSWELL_WATCHLISTS"])
    assert file.parent == Path("/watchlists")
    assert read_watchlists(DEPLOY / "watchlists" / file.name) == Watchlists()


def stage(name: str) -> str:
    """The text of one stage of the Dockerfile."""
    found = re.search(rf"^FROM \S+ AS {name}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, flags=re.M | re.S)
    assert found, f"the Dockerfile has no stage {name}"
    return found.group(1)


def test_base_images_are_pinned() -> None:
    bases = set(re.findall(r"^FROM (\S+)", DOCKERFILE, flags=re.M))
    assert bases == {
        "scratch",
        "python:3.11.15-slim-bookworm",
        "nvidia/cuda:13.0.2-cudnn-runtime-ubuntu24.04",
    }


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_image_runs_as_a_user_without_rights_under_an_init(target: str) -> None:
    text = stage(target)
    assert "USER 10001:10001\n" in text
    assert 'ENTRYPOINT ["tini", "--", "groundswell"]\n' in text
    assert re.search(r"^HEALTHCHECK .*healthcheck\.py", text, flags=re.M)
    assert "10001 10001" not in text
    assert not re.search(r"^ADD |curl|wget|pip", text, flags=re.M)
    assert "requirements/serving.txt" in stage(f"{target}-packages")


def test_both_targets_end_the_same_way() -> None:
    endings = {stage(target).split("ENV PATH", 1)[1].strip() for target in ("cpu", "gpu")}
    assert len(endings) == 1


def test_everything_that_is_copied_passes_the_ignore_file() -> None:
    let_through = {
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    }
    copied = {
        source
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.M)
        for source in sources.split()
    }
    assert copied == let_through


def test_gpu_override_changes_scoring_alone() -> None:
    override = read_yaml(GPU)["services"]
    assert set(override) == {"scoring"}
    assert override["scoring"]["build"] == {"target": "gpu"}
    device = override["scoring"]["deploy"]["resources"]["reservations"]["devices"][0]
    assert device["capabilities"] == ["gpu"]
