"""The fields of a source's loose record, each to what it must be, or to the reason why not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast, get_args
from urllib.parse import quote, urlsplit

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_SOURCE_CHARS, MAX_TICKER_CHARS, MAX_TICKERS, MAX_URL_CHARS
from services.domain.messages import Kind, Precision
from services.text.clean import clean_text
from services.text.ticker_list import ticker_list

_KEPT_IN_LINKS = "!#$%&()*+,/:;=?@[]~"
_NO_HOST = re.compile(r"""[@\s<>"'`\\{}|^]""")
_LINE_BREAKS = re.compile(r"[\t\r\n]")
_NAMES_OF_PEOPLE = ("id", "username", "screen_name", "handle", "login", "name")
_NAMES_OF_SOURCES = ("name", "title", "id", "domain")


def source_field(record: Mapping[str, Any]) -> str | None:
    """The name of the source, also where it is an object that has one; None where there is none.

    :raises InvalidMessage: when it is something else.
    """
    value = _named(record.get("source"), _NAMES_OF_SOURCES)
    if value is None or isinstance(value, str):
        return value
    got = type(record["source"]).__name__
    raise InvalidMessage("invalid_field", f"source: expected a string, or an object with a name, got {got}")


def publisher_field(record: Mapping[str, Any], default: str | None) -> str | None:
    """Who publishes the source, where the record names one of a plain length, or else `default`."""
    value = record.get("publisher")
    return value if isinstance(value, str) and 0 < len(value) <= MAX_SOURCE_CHARS else default


def author_field(record: Mapping[str, Any]) -> object:
    """The author's handle, also where it is an object that has one, or a list of several."""
    value = record.get("author")
    if isinstance(value, list):
        several = [_named(each, _NAMES_OF_PEOPLE) for each in value]
        return ", ".join(map(str, several)) if all(isinstance(each, (str, int)) for each in several) else value
    return _named(value, _NAMES_OF_PEOPLE)


def _named(value: object, names: tuple[str, ...]) -> object:
    """The first of `names` that an object has; what is no such object as it is."""
    if not isinstance(value, Mapping):
        return value
    return next((value[name] for name in names if value.get(name) not in (None, "")), value)


def kind_field(record: Mapping[str, Any], default: Kind) -> Kind:
    """The kind that the record names, or else `default`.

    :raises InvalidMessage: when it names another one.
    """
    kind = record.get("kind")
    if kind is None:
        return default
    if kind not in ("news", "comment"):
        raise InvalidMessage("invalid_field", f"kind: expected news or comment, got {str(kind)[:40]!r}")
    return cast(Kind, kind)


def precision_field(record: Mapping[str, Any], read: Precision) -> Precision:
    """How well the date of a text is known: as it was `read`, or what an archive kept beside an exact one."""
    kept = record.get("precision")
    return cast(Precision, kept) if read == "exact" and kept in get_args(Precision) else read


def link_field(record: Mapping[str, Any]) -> str | None:
    """The address of the text when a reader may click on it: http or https, with a host and without a password.

    Blanks, quotes and letters beyond ASCII in its path and query are encoded by percent signs, as browsers do.
    """
    value = record.get("url")
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS:
        return None
    link = _LINE_BREAKS.sub("", value.strip())
    if not link.isprintable():
        return None
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or _NO_HOST.search(parts.netloc):
        return None
    start = link.index(parts.netloc) + len(parts.netloc)
    encoded = link[:start] + quote(link[start:], safe=_KEPT_IN_LINKS)
    return encoded if len(encoded) <= MAX_URL_CHARS else None


def tickers_field(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The tickers, upper-cased, each once, from a list or from a string such as "INTC,AMD"; None where there are none.

    :raises InvalidMessage: when they are neither, too many or too long.
    """
    value = record.get("tickers")
    if value is None:
        return None
    tickers = ticker_list(value)
    if tickers is None:
        raise InvalidMessage(
            "invalid_field", f"tickers: expected a list of strings, or one with commas, got {str(value)[:80]!r}"
        )
    if len(tickers) > MAX_TICKERS:
        raise InvalidMessage("invalid_field", f"tickers: expected at most {MAX_TICKERS}, got {len(tickers)}")
    cleaned = (clean_text(item).lstrip("$").upper() for item in tickers)
    found = tuple(dict.fromkeys(item for item in cleaned if item))
    if any(len(item) > MAX_TICKER_CHARS for item in found):
        raise InvalidMessage("invalid_field", f"tickers: expected at most {MAX_TICKER_CHARS} characters each")
    return found


def sentiment_field(record: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """(negative, neutral, positive) from an object with these names or a list in this order.

    :raises InvalidMessage: when they are not three probabilities that sum to 1.
    """
    value = record.get("sentiment")
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = [value.get(name) for name in ("negative", "neutral", "positive")]
    numbers = list(value) if isinstance(value, (list, tuple)) else []
    right = len(numbers) == 3 and all(
        isinstance(p, (int, float)) and not isinstance(p, bool) and 0 <= p <= 1
        for p in numbers  # NaN is refused too
    )
    if not right or abs(sum(numbers) - 1.0) >= 0.01:
        raise InvalidMessage(
            "invalid_field",
            "sentiment: expected {negative, neutral, positive} or a list of three that sum to 1, "
            f"got {str(value)[:80]}",
        )
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
