"""Which spools a process empties: its own, and those that crashed processes left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from services.domain.errors import InvalidInput
from services.ingest.delivery.spool import Spool, segment_paths


@contextmanager
def open_spool(folder: Path, limit_bytes: int) -> Iterator[Spool]:
    """The first spool in `folder` that nobody has locked, and with it all others with records that nobody has locked;
    locked until the end of the context. Nobody else may read them: files are 0600, the folder is 0700.

    Nothing is written before there is something to write: a process starts, and empties, on a full disk too.

    :raises InvalidInput: when the folder cannot be written or a spool is damaged.
    """
    with ExitStack() as locks:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            spool = Spool(folder, _lock_all(folder, locks), limit_bytes)
        except OSError as error:
            raise InvalidInput(f"the spool in {folder} cannot be used: {error.strerror or error}") from error
        locks.callback(spool.close)
        yield spool


def _lock_all(folder: Path, locks: ExitStack) -> list[str]:
    """The names of the spools that are ours now; the first is the one to write to."""
    mine = next(name for name in map(str, count()) if _lock(folder, name, locks))
    left = {path.stem.partition("-")[0] for path in folder.glob("*.jsonl")} - {mine}
    others = [name for name in sorted(left) if segment_paths(folder, name) and _lock(folder, name, locks)]
    return [mine, *others]


def _lock(folder: Path, name: str, locks: ExitStack) -> bool:
    """Whether this process now has the lock of a spool; it is released when the process ends."""
    descriptor = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return False
    locks.callback(os.close, descriptor)
    return True
