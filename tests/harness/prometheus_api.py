"""What a Prometheus server answers, for tests and benchmarks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx

_LABEL_VALUES = re.compile(r"label_values\((.+), (\w+)\)")


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus at `url`, such as http://127.0.0.1:9090."""

    url: str
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10), repr=False, kw_only=True)

    def get(self, path: str, **parameters: str) -> Any:
        """The `data` of an API answer that says success."""
        body = self._client.get(f"{self.url}/api/v1/{path}", params=parameters).json()
        assert body["status"] == "success", body
        return body["data"]

    def values(self, expr: str) -> list[float]:
        """The values that an instant query finds now."""
        data = self.get("query", query=expr)
        samples = [data["result"]] if data["resultType"] == "scalar" else [row["value"] for row in data["result"]]
        return [float(value) for _, value in samples]

    def label_values(self, query: str) -> list[str]:
        """The values of a label as Grafana's `label_values(SELECTOR, LABEL)` finds them."""
        found = _LABEL_VALUES.fullmatch(query)
        assert found is not None, f"expected label_values(SELECTOR, LABEL), got {query}"
        selector, label = found.groups()
        values: list[str] = self.get(f"label/{label}/values", **{"match[]": selector})
        return values

    def first_choice(self, query: str) -> str:
        """The first of these values; '' where there is none."""
        return next(iter(self.label_values(query)), "")
