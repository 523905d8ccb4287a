"""Which keys are alike: of one kind, with like volume; how rare a score is, is learned over them all."""

from __future__ import annotations

from services.monitoring.detector.group import Group
from services.monitoring.detector.params import HOUR_MS, Params
from services.monitoring.detector.state import KeyState
from services.monitoring.detector.tail import Tail, log_survival, tail_of

LIMITS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Texts a day that part the classes of volume."""


def cohort_of(key: str, state: KeyState, at: int, group: Group, params: Params) -> str:
    """The cohort of a key at a time (ms), such as `company/2`."""
    silent = max(at // HOUR_MS - state.next_hour, 0)
    a_day = 24.0 * state.baseline.after_silence(silent, group, params)
    volume = sum(a_day >= limit for limit in LIMITS)
    return f"{key.partition(':')[0]}/{volume}"


_SCORES = (0.05, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.25, 1.5, 2.0, 2.5)
#: For each class of volume how often the largest score of a day is at least each of `_SCORES`; see `DESIGN.md`.
_SHIPPED = (
    (0.004, 0.004, 0.004, 0.003, 0.0015, 6e-4, 4.4e-4, 3.3e-4, 2.4e-4, 1.1e-4, 5.4e-5, 1.2e-5, 2.7e-6),
    (0.016, 0.0159, 0.0158, 0.01, 0.0035, 0.0016, 9e-4, 6.7e-4, 5e-4, 2.3e-4, 1.1e-4, 2.5e-5, 5.5e-6),
    (0.045, 0.0445, 0.042, 0.021, 0.0095, 0.0055, 0.0025, 0.0012, 8e-4, 3.8e-4, 1.8e-4, 4e-5, 9e-6),
    (0.155, 0.15, 0.112, 0.075, 0.046, 0.027, 0.014, 0.009, 0.0057, 0.0014, 6.6e-4, 1.5e-4, 3.3e-5),
    (0.385, 0.335, 0.265, 0.185, 0.125, 0.085, 0.053, 0.034, 0.0216, 0.0076, 0.0028, 5e-4, 1.1e-4),
    (0.60, 0.51, 0.41, 0.315, 0.242, 0.18, 0.124, 0.083, 0.058, 0.022, 0.0085, 0.0011, 2.4e-4),
    (0.72, 0.66, 0.57, 0.49, 0.40, 0.31, 0.23, 0.165, 0.115, 0.040, 0.011, 0.0018, 4e-4),
    (0.92, 0.90, 0.84, 0.77, 0.68, 0.56, 0.43, 0.32, 0.22, 0.085, 0.03, 0.005, 0.0011),
    (0.96, 0.955, 0.94, 0.905, 0.84, 0.76, 0.65, 0.53, 0.41, 0.185, 0.085, 0.0115, 0.0025),
    (0.96, 0.955, 0.94, 0.90, 0.83, 0.75, 0.64, 0.52, 0.40, 0.18, 0.08, 0.012, 0.0027),
)
_SHIPPED_KEY_DAYS = 40.0


def shipped(cohort: str) -> tuple[float, ...]:
    """What is assumed of a cohort before there is history; `tail.log_survival`."""
    return _BY_VOLUME[int(cohort.split("/")[1])]


def tail_before_history(cohort: str) -> Tail:
    """So many key-days that are as shipped."""
    return tail_of(shipped(cohort), _SHIPPED_KEY_DAYS)


_BY_VOLUME = tuple(log_survival(list(zip(_SCORES, each, strict=True))) for each in _SHIPPED)
