"""How good the best alerts on real tweets are: `python -m tests.benchmarks.spikes.stocknet [--bundle DIR]`.

Scores the StockNet tweets (January 2014 to September 2015, 87 companies; needs the public data sets) with a bundle,
runs the detector over all companies once at a generous budget, and looks at its best 20, 50, 100 and 200 alerts, the
least likely first: how many of the bursts that a reader labelled they find, and how many have a price fall of two
standard deviations within a day.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from services.clock import now_ms
from services.domain.event_time import DAY_MS
from services.domain.messages import RawText
from services.files.records import read_records
from services.ingest.history import defaults_for_file, load_texts
from tests.benchmarks.spikes.ranked import Burst, burst_of, day_of, found, ranked
from tests.benchmarks.spikes.scored import scored
from training.data.registry import data_root

TWEETS = "tweets_2014-01_2015-09.jsonl.gz"
CLOSES = "daily_close_2013-06_2015-09.csv.gz"
GENEROUS = 2.0
"""Alerts per 100 key-days."""
BEST = (20, 50, 100, 200)
BEST_BY_PRICE = (35, 75, 150)
_SPAM = {"spam", "symbol_collision"}
_FALL = -2.0
_VOLATILITY_DAYS = 60


def tweets(folder: Path) -> Sequence[RawText]:
    """All tweets, in order."""
    file = str(folder / TWEETS)
    return load_texts(read_records(file), defaults_for_file(file, b"benchmark"), now_ms(), file).texts


def read_bursts(folder: Path) -> list[Burst]:
    """The bursts that a reader labelled."""
    rows = [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    return [burst_of(row, row["entity"]) for row in rows]


def read_falls(folder: Path) -> dict[str, list[int]]:
    """The days (ms) on which each company's price fell by two standard deviations of the 60 days before."""
    closes: dict[str, list[tuple[int, float]]] = {}
    with gzip.open(folder / CLOSES, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            closes.setdefault(row["ticker"], []).append((day_of(row["date"]), float(row["adj_close"])))
    return {company: list(_falls(sorted(days))) for company, days in closes.items()}


def _falls(closes: Sequence[tuple[int, float]]) -> Iterator[int]:
    returns = np.diff(np.log([close for _, close in closes]))
    for at in range(_VOLATILITY_DAYS, len(returns)):
        if returns[at] <= _FALL * float(np.std(returns[at - _VOLATILITY_DAYS : at])):
            yield closes[at + 1][0]


def share_with_fall(alerts: Mapping[str, Sequence[int]], falls: Mapping[str, Sequence[int]]) -> float:
    """The share of the alerts whose day, or the day before or after it, had a price fall."""
    hits = [
        any(abs(alert // DAY_MS - fall // DAY_MS) <= 1 for fall in falls.get(company, ()))
        for company, times in alerts.items()
        for alert in times
    ]
    return sum(hits) / len(hits) if hits else float("nan")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description="Judge the best alerts on the StockNet tweets.")
    parser.add_argument("--bundle", type=Path, help="folder of a bundle; by default the current one")
    parser.add_argument("--scored", type=Path, help="keep the scored tweets here, and read them from here")
    asked = parser.parse_args()
    folder = data_root() / "stocknet"
    run = ranked(scored(partial(tweets, folder), asked.bundle, asked.scored), GENEROUS)
    bursts, falls = read_bursts(folder), read_falls(folder)
    negative, positive, spam = (
        [burst for burst in bursts if burst.label in labels] for labels in ({"negative"}, {"positive"}, _SPAM)
    )
    print(f"{len(run.alerts)} alerts in {run.key_days:.0f} key-days at a budget of {GENEROUS} per 100 key-days")
    print(f"{'best':>5}  negative  positive  spam")
    for wanted in BEST:
        parts = [f"{len(found(part, run.best(wanted))):>3} of {len(part)}" for part in (negative, positive, spam)]
        print(f"{wanted:>5}  " + "  ".join(parts))
    for wanted in BEST_BY_PRICE:
        print(f"best {wanted}: {share_with_fall(run.best(wanted), falls):.0%} with a price fall within a day")


if __name__ == "__main__":
    main()
