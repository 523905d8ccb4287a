"""Alertmanager beside the stack, where it is installed: its command, and its routes where none are given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from services.domain.errors import InvalidInput
from services.runtime.installed_program import program_service
from services.runtime.supervisor import Service

ALERTMANAGER = ("alertmanager", "prometheus-alertmanager")
"""The names of the program, Debian's too."""


def alertmanager_service(
    binary: str, port: int, config: Path | None, folder: Path, webhooks: Sequence[dict[str, object]] = ()
) -> tuple[Service, str]:
    """The Alertmanager service at `port`, and its address. Without `config` its alerts go to the `webhooks`, and
    without these they are seen at its page only.

    :raises InvalidInput: when `config` is no file.
    """
    if config is None:
        config = folder / "alertmanager.yml"
        folder.mkdir(parents=True, exist_ok=True)
        config.write_text(yaml.safe_dump(_routes(webhooks)))
    elif not config.is_file():
        raise InvalidInput(f"--alertmanager-config: expected a file, got {config}")
    address = f"127.0.0.1:{port}"
    options = [
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    return program_service("alertmanager", [binary, *options], address), f"http://{address}"


def _routes(webhooks: Sequence[dict[str, object]]) -> dict[str, object]:
    """Every alert to all webhooks, but for those that must always fire."""
    all_of_them = {"name": "everyone", "webhook_configs": list(webhooks)} if webhooks else {"name": "everyone"}
    return {
        "route": {
            "receiver": "everyone",
            "group_by": ["alertname", "channel", "kind", "entity", "stage"],
            "group_wait": "0s",
            "group_interval": "30s",
            "routes": [{"matchers": ['alertname = "Watchdog"'], "receiver": "nobody"}],
        },
        "receivers": [all_of_them, {"name": "nobody"}],
    }
