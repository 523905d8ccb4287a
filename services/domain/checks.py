"""What a message must fulfil beyond the types of its fields."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.errors import InvalidMessage
from services.domain.event_time import DAY_MS
from services.domain.key import MonitoredKey
from services.domain.limits import EARLIEST_MS, FUTURE_SLACK_MS, LATEST_MS, MAX_TEXT_CHARS

SUM_SLACK = 0.01
"""By so much three probabilities may miss the sum of 1."""


def check_time(name: str, time: int, now: int | None, earliest: int = EARLIEST_MS) -> None:
    """A time (ms) from `earliest` to a day after `now` (ms; None: the present is not known).

    :raises InvalidMessage: `bad_date`, when it is another one.
    """
    latest = LATEST_MS if now is None else now + FUTURE_SLACK_MS
    if not earliest <= time <= latest:
        raise InvalidMessage("bad_date", f"{name}: expected {earliest} to {latest} ms, got {time}")


def check_dates(published: int, seen: int, now: int | None) -> None:
    """When a text was published and first seen (ms): the former at most a day after the latter.

    :raises InvalidMessage: `bad_date`, when they cannot be.
    """
    check_time("first_seen_at", seen, now)
    check_time("published_at", published, seen if now is None else min(seen, now))


def check_day(name: str, day: int, now: int | None) -> None:
    """A day since 1970 (UTC) up to tomorrow.

    :raises InvalidMessage: `bad_date`, when it is another one.
    """
    check_time(name, day * DAY_MS, now, earliest=-DAY_MS)


def check_text(text: str) -> None:
    """Something to read, and not too much of it.

    :raises InvalidMessage: `empty_text` or `too_large`.
    """
    if not text.strip():
        raise InvalidMessage("empty_text", "expected a text, got an empty one")
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidMessage("too_large", f"expected at most {MAX_TEXT_CHARS} characters, got {len(text)}")


def check_probabilities(name: str, shares: Sequence[float]) -> None:
    """Probabilities, each from 0 to 1, of all that can be.

    :raises InvalidMessage: `invalid_field`, when they do not sum to 1.
    """
    if abs(sum(shares) - 1.0) >= SUM_SLACK:
        raise InvalidMessage("invalid_field", f"{name}: expected probabilities that sum to 1, got {shares}")


def check_key(key: str) -> MonitoredKey:
    """The followed key that `key` names.

    :raises InvalidMessage: `invalid_field`, when it is none.
    """
    try:
        return MonitoredKey.parse(key)
    except ValueError as error:
        raise InvalidMessage("invalid_field", f"key: {error}") from error


def check(fulfilled: bool, detail: str) -> None:
    """Any other rule of a field; `detail` names it, what was expected and what came.

    :raises InvalidMessage: `invalid_field`, when it is not fulfilled.
    """
    if not fulfilled:
        raise InvalidMessage("invalid_field", detail)
