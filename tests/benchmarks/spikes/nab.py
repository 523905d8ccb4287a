"""The volume channel on NAB's realTweets: `python -m tests.benchmarks.spikes.nab`.

Runs the channel and simple peers over five-minute counts of tweets (needs the public data sets) and scores them as
NAB does. Nothing is set for a series. Two readings: every row at or above the threshold is a detection, as NAB takes
an anomaly score; or only the row at which an alert begins, the same rule for all.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from services.detector.params import BIN_MS, Params
from services.detector.volume.score import UNUSUAL_AT, observe
from services.detector.volume.state import new_volume
from tests.benchmarks.spikes.nab_scoring import Window, normalised, probation, raw_score
from tests.benchmarks.spikes.traces import Trace, rolling_z, static
from training.data.registry import data_root

Floats = npt.NDArray[np.float64]
GAUSSIAN_ROWS = 1000
_SHARES = np.geomspace(1e-4, 0.2, 100)
"""Shares of all rows that the thresholds tried let through."""


@dataclass(frozen=True, slots=True)
class Series:
    """Counts of one ticker; times in ms. *Shapes:* (rows,)."""

    name: str
    time: npt.NDArray[np.int64]
    count: Floats
    windows: Sequence[Window]


def read_series(folder: Path) -> list[Series]:
    """The series of a folder that its `labels.json` gives windows for."""
    labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))["windows"]
    return [_series(folder / name, windows) for name, windows in sorted(labels.items())]


def _series(path: Path, windows: Sequence[Sequence[str]]) -> Series:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [(_ms(row["timestamp"]), float(row["value"])) for row in csv.DictReader(lines)]
    time = np.array([at for at, _ in rows], dtype=np.int64)
    places = [(int(np.searchsorted(time, _ms(a))), int(np.searchsorted(time, _ms(b)))) for a, b in windows]
    name = path.stem.removeprefix("Twitter_volume_")
    return Series(name, time, np.array([count for _, count in rows]), places)


def _ms(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)


def channel(series: Series) -> Floats:
    """The volume channel of this project."""
    starts = (series.time // BIN_MS * BIN_MS).tolist()
    state, params = new_volume(starts[0]), Params()
    pairs = zip(starts, series.count.tolist(), strict=True)
    return np.array([observe(state, start, texts, params) for start, texts in pairs])


def windowed_gaussian(series: Series) -> Floats:
    """NAB's detector of that name: the tail of a normal over the last 1000 rows, here as the |z| it grows with."""
    total, square = (np.concatenate([[0.0], np.cumsum(x)]) for x in (series.count, series.count**2))
    end = np.arange(len(series.count))
    start = np.maximum(end - GAUSSIAN_ROWS, 0)
    rows = np.maximum(end - start, 1)
    mean = (total[end] - total[start]) / rows
    variance = np.maximum((square[end] - square[start]) / rows - mean**2, 0.0)
    return np.asarray(np.abs(series.count - mean) / np.maximum(np.sqrt(variance), 1e-6))


DETECTORS: dict[str, Callable[[Series], Floats]] = {
    "volume channel": channel,
    "static, last hour": lambda series: static(series.count),
    "rolling z, last hour": lambda series: rolling_z(series.count),
    "windowed Gaussian": windowed_gaussian,
    "null": lambda series: np.zeros(len(series.count)),
}


def every_row(series: Series, score: Floats, threshold: float) -> list[int]:
    """All rows at or above the threshold."""
    del series
    return [int(row) for row in np.flatnonzero(score >= threshold)]


def alerts(series: Series, score: Floats, threshold: float) -> list[int]:
    """The rows at which an alert begins."""
    begun = Trace(series.time, score).alerts(threshold)
    return [int(row) for row in np.searchsorted(series.time, begun)]


Reading = Callable[[Series, Floats, float], list[int]]


def raw_scores(every: Sequence[Series], scores: Sequence[Floats], threshold: float, reading: Reading) -> Floats:
    """Raw score of each series at a threshold. *Shape:* (series,)."""
    parts = zip(every, scores, strict=True)
    return np.array([raw_score(reading(one, score, threshold), len(score), one.windows) for one, score in parts])


def candidates(scores: Sequence[Floats]) -> Floats:
    """Thresholds to try, the last lets nothing through."""
    scored = np.concatenate([score[probation(len(score)) :] for score in scores])
    return np.append(np.unique(np.quantile(scored, 1.0 - _SHARES)), np.inf)


@dataclass(frozen=True, slots=True)
class Result:
    """Normalised scores at the best threshold for all series, and with that of the others applied to each in turn."""

    threshold: float
    best: float
    left_out: float


def judge(every: Sequence[Series], scores: Sequence[Floats], reading: Reading) -> Result:
    """Choose the threshold as NAB does, on all series and on all but one."""
    tried = candidates(scores)
    table = np.array([raw_scores(every, scores, threshold, reading) for threshold in tried])
    windows = sum(len(one.windows) for one in every)
    best = int(table.sum(axis=1).argmax())
    others = [int(np.delete(table, at, axis=1).sum(axis=1).argmax()) for at in range(len(every))]
    left_out = sum(float(table[row, at]) for at, row in enumerate(others))
    return Result(float(tried[best]), normalised(float(table[best].sum()), windows), normalised(left_out, windows))


def main() -> None:
    """Print the table of all detectors, and the series of the channel at its fixed threshold."""
    folder = data_root() / "nab_tweets"
    if not folder.is_dir():
        print(f"{folder} is not there (GROUNDSWELL_DATA): nothing to run")
        return
    every = read_series(folder)
    scores = {name: [detector(one) for one in every] for name, detector in DETECTORS.items()}
    windows = sum(len(one.windows) for one in every)
    print(f"NAB realTweets, {len(every)} series, {windows} windows, standard profile\n")
    print(f"{'':<21} {'every row':>18}   {'start of an alert':>18}   {'threshold':>9}")
    print(f"{'detector':<21} {'best':>8} {'left out':>9}   {'best':>8} {'left out':>9}   {'':>9}")
    for name, found in scores.items():
        rows, begun = (judge(every, found, reading) for reading in (every_row, alerts))
        print(f"{name:<21} {rows.best:>8.1f} {rows.left_out:>9.1f}   {begun.best:>8.1f} {begun.left_out:>9.1f}", end="")
        print(f"   {begun.threshold:>9.3g}")
    print("best: in sample; left out: each series with the best threshold of the others\n")
    report_fixed(every, scores["volume channel"])


def report_fixed(every: Sequence[Series], scores: Sequence[Floats]) -> None:
    """The channel at the threshold of the code, over all and a series a line."""
    raw = raw_scores(every, scores, UNUSUAL_AT, alerts)
    total = normalised(float(raw.sum()), sum(len(one.windows) for one in every))
    print(f"volume channel at its fixed threshold of {UNUSUAL_AT}: {total:.1f}")
    for one, score, part in zip(every, scores, raw, strict=True):
        rows = alerts(one, score, UNUSUAL_AT)
        scored = [row for row in rows if row >= probation(len(score))]
        inside = {w for w in one.windows for row in scored if w[0] <= row <= w[1]}
        false = sum(not any(first <= row <= last for first, last in one.windows) for row in scored)
        print(
            f"  {one.name:<5} {normalised(float(part), len(one.windows)):>6.1f}"
            f"  windows {len(inside)} of {len(one.windows)}  false {false}"
        )


if __name__ == "__main__":
    main()
