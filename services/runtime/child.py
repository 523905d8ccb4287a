"""One child process: its own process group, its logs in files, a pipe that ends it with us, and one for its pulse."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.observability.pulse import PULSE_FD
from services.runtime.guard import PARENT_FD
from services.runtime.listener import PulseListener

STOP_SECONDS = 10.0


class Child:
    """A program run as a child; standard error goes to `<logs>/<name>.log`, standard output to `<name>.out`."""

    def __init__(self, name: str, command: Sequence[str], logs: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self.out = logs / f"{name}.out"
        self._command = list(command)
        self._environment = dict(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._pulse: PulseListener | None = None

    @property
    def pid(self) -> int | None:
        """The process id once started."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the program.

        :raises OSError: when it cannot be executed.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        theirs, ours = os.pipe()
        pulse = PulseListener()
        try:
            with self.log.open("ab") as log, self.out.open("ab") as out:
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=log,
                    pass_fds=(theirs, pulse.theirs),
                    env={**os.environ, **self._environment, PARENT_FD: str(theirs), PULSE_FD: str(pulse.theirs)},
                    start_new_session=True,
                )
        except OSError:
            os.close(ours)
            pulse.close()
            raise
        finally:
            os.close(theirs)
            pulse.handed_over()
        self._lifeline, self._pulse = ours, pulse

    def poll(self) -> int | None:
        """The exit status once it has ended (negative: the signal that ended it); None while it runs."""
        if self._process is None:
            return None
        status = self._process.poll()
        if status is not None:
            self._clear()
        return status

    def is_silent(self, now: float) -> bool:
        """Whether it has given no sign of life for too long, at `now` of a steady clock; only for what beats."""
        return self._pulse is not None and self._pulse.is_silent(now)

    def ask_to_stop(self) -> None:
        """Send SIGTERM; returns at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, seconds: float = STOP_SECONDS) -> None:
        """Wait for the end; kill it, and whatever it started, when it takes longer than `seconds`."""
        if self._process is None:
            return
        try:
            self._process.wait(timeout=max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._clear()

    def last_log_line(self) -> str:
        """The last line that is not blank of its log, at most 300 characters."""
        return last_line(self.log)[:300]

    def _clear(self) -> None:
        """Close the pipe and end what is left in the group; safe to call again."""
        if self._lifeline < 0 or self._process is None:
            return
        os.close(self._lifeline)
        self._lifeline = -1
        if self._pulse is not None:
            self._pulse.close()
            self._pulse = None
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return  # nobody is left in the group (macOS says EPERM for that)


def last_line(path: Path) -> str:
    """The last line that is not blank among the last 64 KiB of a file; empty when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 65_536))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line for line in reversed(lines) if line.strip()), "")
