"""Runs of the detector over the same texts at several settings, one a core at a time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path

from services.backtest.budget import Setting
from services.backtest.run import BacktestResult, run_backtest
from services.backtest.scored_file import read_scored


def sweep(settings: Sequence[Setting], texts: Path, advance: Callable[[], None]) -> list[BacktestResult]:
    """The result of each setting over the texts of a scored file; `advance` is called after each run."""
    cores = min(os.cpu_count() or 1, len(settings))
    if cores == 1:
        results = []
        for setting in settings:
            results.append(_run(setting, texts))
            advance()
        return results
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn"), initializer=_prepare) as pool:
        runs = [pool.submit(_run, setting, texts) for setting in reversed(settings)]
        try:
            for run in as_completed(runs):
                run.result()
                advance()
        except BaseException:
            for worker in active_children():
                worker.terminate()
            raise
    return [run.result() for run in reversed(runs)]


def _run(setting: Setting, texts: Path) -> BacktestResult:
    return run_backtest(read_scored(texts), setting.context())


def _prepare() -> None:
    """Ctrl-C is for the command, which ends its workers; none outlives it however it ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=partial(_end_after, parent.join), daemon=True).start()


def _end_after(wait: Callable[[], None]) -> None:
    wait()
    os._exit(1)
