"""The parent's end of a child's pulse (`services.observability.pulse`), and when a child is silent for too long."""

from __future__ import annotations

import os
from time import monotonic

from services.observability.silence import Silence

START_SECONDS = 300.0
"""To the first sign of life: a model is loaded before it, on a slow disk perhaps."""
SILENT_SECONDS = 30.0
"""Between two signs; the longest computation on a worker's main loop takes a fraction of it."""
READ_BYTES = 65_536


class PulseListener:
    """A pipe whose end `theirs` goes to the child. Ask `is_silent` about once a second."""

    def __init__(self) -> None:
        self._ours, self.theirs = os.pipe()
        os.set_blocking(self._ours, False)
        self._silence = Silence(monotonic())
        self._began = False

    def handed_over(self) -> None:
        """The child has its end: close ours of it."""
        os.close(self.theirs)

    def is_silent(self, now: float) -> bool:
        """Whether the child has been silent for too long, at `now` of the monotonic clock."""
        heard = self._heard()
        self._began = self._began or heard
        return self._silence.listen(heard, now) >= (SILENT_SECONDS if self._began else START_SECONDS)

    def close(self) -> None:
        """Listen no more."""
        os.close(self._ours)

    def _heard(self) -> bool:
        try:
            return bool(os.read(self._ours, READ_BYTES))
        except BlockingIOError:
            return False
