"""The fields of a source's loose record, each to what it must be, or to the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args
from urllib.parse import urlsplit

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_TICKER_CHARS, MAX_TICKERS, MAX_URL_CHARS
from services.domain.messages import Kind, Precision
from services.text.clean import clean_text


def string_field(record: Mapping[str, Any], name: str) -> str | None:
    """The string `name`, None where there is none.

    :raises InvalidMessage: when it is something else.
    """
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidMessage("invalid_field", f"{name}: expected a string, got {type(value).__name__}")


def first_field(record: Mapping[str, Any], *names: str) -> object:
    """The first of `names` that is there."""
    return next((record[name] for name in names if record.get(name) is not None), None)


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
    """The address of the text when a reader may click on it: http or https, with a host and without a password."""
    value = record.get("url")
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS:
        return None
    link = value.strip()
    if not link.isprintable() or any(sign in link for sign in " <>\"'`\\"):
        return None
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return link


def tickers_field(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The tickers, upper-cased, each once; None where there is no such field.

    :raises InvalidMessage: when they are no list of strings, too many or too long.
    """
    value = record.get("tickers")
    if value is None:
        return None
    if isinstance(value, (list, tuple)) and len(value) > MAX_TICKERS:  # said before any of them is looked at
        raise InvalidMessage("invalid_field", f"tickers: expected at most {MAX_TICKERS}, got {len(value)}")
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise InvalidMessage("invalid_field", f"tickers: expected a list of strings, got {str(value)[:80]!r}")
    cleaned = (clean_text(item).lstrip("$").upper() for item in value)
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
