"""Messages to bytes and back; the only place that raises `InvalidMessage` for what is on a topic."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_DEPTH, MAX_RECORD_BYTES
from services.domain.messages import SCHEMA, Message
from services.files.json_depth import is_deeper
from services.text.untrusted import masked

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
        """Bytes of one record to its message: size and depth are looked at before anything is made of it, then the
        schema, the limits of each field, and what the message itself checks (times against `now`, ms).
        """
        if data is None:
            raise InvalidMessage("invalid_field", f"expected one of {self._names}, got a record without a value")
        if len(data) > MAX_RECORD_BYTES:
            raise InvalidMessage("too_large", f"expected at most {MAX_RECORD_BYTES} bytes, got {len(data)}")
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InvalidMessage("invalid_utf8", f"byte {error.start}: {error.reason}") from error
        if is_deeper(data, MAX_DEPTH):
            raise InvalidMessage("too_deep", f"expected at most {MAX_DEPTH} levels of objects and lists, got more")
        try:
            message = self._decoder.decode(data)
        except msgspec.ValidationError as error:
            _check_schema(data)
            raise InvalidMessage("invalid_field", f"expected {self._names}: {masked(str(error))}") from error
        except msgspec.DecodeError as error:
            raise InvalidMessage("invalid_json", str(error)) from error
        if message.schema != SCHEMA:
            raise InvalidMessage("unknown_schema", f"expected schema {SCHEMA}, got {message.schema}")
        message.check(now)
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
        raise InvalidMessage("unknown_schema", f"expected schema {SCHEMA}, got {str(schema)[:40]!r}")
