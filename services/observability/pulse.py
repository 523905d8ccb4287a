"""The pulse of a worker: a byte a second from its main loop to the parent that started it.

A process that is stopped, or whose loop is blocked, cannot judge itself; a parent that hears nothing any more ends it.
The parent keeps the read end of a pipe and passes the write end on (`services.runtime.child`); without one nothing is
written.
"""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import suppress
from functools import cache

PULSE_FD = "GROUNDSWELL_PULSE_FD"
"""The variable that names the write end of the parent's pipe."""
BEAT_SECONDS = 1.0


def beat() -> None:
    """Give one sign of life; call it from the main loop only, which it shows to turn."""
    descriptor = _descriptor()
    if descriptor is not None:
        with suppress(OSError):  # a full pipe has signs enough, and a closed one no reader
            os.write(descriptor, b".")


def waits_on() -> bool:
    """Beat while waiting for what may never come; False: whoever asks whether to give up goes on."""
    beat()
    return False


async def keep_beating() -> None:
    """Beat until cancelled."""
    while True:
        beat()
        await asyncio.sleep(BEAT_SECONDS)


@cache
def _descriptor() -> int | None:
    """The pipe to write to; the variable is taken away, since it names nothing in a process that this one starts."""
    named = os.environ.pop(PULSE_FD, "")
    if not named.isdigit():
        return None
    descriptor = int(named)
    with suppress(OSError):
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.set_blocking(descriptor, False)
            return descriptor
    return None
