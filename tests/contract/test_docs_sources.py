"""docs/sources.md names every name of every field, in the order in which they count."""

from __future__ import annotations

import re
from pathlib import Path

from services.text.field_names import NAMES

DOCUMENT = Path(__file__).parents[2] / "docs" / "sources.md"


def test_the_table_of_fields_is_that_of_the_code() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## Fields")[2].partition("## Feeds")[0]
    rows = re.findall(r"^\| `(\w+)` \| (`[^|]*) \|", section, re.MULTILINE)
    table = {field: tuple(re.findall("`([^`]+)`", names)) for field, names in rows}
    assert {field: table.get(field) for field in NAMES} == dict(NAMES)
