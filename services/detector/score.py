"""How surprising the negative texts of a window are: by their number, by their share, and how many there are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from services.detector.baseline import Baseline
from services.detector.params import Params
from services.detector.priors import KindPriors

LEAK = 0.35
"""Texts called not negative that a real surge brings along, per negative unit (errors of the classifier)."""
CONTROL_SPREAD = 1.7
SMALLEST_CONTROL = 0.3
SHARE_DRIFT = 0.15
"""Variance of the logit of the negative share from day to day."""
_LOWEST_SHARE, _HIGHEST_SHARE = 0.005, 0.95
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(7)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
_SMALLEST_TAIL = 1e-300


@dataclass(frozen=True, slots=True)
class Window:
    """Weighted texts n, negative units k and expected texts m of a window that reaches back `minutes`."""

    texts: float
    negative: float
    mean: float
    minutes: int


@dataclass(frozen=True, slots=True)
class Surprise:
    """The score of one window, with the counts that led to it (weighted texts)."""

    value: float
    observed: float
    expected: float
    texts: float
    minutes: int


def surprise(baseline: Baseline, priors: KindPriors, params: Params, window: Window) -> Surprise:
    """min(S, 1.5 B, 0.25 (k - e)): a number and a share that are both rare, and enough texts to say so.

    S alone takes a wave of any opinion for one of negative opinion where a key is thin, because the control follows
    the volume only as far as the key's dispersion makes it likely; B is blind to volume. 0 below 1.5 units.
    """
    expected = window.mean * baseline.share(priors, params) * control(baseline, priors, params, window)
    value = 0.0
    if window.negative >= params.least_negative:
        value = min(
            _number(baseline, priors, params, window, expected),
            params.share_factor * _share(baseline, priors, params, window),
            params.excess_factor * max(window.negative - expected, 0.0),
        )
    return Surprise(value, window.negative, expected, window.texts, window.minutes)


def control(baseline: Baseline, priors: KindPriors, params: Params, window: Window) -> float:
    """v: how much busier the key is than usual by its texts that are not negative; at least 0.3.

    x = max(n - 1.35 k, 0)/1.7, r' = 1/(1/r + 1/(A + 1)), v = (r' + x)/(r' + m(1 - p)/1.7).
    """
    shape = _control_shape(baseline, priors, params)
    quiet = window.mean * (1.0 - baseline.share(priors, params)) / CONTROL_SPREAD
    return max(SMALLEST_CONTROL, (shape + _control_texts(window)) / (shape + quiet))


def _number(baseline: Baseline, priors: KindPriors, params: Params, window: Window, expected: float) -> float:
    """S = -log10 P(K >= k): tail of a negative binomial with the mean e = m p v and 1/shape = 0.2 + (1 - p)/(p(a + b
    + 21)) + 1/(r' + x) + 0.7/e, at fractional k by the regularised incomplete beta function I(k, shape) at
    e/(e + shape).
    """
    p = baseline.share(priors, params)
    seen = baseline.negative + baseline.other
    inverse = (
        0.2
        + (1.0 - p) / (p * (seen + params.prior_share_texts + 1.0))
        + 1.0 / (_control_shape(baseline, priors, params) + _control_texts(window))
        + 0.7 / expected
    )
    shape, units = 1.0 / inverse, expected / params.unit
    tail = float(betainc(window.negative / params.unit, shape, units / (units + shape)))
    return -math.log10(max(tail, _SMALLEST_TAIL))


def _share(baseline: Baseline, priors: KindPriors, params: Params, window: Window) -> float:
    """B = -log10 P(K >= k | n): binomial tail I_p(k, n - k + 1) of texts, averaged over what p may be today.

    logit p is normal around the key's share with the variance 1/(N p (1 - p)) + 0.15, N the texts it was learned from:
    a beta-binomial with the day's drift, by Gauss-Hermite quadrature.
    """
    p = min(max(baseline.share(priors, params) / params.unit, _LOWEST_SHARE), _HIGHEST_SHARE)
    seen = baseline.negative + baseline.other + params.prior_share_texts
    spread = math.sqrt(1.0 / (seen * p * (1.0 - p)) + SHARE_DRIFT)
    shares = 1.0 / (1.0 + np.exp(-(math.log(p / (1.0 - p)) + spread * _NODES)))
    negative = window.negative / params.unit
    tail = float(_WEIGHTS @ betainc(negative, max(window.texts - negative, 0.0) + 1.0, shares))
    return -math.log10(max(tail, _SMALLEST_TAIL))


def _control_texts(window: Window) -> float:
    return max(window.texts - window.negative - LEAK * window.negative, 0.0) / CONTROL_SPREAD


def _control_shape(baseline: Baseline, priors: KindPriors, params: Params) -> float:
    return 1.0 / (baseline.dispersion(priors, params) + 1.0 / (baseline.texts + 1.0))
