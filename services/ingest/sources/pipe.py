"""A pipe that can be left: reading ends when somebody asks to stop, as if the writer had closed it."""

from __future__ import annotations

import io
import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from services.domain.errors import InvalidInput
from services.files.jsonl import PIPE, unpacked

STOP_CHECK_SECONDS = 0.2


@contextmanager
def open_pipe(path: str, stopping: threading.Event) -> Iterator[IO[bytes]]:
    """Standard input for `-`, else the named pipe or device at `path`; what is packed is unpacked.

    A thread that is blocked in reading cannot be ended, and the interpreter aborts when it finds one at its end; this
    one waits for the pipe and for `stopping`. What has been read by then can still be read from the stream.

    :raises InvalidInput: when it cannot be opened.
    """
    try:
        descriptor = os.dup(0) if path == PIPE else os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}") from error
    with io.BufferedReader(_Pipe(descriptor, stopping)) as stream, unpacked(stream, path) as lines:
        yield lines


class _Pipe(io.RawIOBase):
    """The read end; the end of the file comes when the writer is gone or `stopping` is set."""

    def __init__(self, descriptor: int, stopping: threading.Event) -> None:
        self._descriptor = descriptor
        self._stopping = stopping
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # BufferedReader gives a memoryview
        """Wait for bytes; 0 at the end."""
        while not self._stopping.is_set():
            if not self._poll.poll(1000 * STOP_CHECK_SECONDS):
                continue
            try:
                return os.readv(self._descriptor, [buffer])
            except BlockingIOError:
                continue
        return 0

    def close(self) -> None:
        """Close the descriptor."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
