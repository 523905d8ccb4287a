"""Series that each panel of each dashboard finds: `python -m tests.benchmarks.panels URL [VARIABLE=VALUE ...]`.

Asks a running Prometheus what Grafana would ask it now. A variable without a value takes the first one there is.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.harness.deployment import Panel, dashboards
from tests.harness.prometheus_api import Prometheus


class Found(NamedTuple):
    """How many series with a value each query of a panel finds."""

    dashboard: str
    panel: str
    series: tuple[int, ...]


def found(prometheus: Prometheus, values: Mapping[str, str]) -> Iterator[Found]:
    """What every panel and annotation of every dashboard finds now."""
    for dashboard in dashboards():
        chosen = {
            name: values.get(name) or prometheus.first_choice(query) for name, query in dashboard.variables.items()
        }
        name = " ".join([dashboard.name, *chosen.values()])
        for panel in dashboard.chosen(chosen):
            yield Found(name, panel.title, counts(prometheus, panel))


def counts(prometheus: Prometheus, panel: Panel) -> tuple[int, ...]:
    """The series of each query; those without a number (0 divided by 0) do not count."""
    return tuple(sum(not math.isnan(value) for value in prometheus.values(expr)) for expr in panel.exprs)


def main() -> None:
    """Ask the Prometheus of the command line."""
    parser = argparse.ArgumentParser(
        description="Print how many series each panel of each dashboard finds.",
        epilog="Example: python -m tests.benchmarks.panels http://127.0.0.1:9090 company=AAPL topic=earnings",
    )
    parser.add_argument("url", help="address of a Prometheus that scrapes a running system")
    parser.add_argument("values", nargs="*", metavar="variable=value", help="what to choose on a dashboard")
    asked = parser.parse_args()
    print_table(Prometheus(asked.url.rstrip("/")), dict(pair.split("=", 1) for pair in asked.values))


def print_table(prometheus: Prometheus, values: Mapping[str, str]) -> None:
    """Print one row of a Markdown table for each panel, and how many find nothing."""
    rows = list(found(prometheus, values))
    print("| dashboard | panel | series found |\n|---|---|---|")
    for row in rows:
        print(f"| {row.dashboard} | {row.panel} | {' + '.join(map(str, row.series))} |")
    empty = sum(not any(row.series) for row in rows)
    print(f"\n{len(rows)} panels and annotations, {empty} without a series")


if __name__ == "__main__":
    main()
