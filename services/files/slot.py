"""A folder of one's own for each of several processes that are set up alike."""

from __future__ import annotations

import fcntl
import os
from itertools import count
from pathlib import Path

from services.domain.errors import InvalidInput


def take_slot(folder: Path, name: str) -> Path:
    """`folder`, or the first of `folder/NAME-2`, `folder/NAME-3` and so on that no other process has taken.

    It is taken until this process ends, however that comes: the lock is the kernel's. A process that is started again
    finds what the last one left there.

    :raises InvalidInput: when the folder cannot be written.
    """
    for number in count(1):
        slot = folder if number == 1 else folder / f"{name}-{number}"
        if _lock(slot, f"{name}.lock"):
            return slot
    raise AssertionError("there is always one more")


def _lock(folder: Path, name: str) -> bool:
    """Whether the lock was free; it is never given back."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
    except OSError as error:
        raise InvalidInput(f"state folder {folder}: cannot be written: {error.strerror}") from error
    return True
