"""NAB's own scoring, standard profile (Lavin and Ahmad 2015, and `nab/sweeper.py` of numenta/NAB).

A row is detected or not; a window is a pair of its first and last row. The earliest detection in a window earns up to
1, a window without any costs 1, a detection outside costs up to 0.11, less right after a window. Rows of the
probationary period do not count.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

TRUE_POSITIVE = 1.0
FALSE_POSITIVE = 0.11
FALSE_NEGATIVE = 1.0
PROBATION_PART = 0.15
LONGEST_PROBATION = 750
_FAR = 3.0

Window = tuple[int, int]


def scaled_sigmoid(position: float) -> float:
    """2/(1 + e^(5y)) - 1: y = -1 is the left edge of a window, 0 its right edge; -1 from y = 3 on."""
    return -1.0 if position >= _FAR else 2.0 / (1.0 + math.exp(5.0 * position)) - 1.0


def probation(rows: int) -> int:
    """The number of rows at the start of a series that are not scored: 15 %, at most 750."""
    return min(math.floor(PROBATION_PART * rows), LONGEST_PROBATION)


def raw_score(detected: Iterable[int], rows: int, windows: Sequence[Window]) -> float:
    """The score of one series of so many rows, before it is normalised; `windows` in order, apart from one another."""
    earned = [-FALSE_NEGATIVE] * len(windows)
    lost = 0.0
    for row in detected:
        if row < probation(rows):
            continue
        at = next((i for i, (first, last) in enumerate(windows) if first <= row <= last), None)
        if at is None:
            lost += FALSE_POSITIVE * scaled_sigmoid(_past(row, windows))
        else:
            earned[at] = max(earned[at], TRUE_POSITIVE * scaled_sigmoid(_within(row, windows[at])) / _BEST)
    return sum(earned) + lost


def normalised(raw: float, windows: int) -> float:
    """100 (score - null)/(perfect - null), over one series or the sum of several with so many windows.

    The null detector detects nothing; a perfect one detects the first row of each window and no other.
    """
    null, perfect = -FALSE_NEGATIVE * windows, TRUE_POSITIVE * windows
    return 100.0 * (raw - null) / (perfect - null)


def _within(row: int, window: Window) -> float:
    """Position in a window, from -1 at its first row to just below 0 at its last."""
    first, last = window
    return -(last - row + 1) / (last - first + 1)


def _past(row: int, windows: Sequence[Window]) -> float:
    """Distance to the preceding window in lengths of it."""
    before = [(first, last) for first, last in windows if last < row]
    if not before:
        return _FAR
    first, last = before[-1]
    return (row - last) / (last - first)


_BEST = scaled_sigmoid(-1.0)
