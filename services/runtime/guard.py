"""No process outlives the one that started it, however that one ended.

A parent keeps the write end of a pipe and passes the read end on; the pipe closes when the parent ends, SIGKILL
included. Our own commands watch it (`watch_parent`); a foreign program is started through this module
(`python -m services.runtime.guard PROGRAM ARGUMENT...`), which watches for it. Works on Linux and macOS alike.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

PARENT_FD = "GROUNDSWELL_PARENT_FD"
"""The variable that names the read end of the parent's pipe."""
GRACE_SECONDS = 5.0
"""From SIGTERM to the hard end, once the parent is gone."""
ORPHANED = 75
"""Exit status of a process that had to end because its parent was gone."""


def watch_parent() -> None:
    """End this process soon after its parent; does nothing when no parent asked for it."""
    named = os.environ.pop(PARENT_FD, "")
    if named.isdigit():
        threading.Thread(target=_end_with_parent, args=(int(named),), name="parent-watch", daemon=True).start()


def _end_with_parent(descriptor: int) -> None:
    """Blocks until the pipe closes; asks the process to end, and ends it when it does not."""
    try:
        while os.read(descriptor, 1):
            pass
    except OSError:
        return
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(GRACE_SECONDS)
    os._exit(ORPHANED)


def run_guarded(command: Sequence[str]) -> int:
    """Run `command` until it ends or this process is told to end; its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as child:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            child.terminate()
            timer = threading.Timer(GRACE_SECONDS / 2, child.kill)
            timer.daemon = True
            timer.start()

        signal.signal(signal.SIGTERM, stop)
        watch_parent()
        return child.wait()


if __name__ == "__main__":
    sys.exit(run_guarded(sys.argv[1:]) & 0xFF)
