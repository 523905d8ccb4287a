"""Incidents as annotations: a coloured span on every graph while one is open."""

from __future__ import annotations

from dataclasses import dataclass

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import AnnotationQuery

from boards.severity import ORANGE
from boards.source import PROMETHEUS


class PrometheusAnnotation(AnnotationQuery):
    """An annotation query with what Grafana's Prometheus data source reads beside the SDK's fields.

    Source: `PrometheusAnnotationSupport` in Grafana's package `grafana-prometheus`.
    """

    def __init__(self, name: str, expr: str, title: str, text: str, tags: tuple[str, ...]) -> None:
        super().__init__(name=name, datasource=PROMETHEUS, icon_color=ORANGE)
        self._query = {"refId": "Anno", "expr": expr, "interval": "10s", "range": True, "instant": False}
        self._shown = {"titleFormat": title, "textFormat": text, "tagKeys": ",".join(tags)}

    def to_json(self) -> dict[str, object]:
        """The annotation as Grafana reads it."""
        return {**super().to_json(), "target": self._query, **self._shown}


@dataclass(frozen=True, slots=True)
class Incidents(Builder[AnnotationQuery]):
    """Open incidents among the series that `selector` picks, such as `{kind="company"}`."""

    selector: str = ""

    def build(self) -> AnnotationQuery:
        """The annotation query."""
        return PrometheusAnnotation(
            "Incidents / 事件",
            f"max by (channel, kind, entity) (groundswell_incident_severity{self.selector}) > 0",
            title="{{kind}} {{entity}}",
            text="{{channel}}",
            tags=("kind", "entity", "channel"),
        )
