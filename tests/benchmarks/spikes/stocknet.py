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
from pathlib import Path

import msgspec
import numpy as np
from rich.progress import Progress

from services.backtest.score import score_texts
from services.common.bundle import current_bundle, load_bundle
from services.common.classifier import Classifier
from services.common.clock import now_ms
from services.common.config import load_settings
from services.common.jsonl import read_lines
from services.common.messages import ScoredText
from services.ingest.load import load_texts, rules_for_file
from services.monitoring.detector.params import DAY_MS
from services.scoring.entities import default_linker
from tests.benchmarks.spikes.ranked import Burst, burst_of, day_of, found, ranked
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


def scored_tweets(folder: Path, bundle: Path | None, kept: Path | None) -> list[ScoredText]:
    """All tweets with their scores, in order; from `kept` where that is there."""
    decoder = msgspec.msgpack.Decoder(list[ScoredText])
    if kept is not None and kept.is_file():
        return decoder.decode(kept.read_bytes())
    file = str(folder / TWEETS)
    texts = load_texts(read_lines(file), rules_for_file(file, b"benchmark"), now_ms(), file).texts
    settings = load_settings()
    classifier = Classifier(load_bundle(bundle) if bundle else current_bundle(settings.models, settings.model))
    with Progress() as progress:
        task = progress.add_task("scoring", total=len(texts))
        found = list(score_texts(texts, classifier, default_linker(), 8192, lambda n: progress.advance(task, n)))
    if kept is not None:
        kept.write_bytes(msgspec.msgpack.encode(found))
    return found


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
    run = ranked(scored_tweets(folder, asked.bundle, asked.scored), GENEROUS)
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
