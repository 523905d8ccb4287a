"""One child process: its own process group, its logs in files, a pipe that ends it with us, and one for its pulse."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.observability.pulse import PULSE_FD
from services.runtime.guard import PARENT_FD
from services.runtime.listener import PulseListener

STOP_SECONDS = 10.0
LOG_BYTES = 10_000_000
"""A log that is longer is put aside, and the one before it is dropped."""

_log = logging.getLogger(__name__)


class Child:
    """A program run as a child; standard error goes to `<logs>/<name>.log`, standard output to `<name>.out`, or to our
    own where it is `shown`.
    """

    def __init__(
        self, name: str, command: Sequence[str], logs: Path, environment: Mapping[str, str], shown: bool = False
    ) -> None:
        self.name = name
        self.log = logs / f"{name}.log"
        self.out = logs / f"{name}.out"
        self._command = list(command)
        self._environment = dict(environment)
        self._shown = shown
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
                    stdout=None if self._shown else out,
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

    def rotate_logs(self) -> None:
        """Keep one old log and one new one, of 10 MB each."""
        for path in (self.log, self.out):
            _rotate(path)

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


def _rotate(path: Path) -> None:
    """Copy what is too long and begin anew in the same file, which the child holds open: it appends. What it writes in
    between is lost, which takes less than a second.
    """
    try:
        if path.stat().st_size > LOG_BYTES:
            shutil.copyfile(path, path.with_name(f"{path.name}.1"))
            os.truncate(path, 0)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.error("%s cannot be rotated: %s", path, error.strerror)


def last_lines(path: Path, number: int) -> list[str]:
    """The last lines that are not blank among the last 64 KiB of a file, at most `number`."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 65_536))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return []
    return [line for line in lines if line.strip()][-number:]


def last_line(path: Path) -> str:
    """The last line that is not blank of a file; empty when there is none."""
    return next(iter(last_lines(path, 1)), "")
