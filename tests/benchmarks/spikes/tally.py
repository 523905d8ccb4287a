"""Thresholds by budget on a calm stream, and what each finds in a stream with surges and decoys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
import numpy.typing as npt

from services.domain.event_time import HOUR_MS, MINUTE_MS
from tests.benchmarks.spikes.injections import DECOYS, SURGE, Injection
from tests.benchmarks.spikes.traces import Trace

Times = npt.NDArray[np.int64]
"""When alerts of one key were raised (ms), in order."""
GRACE_MS = 4 * HOUR_MS
"""An alert that comes so long after the last text still belongs to it."""
LEAST_SIZE = 15
"""Surges of fewer texts are shown apart: nothing finds the smallest."""
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Found:
    """Of one detector at one threshold: share of surges found, delays in minutes from the start and from the fourth
    distinct negative text (medians), false alerts per 100 key-days, and alerts per decoy of each kind.
    """

    large: float
    small: float
    delay: float
    delay_after_fourth: float
    false: float
    decoys: Mapping[str, float]


def threshold_for(traces: Sequence[Trace], wanted: float) -> float:
    """The threshold at which the traces together raise at most `wanted` alerts; a higher one raises fewer."""
    low, high = 0.0, max((float(trace.score.max()) for trace in traces if len(trace.score)), default=0.0) + 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        if sum(len(trace.alerts(middle)) for trace in traces) > wanted:
            low = middle
        else:
            high = middle
    return high


def false_rate(alerts: Sequence[Times], days: int) -> float:
    """Alerts per 100 key-days of a stream in which nothing happens."""
    return 100.0 * sum(map(len, alerts)) / (len(alerts) * days)


def tally(alerts: Sequence[Times], injections: Sequence[Sequence[Injection]], false: float) -> Found:
    """Match the alerts of each key with what was put into it; `false` comes from a calm stream."""
    delays: list[float] = []
    after: list[float] = []
    hits: dict[bool, list[bool]] = {True: [], False: []}
    decoys: dict[str, list[int]] = {kind: [] for kind in DECOYS}
    for times, key in zip(alerts, injections, strict=True):
        for one in key:
            within = times[(times >= one.start) & (times <= one.end + GRACE_MS)]
            if one.kind != SURGE:
                decoys[one.kind].append(len(within))
                continue
            hits[one.size >= LEAST_SIZE].append(len(within) > 0)
            if len(within) and one.size >= LEAST_SIZE:
                delays.append((int(within[0]) - one.start) / MINUTE_MS)
                if one.fourth is not None:
                    after.append((int(within[0]) - one.fourth) / MINUTE_MS)
    return Found(
        large=_mean(hits[True]),
        small=_mean(hits[False]),
        delay=median(delays) if delays else float("nan"),
        delay_after_fourth=median(after) if after else float("nan"),
        false=false,
        decoys={kind: _mean(found) for kind, found in decoys.items()},
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")
