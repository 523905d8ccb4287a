"""Tables of a report."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from xml.etree.ElementTree import Element

from services.backtest.report.markup import element


def table(columns: Sequence[str], rows: Iterable[Element], numbers: Collection[int]) -> Element:
    """A table under its heads; `numbers` are the columns that hold figures."""
    head = element("thead", row(columns, numbers, tag="th"))
    return element("div", element("table", head, element("tbody", *rows)), class_="wide")


def row(cells: Sequence[str], numbers: Collection[int], kind: str = "", tag: str = "td") -> Element:
    """One row; `kind` is its class."""
    made = (element(tag, cell, class_="number" if place in numbers else "words") for place, cell in enumerate(cells))
    return element("tr", *made, class_=kind) if kind else element("tr", *made)
