"""Prometheus beside the stack, where it is installed: its command and configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from services.ingest.scrape_target import FOLDER, forget_ended
from services.repository import PROMETHEUS_RULES
from services.runtime.installed_program import program_service
from services.runtime.supervisor import Service

PROMETHEUS = ("prometheus",)
"""The names of the program."""
_JOBS = {"score": "scoring", "monitor": "monitoring"}
"""Where a process is not called as its job in the rules."""


def prometheus_service(
    binary: str, port: int, metrics: Mapping[str, int], host: str, alertmanager_url: str | None, folder: Path
) -> tuple[Service, str]:
    """The Prometheus service at `port`, and its address; it scrapes the processes of `metrics` (name -> port) at
    `host`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    forget_ended(folder)
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(prometheus_config(metrics, host, alertmanager_url, folder)))
    address = f"127.0.0.1:{port}"
    options = [
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        f"--web.listen-address={address}",
    ]
    return program_service("prometheus", [binary, *options], address), f"http://{address}"


def prometheus_config(
    metrics: Mapping[str, int], host: str, alertmanager_url: str | None, folder: Path
) -> dict[str, object]:
    """The configuration: the deployment's rules, one job for all processes of a kind, those that say in the state
    `folder` where they are, and the Alertmanager where there is one. Processes of a kind are called alike, with a
    number behind a dash from the second one on.
    """
    jobs: dict[str, list[int]] = {}
    for name, port in metrics.items():
        kind = name.partition("-")[0]
        jobs.setdefault(_JOBS.get(kind, kind), []).append(port)
    config: dict[str, object] = {
        "global": {"scrape_interval": "5s", "scrape_timeout": "4s", "evaluation_interval": "5s"},
        "rule_files": [str(PROMETHEUS_RULES / "*.yml")],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"{host}:{port}" for port in ports]}]}
            for job, ports in jobs.items()
        ]
        + [
            {
                "job_name": "started-elsewhere",
                "file_sd_configs": [{"files": [str(folder.absolute() / FOLDER / "*.json")], "refresh_interval": "5s"}],
            }
        ],
    }
    if alertmanager_url is not None:
        targets = [alertmanager_url.removeprefix("http://")]
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": targets}]}]}
    return config
