"""Two ways to show the demo's state: a live screen on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.logging import RichHandler

from services.observability.logs import setup_logging
from services.runtime.demo.screen import Surroundings, draw
from services.runtime.demo.state import DemoState
from services.text.untrusted import one_line

LINE_SECONDS = 5.0
PICTURE_COLUMNS, PICTURE_LINES = 120, 35


class View(Protocol):
    """Shows the state again and again until it is closed."""

    def show(self, state: DemoState, status: str, wall: float) -> None:
        """Show the state as it is now."""

    def close(self) -> None:
        """Leave the terminal in order."""


class LiveView:
    """Redraws the screen in place."""

    def __init__(self, console: Console, around: Surroundings) -> None:
        logging.basicConfig(level="ERROR", handlers=[RichHandler(console=console, show_path=False)], force=True)
        self._around = around
        self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._live.start()

    def show(self, state: DemoState, status: str, wall: float) -> None:
        """Redraw."""
        columns, lines = self._live.console.size
        self._live.update(draw(state, self._around, status, wall, columns, lines), refresh=True)

    def close(self) -> None:
        """Leave the last screen as it is."""
        self._live.stop()


class PlainView:
    """One line every five seconds, and one for each raise or escalation with its first text."""

    def __init__(self, console: Console, around: Surroundings) -> None:
        setup_logging("demo")
        self._times = around.times
        logging.getLogger("kafka").setLevel(logging.ERROR)  # it warns of every busy tenth of a second
        self._log = logging.getLogger("groundswell.demo")
        self._logged = 0
        self._due = 0.0
        for name, url in around.metrics.items():
            self._log.info("metrics of %s: %s", name, url)

    def show(self, state: DemoState, status: str, wall: float) -> None:
        """Say what is new."""
        for raised in state.raises[self._logged :]:
            first = one_line(raised.evidence[0].text) if raised.evidence else ""
            name = one_line(raised.name)
            self._log.info(
                "alert: %s, severity %d, at %s: %.0f negative against %.1f expected: %s",
                name, raised.severity, self._times.iso(raised.time), raised.observed, raised.expected, first,
            )  # fmt: skip
        self._logged = len(state.raises)
        if wall >= self._due:
            self._due = wall + LINE_SECONDS
            clock = self._times.iso(state.clock) if state.clock else "starting"
            self._log.info("%s: %d scored, %.0f texts/s; %s", clock, state.scored, state.rate(wall), status)

    def close(self) -> None:
        """Nothing to put in order."""


def open_view(console: Console, around: Surroundings) -> View:
    """The live screen where `console` is a terminal."""
    return LiveView(console, around) if console.is_terminal else PlainView(console, around)


def save_picture(path: Path, state: DemoState, around: Surroundings, status: str, wall: float) -> None:
    """The screen as an SVG file."""
    recorder = Console(record=True, width=PICTURE_COLUMNS, file=io.StringIO(), force_terminal=True)
    recorder.print(draw(state, around, status, wall, PICTURE_COLUMNS, PICTURE_LINES))
    recorder.save_svg(str(path), title="groundswell demo")
