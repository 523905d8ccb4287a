"""Alertmanager beside the stack, where it is installed: its command, and routes to nobody where none are given."""

from __future__ import annotations

from pathlib import Path

import yaml

from services.domain.errors import InvalidInput
from services.runtime.installed_program import program_service
from services.runtime.ports import free_port
from services.runtime.supervisor import Service

ALERTMANAGER = ("alertmanager", "prometheus-alertmanager")
"""The names of the program, Debian's too."""


def alertmanager_service(binary: str, config: Path | None, folder: Path) -> tuple[Service, str]:
    """The Alertmanager service and its address; without `config` its alerts are seen at its page only.

    :raises InvalidInput: when `config` is no file.
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
    return program_service("alertmanager", [binary, *options], address), f"http://{address}"
