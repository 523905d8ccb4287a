"""Programs of others that run beside the stack where they are installed: found by name, waited for over HTTP."""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from threading import Event

from services.runtime.supervisor import Service

READY_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


def find_program(names: Sequence[str]) -> str | None:
    """The path of an installed program; None when there is none of these names."""
    return next((path for name in names if (path := shutil.which(name))), None)


def program_service(name: str, command: Sequence[str], address: str) -> Service:
    """A program that says at `/-/ready` of `address` (host:port) when it is ready, guarded so that it ends with us."""

    def ready(stopping: Event, ended: Callable[[], bool]) -> None:
        _wait_until_ready(f"http://{address}/-/ready", stopping, ended)

    return Service(name, [sys.executable, "-m", "services.runtime.guard", *command], ready=ready)


def _wait_until_ready(url: str, stopping: Event, ended: Callable[[], bool]) -> None:
    """Return once it answers, or has ended, or after half a minute: the rest of the stack does without it."""
    for _ in range(int(READY_SECONDS / _PAUSE_SECONDS)):
        if ended() or stopping.is_set():
            return
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            stopping.wait(_PAUSE_SECONDS)
