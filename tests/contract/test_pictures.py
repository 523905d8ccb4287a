"""Pictures in the README show what their captions say."""

from __future__ import annotations

import html
import re

from services.repository import DEMO_STREAM

ROOT = DEMO_STREAM.parents[2]


def shown(name: str) -> str:
    """The words of an SVG picture."""
    source = (ROOT / "docs" / name).read_text(encoding="utf-8")
    return " ".join(html.unescape(piece).replace("\xa0", " ") for piece in re.findall(r">([^<>]+)</text>", source))


def test_the_demo_shows_the_alert_of_the_icloud_affair() -> None:
    caption = re.search(r"!\[([^\]]*)\]\(docs/demo\.svg\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert caption is not None
    assert "iCloud affair of September 2014" in caption[1]
    words = shown("demo.svg")
    assert "alerts (9): the worst, then the newest" in words
    worst = words[words.index("alerts (9)") :]
    assert re.search(r"severity 2\s+Apple 苹果\s+2014-09-0[2-4] \d\d:\d\d UTC", worst)
    assert worst.index("Apple") < worst.index("severity 1")
