"""The README: short, and the same in both languages."""

from __future__ import annotations

import re

from services.repository import DEMO_STREAM

ROOT = DEMO_STREAM.parents[2]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh.md").read_text(encoding="utf-8")
MOST_WORDS = 900


def shape(text: str) -> list[str]:
    """What each line is: a heading, an item, a row, code; without the prose."""
    kinds = {"## ": "heading", "- ": "item", "| ": "row", "![": "picture"}
    return [kind for line in text.splitlines() for start, kind in kinds.items() if line.startswith(start)]


def code(text: str) -> list[str]:
    """The lines of code, without remarks."""
    return [line.split("  #")[0].rstrip() for line in text.splitlines() if line.startswith("    ")]


def links(text: str) -> list[str]:
    """Where its links lead, but for the one to the other language."""
    return [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]


def named(text: str) -> set[str]:
    """Settings and commands."""
    return set(re.findall(r"`(make \w+|GROUNDSWELL_[A-Z_]+|--\w+)", text))


def test_it_is_short() -> None:
    assert len(ENGLISH.split()) < MOST_WORDS


def test_the_chinese_one_keeps_step() -> None:
    assert shape(CHINESE) == shape(ENGLISH)
    assert code(CHINESE) == code(ENGLISH)
    assert sorted(links(CHINESE)) == sorted(links(ENGLISH))
    assert named(CHINESE) == named(ENGLISH)


def test_each_leads_to_the_other() -> None:
    assert "[中文](README.zh.md)" in ENGLISH
    assert "[English](README.md)" in CHINESE


def test_the_chinese_one_is_chinese() -> None:
    prose = [line for line in CHINESE.splitlines() if len(line) > 40 and not line.startswith(("    ", "|", "!"))]
    assert [line for line in prose if not re.search(r"[一-鿿]{5}", line)] == []
