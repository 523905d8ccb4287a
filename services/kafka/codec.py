"""Messages to bytes and back; the only place that raises `InvalidMessage` for what is on a topic."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from services.domain.errors import InvalidMessage
from services.domain.key import MonitoredKey
from services.domain.limits import EARLIEST_MS, FUTURE_SLACK_MS, MAX_TEXT_CHARS
from services.domain.messages import SCHEMA, Message
from services.text.untrusted import masked

MAX_RECORD_BYTES = 1_000_000

M = TypeVar("M", bound=Message)
_encoder = msgspec.json.Encoder()


class Codec:
    """Decodes records that may hold any of `types`; encodes every message.

    :raises InvalidMessage: from `decode`, with the reason for the dead-letter topic.
    """

    def __init__(self, *types: type[Message]) -> None:
        union: Any = types[0]
        for each in types[1:]:
            union = union | each
        self._decoder = msgspec.json.Decoder(union)
        self._names = ", ".join(t.__name__ for t in types)

    def decode(self, data: bytes | None, now: int | None = None) -> Any:
        """Bytes of one record to its message, checked for schema, fields, dates (against `now`, ms) and sizes."""
        if data is None:
            raise InvalidMessage("invalid_field", f"expected one of {self._names}, got a record without a value")
        if len(data) > MAX_RECORD_BYTES:
            raise InvalidMessage("too_large", f"expected at most {MAX_RECORD_BYTES} bytes, got {len(data)}")
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidMessage("invalid_utf8", f"byte {error.start}: {error.reason}") from error
        try:
            message = self._decoder.decode(data)
        except msgspec.ValidationError as error:
            _check_schema(data)
            raise InvalidMessage("invalid_field", f"expected {self._names}: {masked(str(error))}") from error
        except msgspec.DecodeError as error:
            raise InvalidMessage("invalid_json", str(error)) from error
        if message.schema != SCHEMA:
            raise InvalidMessage("unknown_schema", f"expected schema {SCHEMA}, got {message.schema}")
        _check_values(message, now)
        return message


def encode(message: Message) -> bytes:
    """One message to UTF-8 JSON."""
    return _encoder.encode(message)


def _check_schema(data: bytes) -> None:
    """A message of a later schema may well have other fields: say so rather than naming a field."""
    try:
        found = msgspec.json.decode(data)
    except msgspec.DecodeError:
        return
    schema = found.get("schema", SCHEMA) if isinstance(found, dict) else SCHEMA
    if schema != SCHEMA:
        raise InvalidMessage("unknown_schema", f"expected schema {SCHEMA}, got {schema!r}")


def _check_values(message: Message, now: int | None) -> None:
    """What types alone cannot say: text not empty nor huge, a sane date, a key, probabilities that are ones."""
    text = getattr(message, "text", None)
    if isinstance(text, str):
        if not text.strip():
            raise InvalidMessage("empty_text", "expected a text, got an empty one")
        if len(text) > MAX_TEXT_CHARS:
            raise InvalidMessage("too_large", f"expected at most {MAX_TEXT_CHARS} characters, got {len(text)}")
    published = getattr(message, "published_at", None)
    if isinstance(published, int):
        seen = getattr(message, "first_seen_at", published)
        latest = (seen if now is None else min(seen, now)) + FUTURE_SLACK_MS
        if not EARLIEST_MS <= published <= latest:
            raise InvalidMessage(
                "bad_date", f"expected published_at between 1990 and a day after it was seen, got {published} ms"
            )
    key = getattr(message, "key", None)
    if isinstance(key, str):
        try:
            MonitoredKey.parse(key)
        except ValueError as error:
            raise InvalidMessage("invalid_field", f"key: {error}") from error
    sentiment = getattr(message, "sentiment", None)
    if isinstance(sentiment, tuple) and not (
        all(0.0 <= p <= 1.0 for p in sentiment) and abs(sum(sentiment) - 1.0) < 0.01
    ):
        raise InvalidMessage("invalid_field", f"expected three probabilities that sum to 1, got {sentiment}")
