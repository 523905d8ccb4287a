"""The files of the deployment, read once and the same way by all tests about them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
RULES = sorted((DEPLOY / "prometheus" / "rules").glob("*.yml"))
RULE_TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
OUR_SERVICES = ("topics", "ingest-http", "ingest-feeds", "scoring", "monitoring")


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


def dashboard_expressions() -> list[Expression]:
    """The expression of every query of every panel."""
    return [
        Expression(f"{path.name}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
    ]
