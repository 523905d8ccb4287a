"""A worker that stood still for longer than its group's session writes nothing any more.

Stopped (SIGSTOP, a paused virtual machine, a laptop that slept), it lost its partitions to others, and does not know it
yet when it wakes: what it writes then would come behind what they wrote.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from time import monotonic

from services.domain.errors import CRASHED

log = logging.getLogger(__name__)

TICK_SECONDS = 0.2


class SessionLease:
    """A thread notes that the process runs. Both it and `check` end the process, at once, when it has not for
    `session_seconds`. The event loop may be busy for longer: the group's heartbeats have a thread of their own too.
    """

    def __init__(
        self,
        session_seconds: float,
        clock: Callable[[], float] = monotonic,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._session_seconds = session_seconds
        self._clock = clock
        self._end = end
        self._ran_at = clock()

    def start(self) -> None:
        """Begin to watch, until the process ends."""
        self._ran_at = self._clock()
        threading.Thread(target=self._watch, name="session-lease", daemon=True).start()

    def check(self) -> None:
        """Call before anything is written."""
        stood_still = self._clock() - self._ran_at
        if stood_still > self._session_seconds:
            log.critical(
                "the process stood still for %.0f s, longer than its session of %.0f s: its partitions may be another "
                "worker's; it ends and is started again",
                stood_still,
                self._session_seconds,
            )
            self._end(CRASHED)

    def renew(self) -> None:
        """The process runs."""
        self.check()
        self._ran_at = self._clock()

    def _watch(self) -> None:
        while True:
            self.renew()
            threading.Event().wait(TICK_SECONDS)
