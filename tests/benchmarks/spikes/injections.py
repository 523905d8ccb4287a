"""What is put into a stream: surges that should be found, and decoys that should not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.domain.event_time import DAY_MS, HOUR_MS
from tests.benchmarks.spikes.background import START_MS, classify, new_clusters
from tests.benchmarks.spikes.regimes import Regime
from tests.benchmarks.spikes.texts import NOBODY, Texts

SURGE = "surge"
VOLUME = "volume only"
POSITIVE = "positive wave"
FLOOD = "one author"
RING = "ring of four"
STORY = "syndicated story"
DECOYS = (VOLUME, POSITIVE, FLOOD, RING, STORY)
SIZES = (5, 10, 15, 25, 50, 100)

_FIRST_DAY = 15
_EVERY_DAYS = 8
_SURGES = 0.6
_HOURS = (1.0, 3.0, 8.0)
_NEW_AUTHORS = 1_000_000  # authors of injected texts do not occur in the background


@dataclass(frozen=True, slots=True)
class Injection:
    """One surge or decoy. Times in ms; `size`: its texts, copies included; `fourth`: when its fourth distinct
    negative text came (None: there are fewer).
    """

    kind: str
    size: int
    start: int
    end: int
    fourth: int | None


def injected(rng: np.random.Generator, regime: Regime, days: int, calm: Texts) -> tuple[list[Injection], list[Texts]]:
    """About one surge or decoy in eight days of a key, from the fifteenth on; `calm` is its ordinary stream."""
    found, parts = [], []
    for day in range(_FIRST_DAY, days - 1, _EVERY_DAYS):
        start = START_MS + day * DAY_MS + int(rng.integers(0, 4 * DAY_MS))
        if start + DAY_MS > START_MS + days * DAY_MS:
            break
        kind = SURGE if rng.random() < _SURGES else str(rng.choice(DECOYS))
        texts = _make(rng, regime, kind, start, calm)
        if len(texts) == 0:
            continue
        parts.append(texts)
        found.append(Injection(kind, len(texts), start, int(texts.time[-1]), _fourth(texts)))
    return found, parts


def story(rng: np.random.Generator, regime: Regime, size: int, start: int, hours: float) -> Texts:
    """Texts of authors of their own, nine in ten of them negative, evenly over a span."""
    time = _times(rng, "step", size, start, hours)
    truth = rng.random(size) < 0.9
    leads, negative = classify(rng, truth, regime.accuracy)
    return Texts(time, truth, negative, leads, _authors(rng, size), new_clusters(rng, size))


def _make(rng: np.random.Generator, regime: Regime, kind: str, start: int, calm: Texts) -> Texts:
    if kind == SURGE:
        return _surge(rng, regime, int(rng.choice(SIZES)), start)
    if kind == VOLUME:
        return _volume(rng, start, calm)
    size = {POSITIVE: 50, FLOOD: 60, RING: 40, STORY: 40}[kind]
    span = float(rng.choice(_HOURS))
    time = _times(rng, "step", size, start, span)
    truth = np.full(size, kind != POSITIVE)
    leads, negative = classify(rng, truth, regime.accuracy)
    author = _authors(rng, size)
    cluster = new_clusters(rng, size)
    if kind == FLOOD:
        author[:] = author[0]
    elif kind == RING:
        author[:] = author[0] + rng.integers(0, 4, size)
    elif kind == STORY:
        cluster[:], leads[:], negative[:] = cluster[0], True, 0.9
    return Texts(time, truth, negative, leads, author, cluster)


def _surge(rng: np.random.Generator, regime: Regime, size: int, start: int) -> Texts:
    """Of its texts 90 % are negative, 30 % copies of an earlier one, nearly all by authors of their own."""
    time = _times(rng, str(rng.choice(("step", "ramp", "decay"))), size, start, float(rng.choice(_HOURS)))
    truth = rng.random(size) < 0.9
    leads, negative = classify(rng, truth, regime.accuracy)
    author = np.where(rng.random(size) < 0.1, NOBODY, _authors(rng, size))
    texts = Texts(time, truth, negative, leads, author, new_clusters(rng, size))
    for row in range(1, size):
        if rng.random() < 0.3:
            texts.repeat(row, int(rng.integers(0, row)))
    return texts


def _volume(rng: np.random.Generator, start: int, calm: Texts) -> Texts:
    """Ten times the volume for four hours at the key's usual mix: texts of its own last fortnight again."""
    within = np.flatnonzero((calm.time >= start - 14 * DAY_MS) & (calm.time < start))
    size = round(len(within) / (14 * 24) * 4 * 9)
    rows = rng.choice(within, size) if size else within[:0]
    time = _times(rng, "step", size, start, 4.0)
    return Texts(
        time, calm.truth[rows], calm.negative[rows], calm.leads[rows], _authors(rng, size), new_clusters(rng, size)
    )


def _times(rng: np.random.Generator, shape: str, size: int, start: int, hours: float) -> npt.NDArray[np.int64]:
    """Sorted times over a span: evenly, growing, or falling off."""
    even = rng.random(size)
    place = {"step": even, "ramp": np.sqrt(even), "decay": 1.0 - np.sqrt(1.0 - even)}[shape]
    return np.asarray(np.sort(start + (place * hours * HOUR_MS).astype(np.int64)))


def _authors(rng: np.random.Generator, size: int) -> npt.NDArray[np.int64]:
    return _NEW_AUTHORS + rng.integers(0, 2**40, size)


def _fourth(texts: Texts) -> int | None:
    seen: set[int] = set()
    for row in np.flatnonzero(texts.truth):
        seen.add(int(texts.cluster[row]))
        if len(seen) == 4:
            return int(texts.time[row])
    return None
