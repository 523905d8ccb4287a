"""How well surges are found at the same false-alarm rate: `python -m tests.benchmarks.spikes [--keys N] [--seed N]`.

For each regime it makes a calm stream, on which the threshold of each peer is chosen for the budget; another calm
stream, on which the false alerts are counted; and a stream with surges and decoys. Groundswell gets the budget only: it
begins each stream with what ships and sees no calm one before. Nothing else is set for a regime. The streams are the
same for all detectors.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from rich.progress import track

from tests.benchmarks.spikes.background import background
from tests.benchmarks.spikes.injections import DECOYS, Injection, injected
from tests.benchmarks.spikes.product import NAME, alerts_of
from tests.benchmarks.spikes.regimes import REGIMES, Regime
from tests.benchmarks.spikes.tally import LEAST_SIZE, Found, false_rate, tally, threshold_for
from tests.benchmarks.spikes.texts import Texts, merged
from tests.benchmarks.spikes.traces import DETECTORS, Trace

ALL = (NAME, *DETECTORS)
BUDGETS = (0.3, 1.0, 3.0)
"""Alerts per 100 key-days."""


def streams(regime: Regime, seed: int, keys: int, days: int, *, calm: bool) -> list[tuple[Texts, list[Injection]]]:
    """The texts of each key and what was put into them, which is nothing in a calm stream."""
    made = []
    for child in np.random.SeedSequence(seed).spawn(keys):
        rng = np.random.default_rng(child)
        ordinary = background(rng, regime, days)
        found, parts = ([], []) if calm else injected(rng, regime, days, ordinary)
        made.append((merged([ordinary, *parts]), found))
    return made


def traced(name: str, keys: Sequence[tuple[Texts, list[Injection]]], days: int) -> list[Trace]:
    """What a detector says of each key."""
    return [DETECTORS[name](texts, days) for texts, _ in keys]


def row(name: str, budget: float, found: Found) -> str:
    """One line of the table."""
    decoys = " ".join(f"{found.decoys[kind]:>9.2f}" for kind in DECOYS)
    return (
        f"{name:<18} {budget:>6.1f} {found.false:>6.2f} {found.large:>6.0%} {found.small:>6.0%}"
        f" {found.delay:>7.0f} {found.delay_after_fourth:>7.0f} {decoys}"
    )


def main() -> None:
    """Print a table a regime."""
    parser = argparse.ArgumentParser(description="Compare detectors of negative surges on generated streams.")
    parser.add_argument("--keys", type=int, default=100, help="keys of each stream")
    parser.add_argument("--days", type=int, default=60, help="days of each stream")
    parser.add_argument("--seed", type=int, default=1, help="three streams are made from it")
    parser.add_argument("--regime", choices=[one.name for one in REGIMES], action="append", help="all by default")
    parser.add_argument("--detector", choices=ALL, action="append", help="all by default")
    asked = parser.parse_args()
    for regime in (one for one in REGIMES if not asked.regime or one.name in asked.regime):
        rows = report(regime, asked.detector or ALL, asked.seed, asked.keys, asked.days)
        print(f"\n{regime.name}: {asked.keys} keys, {asked.days} days, seed {asked.seed}")
        decoys = " ".join(f"{kind.split()[0]:>9}" for kind in DECOYS)
        print(f"{'detector':<18} {'budget':>6} {'false':>6} {f'>={LEAST_SIZE}':>6} {'less':>6}", end="")
        print(f" {'minutes':>7} {'of 4th':>7} {decoys}")
        print("\n".join(rows), flush=True)


def report(regime: Regime, detectors: Sequence[str], seed: int, keys: int, days: int) -> list[str]:
    """The lines of one regime."""
    tuning, calm, busy = (streams(regime, 3 * seed + part, keys, days, calm=part < 2) for part in range(3))
    injections = [key for _, key in busy]
    lines = []
    for name in track(detectors, description=regime.name, transient=True):
        for budget in BUDGETS:
            if name == NAME:
                quiet, lively = (alerts_of([texts for texts, _ in part], budget) for part in (calm, busy))
            else:
                threshold = threshold_for(traced(name, tuning, days), budget * keys * days / 100.0)
                quiet, lively = ([one.alerts(threshold) for one in traced(name, part, days)] for part in (calm, busy))
            lines.append(row(name, budget, tally(lively, injections, false_rate(quiet, days))))
    return lines


if __name__ == "__main__":
    main()
