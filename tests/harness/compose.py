"""Docker Compose as it is installed here."""

from __future__ import annotations

import shutil
import subprocess

import pytest


def compose_command() -> list[str]:
    """The Compose that is installed here; skips the test where there is none."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if (
        shutil.which("docker")
        and not subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        return ["docker", "compose"]
    pytest.skip("no Docker Compose is installed (Debian: docker-compose)")
