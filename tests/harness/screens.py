"""A terminal of a given size, as a person sees it: what is drawn, moved, wrapped and cut."""

from __future__ import annotations

import io

import pyte
from rich.console import Console


class Terminal:
    """Write to `console` and read the `rows`."""

    def __init__(self, columns: int, lines: int) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._screen.set_mode(pyte.modes.LNM)
        self._stream = pyte.Stream(self._screen)
        self._written = io.StringIO()
        self.console = Console(
            file=self._written, force_terminal=True, width=columns, height=lines, legacy_windows=False
        )

    def rows(self) -> list[str]:
        """The rows, without blanks at their ends."""
        self._stream.feed(self._written.getvalue())
        self._written.seek(0)
        self._written.truncate()
        return [row.rstrip() for row in self._screen.display]
