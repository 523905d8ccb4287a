"""A running `groundswell up` says in its state folder where it is, so that other terminals find it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import msgspec

from services.domain.errors import AlreadyRunning, InvalidInput

FILE = "up.json"
"""In the state folder; locked while it runs, so what a killed one left behind is told from what is true."""
_READING_SECONDS = 1.0
"""Whoever looks holds the lock for a moment."""


class RunningUp(msgspec.Struct, frozen=True, kw_only=True):
    """`broker`: its bootstrap servers. `started_at`: ISO 8601 in UTC."""

    pid: int
    broker: str
    started_at: str


@contextmanager
def the_only_up(folder: Path) -> Iterator[Callable[[RunningUp], None]]:
    """Be the only one in `folder` until the end of the context, or of the process, however that comes; the function
    that is given says where it is.

    :raises AlreadyRunning: when another one runs there.
    :raises InvalidInput: when the folder cannot be written.
    """
    file = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise InvalidInput(f"state folder {folder}: expected one that can be written: {error.strerror}") from error

    def say(running: RunningUp) -> None:
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, msgspec.json.encode(running), 0)
        except OSError as error:
            raise InvalidInput(f"{file}: cannot be written: {error.strerror}") from error

    try:
        if not _lock(descriptor):
            other = _read(descriptor)
            which = f"pid {other.pid}, since {other.started_at}, broker {other.broker}" if other else "it is starting"
            raise AlreadyRunning(
                f"another `groundswell up` runs in the state folder {folder} ({which}): stop it, or give this one a "
                "folder of its own with GROUNDSWELL_STATE_DIR"
            )
        yield say
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def find_running_up(folder: Path) -> RunningUp | None:
    """The `up` that runs in `folder`; None when none does."""
    try:
        descriptor = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    else:
        return None
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool:
    deadline = monotonic() + _READING_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > deadline:
                return False
            sleep(0.05)
        else:
            return True


def _read(descriptor: int) -> RunningUp | None:
    try:
        return msgspec.json.decode(os.pread(descriptor, 65_536, 0), type=RunningUp)
    except msgspec.DecodeError:
        return None
