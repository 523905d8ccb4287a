"""A process that `up` did not start says where its metrics are, so that the Prometheus of `up` reads them too."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.files.replace import replace_file

FOLDER = "scrape"
"""In the state folder: files for Prometheus's `file_sd_configs`."""
_EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})

_log = logging.getLogger(__name__)


@contextmanager
def scraped(state_folder: Path, job: str, host: str, port: int) -> Iterator[None]:
    """Be read as `job` at `host:port` until the end of the context; what cannot be written is said in the log."""
    file = state_folder / FOLDER / f"{job}-{os.getpid()}.json"
    address = "127.0.0.1" if host in _EVERY_ADDRESS else host
    target = [{"targets": [f"{address}:{port}"], "labels": {"job": job}}]
    try:
        replace_file(file, json.dumps(target).encode())
    except OSError as error:
        _log.warning("%s cannot be written, so Prometheus does not read this process: %s", file, error.strerror)
    try:
        yield
    finally:
        with suppress(OSError):
            file.unlink()


def forget_ended(state_folder: Path) -> None:
    """Drop what processes left behind that were killed."""
    for file in (state_folder / FOLDER).glob("*-*.json"):
        pid = file.stem.rpartition("-")[2]
        if not pid.isdigit() or not _runs(int(pid)):
            file.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
