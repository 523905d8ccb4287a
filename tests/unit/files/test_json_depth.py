"""How deep JSON is nested, found in one pass over bytes of any kind."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.files.json_depth import is_deeper

values = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(values, st.booleans())
def test_it_is_the_depth_of_the_value(value: object, ascii_only: bool) -> None:
    data, levels = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "replace"), depth(value)
    assert not is_deeper(data, levels)
    assert levels == 0 or is_deeper(data, levels - 1)


@pytest.mark.parametrize(
    ("data", "deeper"),
    [
        (b"[" * 500_000, True),
        (b'{"a":' * 200_000, True),
        (b"[]," * 100_000, False),
        (b'"' + b"[" * 500_000, False),
        (b'"' + b'\\"' * 250_000, False),
        (b'{"a": "' + b"{" * 1_000 + b'"}', False),
        (b'{"a": "\\\\", "b": ' + b"[" * 20, True),
        (b"\xff" * 100 + b"[" * 20, True),
        (b"", False),
    ],
)
def test_whatever_the_bytes_are(data: bytes, deeper: bool) -> None:
    assert is_deeper(data, 16) is deeper
