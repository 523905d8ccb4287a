"""The tickers that a record brings, in the forms that sources have for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.domain.limits import MAX_TICKER_CHARS, MAX_TICKERS

_MOST_CHARS = MAX_TICKERS * (MAX_TICKER_CHARS + 2)
_SIGNS = re.compile(r"[,;|、，；\n]")
_BLANKS = re.compile(r"\s+")
"""Where no sign parts them and none is written as NASDAQ: SMCI."""
_NAMES = ("symbol", "ticker", "code", "name")


def ticker_list(value: object) -> list[str] | None:
    """The tickers of a list of strings or of objects with a symbol, of a string such as "INTC,AMD", or of a number;
    None for what is none of them.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, str):
        between = _SIGNS if _SIGNS.search(value) or ":" in value else _BLANKS
        return [ticker.strip() for ticker in between.split(value[:_MOST_CHARS]) if ticker.strip()]
    if not isinstance(value, (list, tuple)):
        return None
    found = [_symbol(item) for item in value]
    return [item for item in found if isinstance(item, str)] if all(isinstance(item, str) for item in found) else None


def _symbol(item: object) -> object:
    if not isinstance(item, Mapping):
        return item
    return next((item[name] for name in _NAMES if item.get(name)), None)
