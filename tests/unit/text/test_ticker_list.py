"""ticker_list: tickers in the forms that sources have for them."""

from __future__ import annotations

import pytest

from services.text.ticker_list import ticker_list


@pytest.mark.parametrize(
    ("value", "tickers"),
    [
        ("STL,ORE", ["STL", "ORE"]),
        ("STL; BRK B ;", ["STL", "BRK B"]),
        ("600000、000001，300001", ["600000", "000001", "300001"]),
        ("STL ORE", ["STL", "ORE"]),
        ("NASDAQ: STL", ["NASDAQ: STL"]),
        ("NYSE: ORE, HKEX:700", ["NYSE: ORE", "HKEX:700"]),
        ("", []),
        (600000, ["600000"]),
        (["STL"], ["STL"]),
        ([{"symbol": "STL", "name": "Steel"}, {"code": "ORE"}], ["STL", "ORE"]),
        ([1], None),
        ([{"x": "STL"}], None),
        (True, None),
        (1.5, None),
        ({"symbol": "STL"}, None),
        (None, None),
    ],
)
def test_tickers(value: object, tickers: list[str] | None) -> None:
    assert ticker_list(value) == tickers
