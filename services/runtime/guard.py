"""No process outlives the one that started it, however that one ended; and none goes on that is frozen.

A parent keeps the write end of a pipe and passes the read end on; the pipe closes when the parent ends, SIGKILL
included. Our own commands watch it (`watch_parent`); a foreign program is started through this module
(`python -m services.runtime.guard PROGRAM ARGUMENT...`), which watches for it. Works on Linux and macOS alike.

With `--pulse` before it the program is one of our workers, and is ended once it gives no sign of life: for containers,
whose restart policy looks at exits only.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from time import monotonic
from types import FrameType

from services.observability.logs import setup_logging
from services.observability.pulse import PULSE_FD
from services.runtime.listener import PulseListener

PARENT_FD = "GROUNDSWELL_PARENT_FD"
"""The variable that names the read end of the parent's pipe."""
GRACE_SECONDS = 5.0
"""From SIGTERM to the hard end, once the parent is gone."""
LISTEN_SECONDS = 1.0
ORPHANED = 75
"""Exit status of a process that had to end because its parent was gone."""

_log = logging.getLogger(__name__)


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


def run_with_pulse(command: Sequence[str]) -> int:
    """Run one of our workers until it ends or is silent for too long; its exit status, negative for a signal.

    Signals that end a process are passed on; whoever sent them says how long that may take.
    """
    pulse = PulseListener()
    environment = {**os.environ, PULSE_FD: str(pulse.theirs)}
    with subprocess.Popen(command, pass_fds=(pulse.theirs,), env=environment) as child:
        pulse.handed_over()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _frame: child.send_signal(received))
        while True:
            try:
                return child.wait(LISTEN_SECONDS)
            except subprocess.TimeoutExpired:
                if pulse.is_silent(monotonic()):
                    _log.error("%s gives no sign of life; it is ended", " ".join(command))
                    child.kill()


def _main(arguments: Sequence[str]) -> int:
    if arguments[:1] == ["--pulse"]:
        setup_logging("guard")
        return run_with_pulse(arguments[1:])
    return run_guarded(arguments)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]) & 0xFF)
