"""A small file that a worker keeps over its restarts: a help, never a reason to stop."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TypeVar

import msgspec

from services.files.replace import replace_file

T = TypeVar("T")

log = logging.getLogger(__name__)


def read_state(path: Path, kind: type[T]) -> T | None:
    """What `write_state` wrote last; None where there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        log.error("%s is left out, it cannot be read: %s", path, error)
        return None


def write_state(path: Path, state: object) -> None:
    """Write it in one step; what cannot be written is said in the log."""
    try:
        replace_file(path, msgspec.json.encode(state))
    except OSError as error:
        log.error("%s cannot be written: %s", path, error)


def remove_state(path: Path) -> None:
    """Let it go, if it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        log.error("%s cannot be removed: %s", path, error)
