"""JSON for scripts that is harmless on a terminal too."""

from __future__ import annotations

import json
from typing import Any

from services.text.untrusted import characters


def json_text(value: dict[str, Any], indent: int | None = None) -> str:
    """JSON that people can read; what a terminal would not print but obey (or hide) is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return "".join(char if shows or char == "\n" else json.dumps(char)[1:-1] for char, shows in characters(text))
