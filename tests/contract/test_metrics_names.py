"""Rules and dashboards use only metrics and labels that `services.common.metrics` defines."""

from __future__ import annotations

import re

import pytest
from prometheus_client import CollectorRegistry, Metric

from services.common.metrics import Metrics
from tests.deployment import Expression, dashboard_expressions, rule_expressions, rules
from tests.plausible_metrics import STAGES, open_surge

EXPRESSIONS = [*rule_expressions(), *dashboard_expressions()]
RECORDED = {rule["record"] for _, rule in rules() if "record" in rule}
PROMETHEUS_ITSELF = {"up"}
WORDS = {"and", "or", "unless", "bool", "offset"}
TARGET_LABELS = {"job", "instance"}

_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_LABEL_LIST = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_SELECTOR = re.compile(r"([A-Za-z_:][\w:]*)\s*\{([^}]*)\}")
_NAME = re.compile(r"(?<![\w:.])([A-Za-z_:][\w:]*)(?!\s*\()(?![\w:])")


def names_in(expr: str) -> set[str]:
    """The metric names of a PromQL expression."""
    bare = _LABEL_LIST.sub(" ", _STRING.sub('""', expr))
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|offset\s+\d+[smhdwy]", " ", bare)
    return {name for name in _NAME.findall(bare) if name not in WORDS}


def families() -> list[Metric]:
    """Everything that the three stages export."""
    metrics = Metrics(CollectorRegistry())
    for step in STAGES.values():
        step(metrics)
    open_surge(metrics, severity=3)
    return list(metrics.registry.collect())


def exported() -> dict[str, set[str]]:
    """Series name -> label names, of everything that the three stages export."""
    found: dict[str, set[str]] = {}
    for family in families():
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_plausible_metrics_set_every_metric() -> None:
    assert [family.name for family in families() if not family.samples] == []


def test_names_are_found_in_an_expression() -> None:
    expr = 'sum by (stage, le) (rate(a_bucket{x="y_z"}[5m])) / on (kind) group_left (q) b:c:d offset 15m > 0'
    assert names_in(expr) == {"a_bucket", "b:c:d"}
    assert names_in("max by (k) (last_over_time(up[3m])) and on () vector(1)") == {"up"}


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: e.where)
def test_expression_uses_defined_metrics(expression: Expression) -> None:
    allowed = set(exported()) | RECORDED | PROMETHEUS_ITSELF
    assert names_in(expression.expr) <= allowed


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=lambda e: e.where)
def test_selectors_use_defined_labels(expression: Expression) -> None:
    labels = exported()
    for name, matchers in _SELECTOR.findall(expression.expr):
        used = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", _STRING.sub('""', matchers)))
        assert used <= labels.get(name, set()) | TARGET_LABELS, f"{name}{{{matchers}}}"


def test_every_recorded_series_is_used() -> None:
    used = {name for expression in EXPRESSIONS for name in names_in(expression.expr)}
    assert used >= RECORDED
