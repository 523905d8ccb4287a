"""The files of the deployment, read once and the same way by all tests about them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
RULE_TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
OUR_SERVICES = ("topics", "ingest-http", "ingest-feeds", "scoring", "monitoring", "relay", "adapter")


class Expression(NamedTuple):
    """One PromQL expression and the place it comes from."""

    where: str
    expr: str


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, merge keys resolved."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def interpolated(value: str) -> str:
    """`value` as Compose reads it when no variable is set: `${NAME:-default}` becomes its default."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def compose() -> Any:
    """docker-compose.yml as Compose reads it when no variable is set."""

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(value) for value in node]
        return interpolated(node) if isinstance(node, str) else node

    return filled(read_yaml(ROOT / "docker-compose.yml"))


def rules() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every recording and alert rule with its file."""
    for path in RULES:
        for group in read_yaml(path)["groups"]:
            for rule in group["rules"]:
                yield path, rule


def rule_expressions() -> list[Expression]:
    """The expression of every rule."""
    return [Expression(f"{path.name}: {rule.get('alert') or rule['record']}", rule["expr"]) for path, rule in rules()]


class Panel(NamedTuple):
    """One panel, or one annotation, with the expressions that it asks."""

    title: str
    exprs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """What a dashboard asks of Prometheus; `variables` are their names and `label_values` queries."""

    name: str
    panels: tuple[Panel, ...]
    variables: dict[str, str]

    def chosen(self, values: Mapping[str, str]) -> Iterator[Panel]:
        """The panels with `$variable` replaced by its value."""
        for title, exprs in self.panels:
            yield Panel(title, tuple(_replaced(expr, values) for expr in exprs))


def _replaced(expr: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], expr)


def dashboards() -> list[Dashboard]:
    """Every dashboard."""
    return [_dashboard(path.stem, json.loads(path.read_text(encoding="utf-8"))) for path in DASHBOARDS]


def _dashboard(name: str, content: Any) -> Dashboard:
    panels = [Panel(one["title"], tuple(target["expr"] for target in one["targets"])) for one in content["panels"]]
    notes = [Panel(one["name"], (one["target"]["expr"],)) for one in content["annotations"]["list"]]
    variables = {one["name"]: one["query"] for one in content["templating"]["list"]}
    return Dashboard(name, (*panels, *notes), variables)


EXAMPLES = {"company": "AAPL", "topic": "earnings"}
"""Values of the dashboards' variables that `tests.harness.plausible_metrics` has series of."""


def dashboard_expressions() -> list[Expression]:
    """The expression of every query of every panel and annotation, with `EXAMPLES` chosen."""
    return [
        Expression(f"{dashboard.name}: {panel.title}", expr)
        for dashboard in dashboards()
        for panel in dashboard.chosen(EXAMPLES)
        for expr in panel.exprs
    ]
