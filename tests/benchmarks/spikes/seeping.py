"""Bad news that seeps: a few more negative texts a day for some days. `python -m tests.benchmarks.spikes.seeping`

Each key of a calm stream gets one story of 10 to 50 texts over some days. It is found when an alert comes from its
start to a day after its end, at a budget of 1 per 100 key-days; with the windows that ship, and with three days too.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from statistics import median

import numpy as np

from services.detector.params import Params
from services.domain.event_time import DAY_MS, HOUR_MS
from tests.benchmarks.spikes.__main__ import streams
from tests.benchmarks.spikes.background import START_MS
from tests.benchmarks.spikes.injections import story
from tests.benchmarks.spikes.product import alerts_of
from tests.benchmarks.spikes.regimes import REGIMES, Regime
from tests.benchmarks.spikes.texts import Texts, merged

SIZES = (10, 15, 25, 50)
BUDGET = 1.0
SETTINGS = {
    "as shipped": Params(),
    "and three days": Params(windows_minutes=(60, 240, 1440, 4320)),
}


def seeped(
    regime: Regime, seed: int, keys: int, days: int, span_days: float
) -> tuple[list[Texts], list[int], list[int]]:
    """The texts of each key, and when its story begins (ms) and how many texts it has."""
    rng = np.random.default_rng(seed)
    made, starts, sizes = [], [], []
    for calm, _ in streams(regime, seed, keys, days, calm=True):
        start = START_MS + int(rng.integers(25 * DAY_MS, (days - 10) * DAY_MS))
        size = int(rng.choice(SIZES))
        made.append(merged([calm, story(rng, regime, size, start, 24.0 * span_days)]))
        starts.append(start)
        sizes.append(size)
    return made, starts, sizes


def main() -> None:
    """Print a line a setting."""
    parser = argparse.ArgumentParser(description="Find bad news that seeps.")
    parser.add_argument("--regime", choices=[one.name for one in REGIMES], default="low count")
    parser.add_argument("--keys", type=int, default=60, help="keys of the stream")
    parser.add_argument("--seed", type=int, default=601, help="the stream is made from it")
    parser.add_argument("--days", type=float, default=3.0, help="days over which a story seeps")
    asked = parser.parse_args()
    regime = next(one for one in REGIMES if one.name == asked.regime)
    keys, starts, sizes = seeped(regime, asked.seed, asked.keys, 60, asked.days)
    within = int((asked.days + 1.0) * DAY_MS)
    for name, params in SETTINGS.items():
        hours: defaultdict[int, list[float]] = defaultdict(list)
        others = 0
        for start, size, alerts in zip(starts, sizes, alerts_of(keys, BUDGET, params), strict=True):
            seen = [time for time in alerts if start <= time < start + within]
            hours[size] += [(seen[0] - start) / HOUR_MS] if seen else []
            others += len(alerts) - len(seen)
        found = ", ".join(
            f"{len(hours[size])} of {sizes.count(size)} with {size} texts"
            + (f" (median {median(hours[size]):.0f} h)" if hours[size] else "")
            for size in SIZES
        )
        print(f"{name}: {found}; {100.0 * others / (asked.keys * 60):.2f} other alerts per 100 key-days", flush=True)


if __name__ == "__main__":
    main()
