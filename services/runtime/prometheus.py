"""Prometheus and Alertmanager beside the stack, where they are installed: their commands and configuration."""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

import yaml

from services.domain.errors import InvalidInput
from services.repository import PROMETHEUS_RULES
from services.runtime.ports import free_port
from services.runtime.supervisor import Service

READY_SECONDS = 30.0
PROMETHEUS = ("prometheus",)
ALERTMANAGER = ("alertmanager", "prometheus-alertmanager")
"""The names of a program, Debian's too."""
_JOBS = {"score": "scoring", "monitor": "monitoring"}
"""Where a process is not called as its job in the rules."""


def program(names: tuple[str, ...]) -> str | None:
    """The path of an installed program; None when there is none of these names."""
    return next((path for name in names if (path := shutil.which(name))), None)


def alertmanager(binary: str, config: Path | None, folder: Path) -> tuple[Service, str]:
    """The Alertmanager service and its address; without `config` its alerts are seen at its page only.

    :raises InvalidInput: when `config` cannot be read.
    """
    if config is None:
        config = folder / "alertmanager.yml"
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(yaml.safe_dump({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}))
    elif not config.is_file():
        raise InvalidInput(f"--alertmanager-config: expected a file, got {config}")
    address = f"127.0.0.1:{free_port()}"
    options = [
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    return _service("alertmanager", [binary, *options], address), f"http://{address}"


def prometheus(
    binary: str, metrics: Mapping[str, int], host: str, alertmanager_url: str | None, folder: Path
) -> tuple[Service, str]:
    """The Prometheus service and its address; it scrapes the processes of `metrics` (name -> port) at `host`."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(prometheus_config(metrics, host, alertmanager_url)))
    address = f"127.0.0.1:{free_port()}"
    options = [
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={address}",
    ]
    return _service("prometheus", [binary, *options], address), f"http://{address}"


def prometheus_config(metrics: Mapping[str, int], host: str, alertmanager_url: str | None) -> dict[str, object]:
    """The configuration: the deployment's rules, one job a process, and the Alertmanager where there is one."""
    config: dict[str, object] = {
        "global": {"scrape_interval": "5s", "scrape_timeout": "4s", "evaluation_interval": "5s"},
        "rule_files": [str(PROMETHEUS_RULES / "*.yml")],
        "scrape_configs": [
            {"job_name": _JOBS.get(name, name), "static_configs": [{"targets": [f"{host}:{port}"]}]}
            for name, port in metrics.items()
        ],
    }
    if alertmanager_url is not None:
        targets = [alertmanager_url.removeprefix("http://")]
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": targets}]}]}
    return config


def _service(name: str, command: list[str], address: str) -> Service:
    def ready(stopping: Event, ended: Callable[[], bool]) -> None:
        _wait_until_ready(f"http://{address}/-/ready", stopping, ended)

    return Service(name, [sys.executable, "-m", "services.runtime.guard", *command], ready=ready)


def _wait_until_ready(url: str, stopping: Event, ended: Callable[[], bool]) -> None:
    """Return once it answers, or has ended, or after half a minute: the rest of the stack does without it."""
    for _ in range(int(READY_SECONDS / 0.2)):
        if ended() or stopping.is_set():
            return
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            stopping.wait(0.2)
