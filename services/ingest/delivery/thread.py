"""A thread whose failure is the process' failure."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

from services.domain.errors import CRASHED

log = logging.getLogger(__name__)


def start_thread(name: str, work: Callable[[], None]) -> threading.Thread:
    """A started thread; an error in `work` ends the process. What is on disk is sent at the next start."""

    def run() -> None:
        try:
            work()
        except Exception:
            log.exception("the %s failed; the process ends", name)
            os._exit(CRASHED)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
