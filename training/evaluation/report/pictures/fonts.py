"""Names that can be drawn: with an installed font that has their characters, or else other names."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

from training.data.registry import SENTIMENTS
from training.data.taxonomy import Taxonomy
from training.metrics.label_space import JOIN, LabelSpace

DEFAULT = "DejaVu Sans"
"""Comes with matplotlib; has no Chinese."""
CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)
"""Families that have, in the order in which they are tried."""


def drawable(names: Sequence[str], plain: Sequence[str]) -> tuple[Sequence[str], str]:
    """Return `names` and a font family that can draw them; where none is installed, `plain` ones in its place."""
    wanted = {ord(character) for name in names for character in name}
    for family in (DEFAULT, *CHINESE):
        if wanted <= _characters(family):
            return names, family
    return plain, DEFAULT


def plain_names(space: LabelSpace, taxonomy: Taxonomy) -> list[str]:
    """English names of a task's labels: the ids of their topics, or the sentiments that they allow."""
    ids = taxonomy.ids if space.task == "topics" else SENTIMENTS
    return [JOIN.join(ids[index] for index in group) for group in space.groups]


def _characters(family: str) -> set[int]:
    """The code points that an installed font family has; none where it is not installed."""
    found = next((font.fname for font in font_manager.fontManager.ttflist if font.name == family), None)
    return set(FT2Font(found).get_charmap()) if found is not None else set()
