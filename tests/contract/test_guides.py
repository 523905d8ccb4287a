"""The guides are walks that work: their blocks of Python run, in order, with the assertions that stand in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = sorted(DOCS.glob("adding-*.md"))
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_there_is_a_guide_for_what_is_added_most() -> None:
    assert [guide.stem.removeprefix("adding-a-") for guide in GUIDES] == [
        "detector-window",
        "metric",
        "receiver",
        "source",
        "topic",
    ]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_can_be_followed(guide: Path, tmp_path: Path) -> None:
    blocks = _BLOCK.findall(guide.read_text(encoding="utf-8"))
    assert blocks
    names = {"tmp_path": tmp_path, "__name__": guide.stem}
    for number, block in enumerate(blocks, 1):
        exec(compile(block, f"{guide.name}, block {number}", "exec", dont_inherit=True), names)
