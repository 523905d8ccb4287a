"""How deep JSON is nested, before anything is made of it."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)
"""A whole string, so that a bracket in it does not count; or a bracket. One pass, whatever the bytes are."""


def is_deeper(data: bytes, levels: int) -> bool:
    """Whether objects and lists stand inside each other on more than `levels` levels; `data` need not be valid."""
    if data.count(b"{") + data.count(b"[") <= levels:
        return False
    depth = 0
    for token in _TOKEN.finditer(data):
        sign = data[token.start()]
        if sign in b"[{":
            depth += 1
            if depth > levels:
                return True
        elif sign in b"]}":
            depth -= 1
    return False
