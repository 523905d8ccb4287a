"""The data source and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.common import DataSourceRef
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="prometheus")


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL expression; `legend` is Grafana's legend format, such as `{{topic}}`."""

    expr: str
    legend: str = ""


def quantile(share: float, histogram: str, by: str = "le") -> str:
    """The expression of a quantile of a histogram of ours over the last five minutes; `by` has to name `le`."""
    return f"histogram_quantile({share}, sum by ({by}) (rate(groundswell_{histogram}_bucket[5m])))"


def over_time(queries: tuple[Query, ...]) -> list[Builder[variants.Dataquery]]:
    """The queries of a graph: values over the time that the dashboard shows."""
    return [_asked(query, number).range() for number, query in enumerate(queries)]


def at_the_end(expr: str) -> Dataquery:
    """The query of one figure: the value at the end of the time that the dashboard shows."""
    return _asked(Query(expr)).instant()


def as_table(expr: str) -> Dataquery:
    """The query of a table: one row a series, one column a label."""
    return at_the_end(expr).format(PromQueryFormat.TABLE)


def _asked(query: Query, number: int = 0) -> Dataquery:
    name = chr(ord("A") + number)
    return Dataquery().ref_id(name).expr(query.expr).legend_format(query.legend).datasource(PROMETHEUS)
