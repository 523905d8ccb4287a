"""Which spool a process uses: one that no other process has locked, with what crashed processes left behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.domain.errors import InvalidInput
from services.ingest.delivery.spool import Spool

_GROUP = 1_000


@contextmanager
def open_spool(folder: Path) -> Iterator[Spool]:
    """The first spool in `folder` that nobody has locked, locked until the end of the context.

    Records in other spools that nobody has locked are moved into it.

    :raises InvalidInput: when the folder cannot be written or a spool is damaged.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path, lock = _first_free(folder)
        spool = Spool(path)
        _adopt(folder, spool)
    except OSError as error:
        raise InvalidInput(f"the spool in {folder} cannot be used: {error.strerror or error}") from error
    try:
        yield spool
    finally:
        spool.close()
        os.close(lock)


def _first_free(folder: Path) -> tuple[Path, int]:
    number = 0
    while True:
        path = folder / f"{number}.jsonl"
        lock = _lock(path)
        if lock is not None:
            return path, lock
        number += 1


def _adopt(folder: Path, mine: Spool) -> None:
    """Move records; a crash in between leaves some in both, so twice rather than never."""
    for path in sorted(folder.glob("*.jsonl")):
        if path == mine.path or path.stat().st_size == 0:
            continue
        lock = _lock(path)
        if lock is None:
            continue
        left = Spool(path)
        while records := left.peek(_GROUP):
            mine.append(records)
            left.advance(len(records))
        left.close()
        os.close(lock)


def _lock(path: Path) -> int | None:
    """An exclusive lock beside `path`, released when the process ends; None when another has it."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
