"""How far a file is: a bar on a terminal, a log line every few seconds elsewhere."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

log = logging.getLogger(__name__)

LOG_SECONDS = 5.0


@contextmanager
def show_progress(what: str, total: int | None) -> Iterator[Callable[[], None]]:
    """Gives a function to call once a text; `total` is None where it is not known."""
    if sys.stderr.isatty():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=total)
            yield lambda: bar.advance(task)
        return
    done = 0
    due = monotonic() + LOG_SECONDS

    def count() -> None:
        nonlocal done, due
        done += 1
        if monotonic() >= due:
            log.info("%s: %d%s texts", what, done, f" of {total}" if total is not None else "")
            due = monotonic() + LOG_SECONDS

    yield count
