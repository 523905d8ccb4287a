"""Which keys are alike: of one kind, with like volume; how rare a score is, is learned over them all."""

from __future__ import annotations

from services.detector.params import Params
from services.detector.priors import KindPriors
from services.detector.state import KeyState
from services.detector.tail import Tail, log_survival, tail_of
from services.domain.event_time import HOUR_MS
from services.domain.key import KINDS, MonitoredKey

LIMITS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Texts a day that part the classes of volume."""
COHORTS = frozenset(f"{kind}/{volume}" for kind in KINDS for volume in range(len(LIMITS) + 1))


def cohort_of(key: MonitoredKey, state: KeyState, at: int, priors: KindPriors, params: Params) -> str:
    """The cohort of a key at a time (ms), such as `company/2`."""
    silent = max(at // HOUR_MS - state.next_hour, 0)
    a_day = 24.0 * state.baseline.after_silence(silent, priors, params)
    volume = sum(a_day >= limit for limit in LIMITS)
    return f"{key.kind}/{volume}"


def limits_of(cohort: str) -> tuple[float, float | None]:
    """Texts a day of the keys of a cohort: from so many to less than so many."""
    volume = int(cohort.split("/")[1])
    return (0.0, *LIMITS)[volume], (*LIMITS, None)[volume]


_SCORES = (0.05, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 2.5)
#: For each class of volume how often the largest score of a day is at least each of `_SCORES` (docs/decisions/0009).
_SHIPPED = (
    (0.004, 0.004, 0.004, 0.004, 0.003, 0.0015, 0.0006, 0.00044, 0.00033, 0.00024, 0.00011, 5.4e-05, 1.2e-05, 2.7e-06),
    (0.016, 0.0159, 0.0159, 0.0158, 0.01, 0.0035, 0.0016, 0.0009, 0.00067, 0.0005, 0.00023, 0.00011, 2.5e-05, 5.5e-06),
    (0.045, 0.0446, 0.0437, 0.042, 0.021, 0.0095, 0.0055, 0.0025, 0.0012, 0.0008, 0.00038, 0.00018, 4e-05, 9e-06),
    (0.155, 0.151, 0.136, 0.112, 0.075, 0.046, 0.027, 0.014, 0.009, 0.0057, 0.0014, 0.00066, 0.00015, 3.3e-05),
    (0.40, 0.345, 0.28, 0.175, 0.109, 0.063, 0.0362, 0.0187, 0.0117, 0.0079, 0.0036, 0.0017, 3e-4, 7e-5),
    (0.60, 0.515, 0.433, 0.307, 0.22, 0.151, 0.101, 0.068, 0.046, 0.0325, 0.0142, 0.0047, 8e-4, 1.8e-4),
    (0.70, 0.635, 0.56, 0.456, 0.365, 0.28, 0.218, 0.153, 0.103, 0.067, 0.0185, 0.0045, 8e-4, 1.8e-4),
    (0.94, 0.92, 0.87, 0.79, 0.72, 0.61, 0.47, 0.36, 0.26, 0.19, 0.065, 0.022, 0.003, 7e-4),
    (0.945, 0.938, 0.925, 0.89, 0.843, 0.766, 0.656, 0.527, 0.44, 0.325, 0.147, 0.071, 0.0075, 0.0017),
    (0.96, 0.95, 0.93, 0.91, 0.85, 0.72, 0.60, 0.45, 0.31, 0.23, 0.115, 0.05, 0.012, 0.0026),
)
_SHIPPED_KEY_DAYS = 40.0


def shipped(cohort: str) -> tuple[float, ...]:
    """What is assumed of a cohort before there is history; `tail.log_survival`."""
    return _BY_VOLUME[int(cohort.split("/")[1])]


def tail_before_history(cohort: str) -> Tail:
    """So many key-days that are as shipped."""
    return tail_of(shipped(cohort), _SHIPPED_KEY_DAYS)


_BY_VOLUME = tuple(log_survival(list(zip(_SCORES, each, strict=True))) for each in _SHIPPED)
