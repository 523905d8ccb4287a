"""How surprising the negative texts of a window are, given the texts that are not negative (the control series)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import betainc

from services.monitoring.detector.baseline import Baseline
from services.monitoring.detector.params import Params

LEAK = 0.35
"""Texts called not negative that a real surge brings along, per negative unit (errors of the classifier)."""
CONTROL_SPREAD = 1.7
SMALLEST_CONTROL = 0.3


@dataclass(frozen=True, slots=True)
class Surprise:
    """One window: surprise S = -log10 P(X >= observed), with the counts that led to it (weighted texts)."""

    value: float
    observed: float
    expected: float
    texts: float
    minutes: int


def control(baseline: Baseline, params: Params, texts: float, negative: float, mean: float) -> float:
    """v: how much busier the key is than usual by its texts that are not negative; at least 0.3.

    x = max(n - 1.35 k, 0)/1.7, r' = 1/(1/r + 1/(A + 1)), v = (r' + x)/(r' + m(1 - p)/1.7).
    """
    shape = _control_shape(baseline, params)
    quiet = mean * (1.0 - baseline.share(params)) / CONTROL_SPREAD
    return max(SMALLEST_CONTROL, (shape + _control_texts(texts, negative)) / (shape + quiet))


def surprise(
    baseline: Baseline, params: Params, *, texts: float, negative: float, mean: float, minutes: int
) -> Surprise:
    """S of one window with n = `texts`, k = `negative` and m = `mean` expected texts.

    Expected negative units e = m p v; tail of a negative binomial with 1/shape = 0.2 + (1 - p)/(p(a + b + 21))
    + 1/(r' + x) + 0.7/e at fractional k by the regularised incomplete beta function: P(X >= k) = I(k, shape)
    at e/(e + shape).
    """
    p = baseline.share(params)
    v = control(baseline, params, texts, negative, mean)
    expected = mean * p * v
    value = 0.0
    if negative >= params.least_negative:
        seen = baseline.negative + baseline.other
        inverse = (
            0.2
            + (1.0 - p) / (p * (seen + params.prior_share_texts + 1.0))
            + 1.0 / (_control_shape(baseline, params) + _control_texts(texts, negative))
            + 0.7 / expected
        )
        shape, units = 1.0 / inverse, expected / params.unit
        tail = float(betainc(negative / params.unit, shape, units / (units + shape)))
        value = -math.log10(max(tail, 1e-300))
    return Surprise(value, negative, expected, texts, minutes)


def _control_texts(texts: float, negative: float) -> float:
    return max(texts - negative - LEAK * negative, 0.0) / CONTROL_SPREAD


def _control_shape(baseline: Baseline, params: Params) -> float:
    return 1.0 / (baseline.dispersion(params) + 1.0 / (baseline.texts + 1.0))
