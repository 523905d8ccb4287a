"""Rules and dashboards use only metrics and labels that `services.observability.metrics` defines."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, Metric

from services.observability.metrics import Metrics
from tests.harness.deployment import Expression, dashboard_expressions, rule_expressions, rules
from tests.harness.plausible_metrics import PROCESSES, open_incident

EXPRESSIONS = [*rule_expressions(), *dashboard_expressions()]
RECORDED = {rule["record"] for _, rule in rules() if "record" in rule}
OF_OTHERS = {
    "up": {"job", "instance"},
    "ALERTS": {"alertname", "alertstate"},
    "alertmanager_notifications_failed_total": {"integration"},
}
"""Metrics of Prometheus and Alertmanager themselves, and the labels that we use of them."""
WORDS = {"and", "or", "unless", "bool", "offset"}
TARGET_LABELS = {"job", "instance"}

_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_LABEL_LIST = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"([A-Za-z_:][\w:]*)\s*\{([^}]*)\}")
_NAME = re.compile(r"(?<![\w:.])([A-Za-z_:][\w:]*)(?!\s*\()(?![\w:])")
_BUCKET = re.compile(r"(\w+_bucket)\{[^}]*\ble=\"([^\"]+)\"")


def names_in(expr: str) -> set[str]:
    """The metric names of a PromQL expression."""
    bare = _LABEL_LIST.sub(" ", _STRING.sub('""', expr))
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|offset\s+\d+[smhdwy]", " ", bare)
    return {name for name in _NAME.findall(bare) if name not in WORDS}


def families() -> list[Metric]:
    """Everything that our processes export."""
    metrics = Metrics(CollectorRegistry())
    for step in PROCESSES.values():
        step(metrics)
    open_incident(metrics, severity=3)
    return list(metrics.registry.collect())


def exported() -> dict[str, set[str]]:
    """Series name -> label names, of everything that our processes export."""
    found: dict[str, set[str]] = {}
    for family in families():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def bounds() -> set[tuple[str, str]]:
    """(series, `le`) of every bucket of our histograms."""
    return {(s.name, s.labels["le"]) for family in families() for s in family.samples if "le" in s.labels}


def test_plausible_metrics_set_every_metric() -> None:
    assert [family.name for family in families() if not family.samples] == []


def test_names_are_found_in_an_expression() -> None:
    expr = 'sum by (stage, le) (rate(a_bucket{x="y_z"}[5m])) / on (kind) group_left (q) b:c:d offset 15m > 0'
    assert names_in(expr) == {"a_bucket", "b:c:d"}
    assert names_in("max by (k) (last_over_time(up[3m])) and on () vector(1)") == {"up"}


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: e.where)
def test_expression_uses_defined_metrics(expression: Expression) -> None:
    allowed = set(exported()) | RECORDED | set(OF_OTHERS)
    assert names_in(expression.expr) <= allowed


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: e.where)
def test_selectors_use_defined_labels(expression: Expression) -> None:
    labels = exported() | OF_OTHERS
    for name, matchers in _SELECTOR.findall(expression.expr):
        used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", _STRING.sub('""', matchers)))
        known = labels_of_recorded(name) if name in RECORDED else labels.get(name, set()) | TARGET_LABELS
        assert used <= known, f"{name}{{{matchers}}}"


def labels_of_recorded(name: str) -> set[str]:
    """The labels that the name of a recorded series begins with: `stage_reason:...` has two."""
    return set(re.split("_", name.partition(":")[0]))


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: e.where)
def test_buckets_are_those_of_the_histogram(expression: Expression) -> None:
    assert set(_BUCKET.findall(expression.expr)) <= bounds()


def test_every_recorded_series_is_used() -> None:
    used = {name for expression in EXPRESSIONS for name in names_in(expression.expr)}
    assert used >= RECORDED
