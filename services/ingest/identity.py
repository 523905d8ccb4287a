"""Who and which: the id of a text and the keyed hash of its author."""

from __future__ import annotations

import hashlib
import hmac

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_ID_CHARS
from services.domain.messages import RawText

ID_REPLACED = "id_replaced"


def event_id(source: str, given: object, author: str | None, text: str) -> tuple[str, str | None]:
    """(id, what was normalised): the source's own id where it has a sane one, else a hash.

    Without an id, the same cleaned text by the same author from the same source has the same id.

    :raises InvalidMessage: when the id is neither a string nor a whole number.
    """
    if given is None or given == "":
        return _digest(source, author or "", text), None
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise InvalidMessage("invalid_field", f"id: expected a string or a whole number, got {type(given).__name__}")
    visible = str(given)
    if len(visible) <= MAX_ID_CHARS and visible.isprintable() and visible == visible.strip():
        return visible, None
    return _digest(source, visible), ID_REPLACED


def id_of_content(text: RawText) -> str:
    """The id of a text under whose own id another one came before."""
    return _digest(text.source, text.event_id, text.text)


def author_hash(key: bytes, author: object) -> str | None:
    """16 hex digits of HMAC-SHA-256 of the author's handle under `key`; None when the source names none.

    :raises InvalidMessage: when the author is neither a string nor a whole number.
    """
    if author is None or author == "":
        return None
    if isinstance(author, bool) or not isinstance(author, (str, int)):
        raise InvalidMessage("invalid_field", f"author: expected a string, got {type(author).__name__}")
    handle = str(author).encode("utf-8", "surrogatepass")
    return hmac.new(key, handle, hashlib.sha256).hexdigest()[:16]


def _digest(*parts: str) -> str:
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(joined).hexdigest()[:32]
