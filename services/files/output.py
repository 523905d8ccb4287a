"""What a command that goes on for ever writes to: until nobody reads it any more."""

from __future__ import annotations

import os
import select
import sys


def reader_is_gone(output: int) -> bool:
    """Whether the other end of a pipe is closed; never true of a file or a terminal."""
    poll = select.poll()
    poll.register(output, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def write_to_nobody() -> None:
    """Let what is not written yet go nowhere, once the reader of standard output is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
