"""The four kinds of panels, with the settings that all of a kind share."""

from __future__ import annotations

from typing import Literal

from grafana_foundation_sdk.builders import stat as stat_builder
from grafana_foundation_sdk.builders import statetimeline, timeseries
from grafana_foundation_sdk.builders import table as table_builder
from grafana_foundation_sdk.builders.common import (
    ReduceDataOptions,
    StackingConfig,
    VizLegendOptions,
    VizTooltipOptions,
)
from grafana_foundation_sdk.builders.dashboard import DashboardLink
from grafana_foundation_sdk.models.common import (
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    SortOrder,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
)
from grafana_foundation_sdk.models.dashboard import DashboardLinkType, DataTransformerConfig

from boards.severity import SEVERITY
from boards.source import PROMETHEUS, Query, as_table, at_the_end, over_time

Panel = stat_builder.Panel | table_builder.Panel | timeseries.Panel | statetimeline.Panel
Unit = Literal["percentunit", "short", "reqps", "s", "bytes", "dateTimeAsIso", "none"]


def stat(title: str, note: str, expr: str, unit: Unit = "short") -> stat_builder.Panel:
    """One figure; `note` is shown on hover."""
    return (
        stat_builder.Panel()
        .title(title)
        .description(note)
        .datasource(PROMETHEUS)
        .unit(unit)
        .graph_mode(BigValueGraphMode.NONE)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]).fields("").values(False))
        .with_target(at_the_end(expr))
    )


def graph(title: str, note: str, *queries: Query, unit: Unit = "short") -> timeseries.Panel:
    """Lines over time, from zero."""
    return (
        timeseries.Panel()
        .title(title)
        .description(note)
        .datasource(PROMETHEUS)
        .unit(unit)
        .min(0)
        .show_points(VisibilityMode.NEVER)
        .legend(_legend())
        .tooltip(VizTooltipOptions().mode(TooltipDisplayMode.MULTI).sort(SortOrder.DESCENDING))
        .targets(over_time(queries))
    )


def stacked(panel: timeseries.Panel) -> timeseries.Panel:
    """The same graph with its lines as layers."""
    return panel.fill_opacity(30).stacking(StackingConfig().mode(StackingMode.NORMAL).group("A"))


def leading_to(panel: timeseries.Panel, board: str, variable: str) -> timeseries.Panel:
    """The same graph, each line of which leads to the dashboard of its label `variable`."""
    url = f"/d/{board}?var-{variable}=${{__field.labels.{variable}}}&${{__url_time_range}}"
    link = DashboardLink(f"Open this {variable} / 打开").type(DashboardLinkType.LINK).url(url)
    return panel.data_links([link])


def severities(title: str, note: str, *queries: Query) -> statetimeline.Panel:
    """The severity of each series over time, as coloured bars."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(note)
        .datasource(PROMETHEUS)
        .mappings([SEVERITY])
        .merge_values(True)
        .show_value(VisibilityMode.AUTO)
        .fill_opacity(80)
        .legend(_legend().show_legend(False))
        .targets(over_time(queries))
    )


def table(title: str, note: str, expr: str, value: str) -> table_builder.Panel:
    """One row a series, one column a label; `value` names the column of values, '' leaves it out."""
    hidden = {"Time": True} if value else {"Time": True, "Value": True}
    columns = DataTransformerConfig(
        id_val="organize", options={"excludeByName": hidden, "renameByName": {"Value": value} if value else {}}
    )
    return (
        table_builder.Panel()
        .title(title)
        .description(note)
        .datasource(PROMETHEUS)
        .with_target(as_table(expr))
        .with_transformation(columns)
    )


def _legend() -> VizLegendOptions:
    return VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM).show_legend(True)
