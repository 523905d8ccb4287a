"""A dashboard from rows of panels."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders.dashboard import Dashboard, DashboardLink, QueryVariable
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    VariableRefresh,
    VariableSort,
)

from boards.incidents import Incidents
from boards.panels import Panel
from boards.source import PROMETHEUS

COLUMNS = 24
TAG = "groundswell"


@dataclass(frozen=True, slots=True)
class Row:
    """Panels side by side, equally wide; `height` in units of about 30 pixels."""

    panels: tuple[Panel, ...]
    height: int = 8


def figures(*panels: Panel) -> Row:
    """A row of single figures."""
    return Row(panels, height=4)


def row(*panels: Panel) -> Row:
    """A row of graphs and tables."""
    return Row(panels)


def board(uid: str, title: str, rows: tuple[Row, ...], incidents: Incidents, *variables: QueryVariable) -> Dashboard:
    """A dashboard that shows `incidents` on its graphs and leads to all others."""
    others = (
        DashboardLink("Groundswell").type(DashboardLinkType.DASHBOARDS).tags([TAG]).as_dropdown(True).keep_time(True)
    )
    built = (
        Dashboard(title)
        .uid(uid)
        .tags([TAG])
        .readonly()
        .refresh("10s")
        .time("now-3h", "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .link(others)
        .annotation(incidents)
        .variables([*variables])
    )
    number = 0
    for line in rows:
        for panel in line.panels:
            number += 1
            built.with_panel(panel.id(number).span(COLUMNS // len(line.panels)).height(line.height))
    return built


def choice(name: str, label: str, query: str) -> QueryVariable:
    """A variable that the reader chooses from the values of a `label_values` query."""
    return (
        QueryVariable(name)
        .label(label)
        .datasource(PROMETHEUS)
        .query(query)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
        .allow_custom_value(True)
    )
