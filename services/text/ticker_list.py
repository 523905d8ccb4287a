"""The tickers that a record brings, in the forms that sources have for them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.domain.limits import MAX_TICKER_CHARS, MAX_TICKERS

_MOST_CHARS = MAX_TICKERS * (MAX_TICKER_CHARS + 2)
_BETWEEN = re.compile(r"[\s,;|、，；]+")
_NAMES = ("symbol", "ticker", "code", "name")


def ticker_list(value: object) -> list[str] | None:
    """The tickers of a list of strings, or of objects with a symbol, or of a string such as "INTC,AMD"; else None."""
    if isinstance(value, str):
        return [ticker for ticker in _BETWEEN.split(value[:_MOST_CHARS]) if ticker]
    if not isinstance(value, (list, tuple)):
        return None
    found = [_symbol(item) for item in value]
    return [item for item in found if isinstance(item, str)] if all(isinstance(item, str) for item in found) else None


def _symbol(item: object) -> object:
    if not isinstance(item, Mapping):
        return item
    return next((item[name] for name in _NAMES if item.get(name)), None)
