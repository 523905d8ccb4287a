"""Where and as what a bundle is published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.inference.bundle import CARD, METRICS, make_current
from training.errors import ExportError
from training.export.staging import Precision

MAX_BUNDLE_BYTES = 50_000_000
"""Of an int8 bundle: it lies in the repository."""


@dataclass(frozen=True)
class Target:
    """A version of a named bundle below `root`; texts longer than `max_tokens` are cut in serving.

    `precision`: int8 for CPUs and for the repository, or fp32 or fp16, which a GPU wants. `smooth`: all products of
    an int8 graph in int8, their inputs smoothed; without it those behind the GELUs are computed in float.
    `max_bytes`: what an int8 bundle may have.
    """

    root: Path
    name: str
    version: str
    precision: Precision = "int8"
    max_tokens: int = 256
    smooth: bool = False
    max_bytes: int = MAX_BUNDLE_BYTES

    def __post_init__(self) -> None:
        if self.smooth and self.precision != "int8":
            raise ExportError(f"only an int8 bundle can be smoothed, not one in {self.precision}")

    @property
    def step(self) -> str:
        """What the change from the fused fp32 graph is called."""
        return f"{self.precision}, smoothed" if self.smooth else self.precision

    @property
    def folder(self) -> Path:
        """Where the bundle will lie."""
        return self.root / self.name / self.version

    def require_free(self) -> None:
        """Refuse to overwrite a version.

        :raises ExportError: when that version exists already.
        """
        if self.folder.exists():
            raise ExportError(f"{self.name}/{self.version} exists already; choose another version")


def publish(staged: Path, target: Target, metrics: Mapping[str, Any], card: str) -> None:
    """Put metrics and card beside a staged bundle, move it to its place and point `CURRENT` at it.

    :raises ExportError: when an int8 bundle is too large.
    """
    content = json.dumps(metrics, indent=1, ensure_ascii=False)
    (staged / METRICS).write_text(content + "\n", encoding="utf-8")
    (staged / CARD).write_text(card, encoding="utf-8")
    size = sum(file.stat().st_size for file in staged.iterdir())
    if target.precision == "int8" and size > target.max_bytes:
        raise ExportError(
            f"the bundle has {size:,} bytes, the limit is {target.max_bytes:,}; give --max-mb {-(-size // 1_000_000)}, "
            "or trim-vocabulary the base model before"
        )
    target.folder.parent.mkdir(parents=True, exist_ok=True)
    staged.rename(target.folder)
    make_current(target.root, target.name, target.version)
