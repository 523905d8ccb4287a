"""The text of a record: its title and its body as one, clean, and repaired where it is mojibake."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_TEXT_CHARS, MAX_TITLE_CHARS
from services.text.clean import MAX_RAW_CHARS, clean_text, shortened
from services.text.mojibake import repair
from services.text.untrusted import masked

MOST_NAMED_CHARS = 200
"""Of the fields that an error names."""

TEXT_CUT = "text_cut"
MOJIBAKE_REPAIRED = "mojibake_repaired"
MOJIBAKE = "mojibake"
"""Seen, and not certain how to repair; or something that was lost is missing in it."""
CHANGES = (TEXT_CUT, MOJIBAKE_REPAIRED, MOJIBAKE)

_SENTENCE_ENDS = ".!?。!?…"


class RecordText(NamedTuple):
    """The title on its own, the text with the title before it, how long that is there, and what was changed."""

    title: str | None
    text: str
    title_chars: int
    changes: tuple[str, ...]


def record_text(record: Mapping[str, Any]) -> RecordText:
    """The text of a record with the fields `title` and `text`; a title that the text begins with is not repeated.

    :raises InvalidMessage: when there is neither, one is no string, or nothing of both can be seen.
    """
    given_title, given_text = _string(record, "title"), _string(record, "text")
    if given_title is None and given_text is None:
        named = masked(", ".join(sorted(str(name) for name, value in record.items() if value is not None)))
        raise InvalidMessage(
            "invalid_field", f"expected a field text, or title and body; got: {named[:MOST_NAMED_CHARS] or 'none'}"
        )
    raw_title, raw_text = (repair((given or "")[: MAX_RAW_CHARS + 1]) for given in (given_title, given_text))
    title = clean_text(raw_title.text, MAX_TITLE_CHARS) or None
    body = clean_text(raw_text.text, MAX_TEXT_CHARS + 1)
    before = "" if title is None else _before(title, body)
    text = before + body
    if not text:
        raise InvalidMessage("empty_text", "expected a text, nothing visible is left of it")
    text, cut = shortened(text, raw_text.text)
    changes = (
        *((TEXT_CUT,) if cut else ()),
        *((MOJIBAKE_REPAIRED,) if raw_title.changed or raw_text.changed else ()),
        *((MOJIBAKE,) if raw_title.damaged or raw_text.damaged else ()),
    )
    return RecordText(title, text, len(before), changes)


def _before(title: str, body: str) -> str:
    """What stands before the body: the title, unless the body begins with it, also where its end is left out."""
    if not body:
        return title
    if body.startswith(title.removesuffix("...").removesuffix("…").rstrip()):
        return ""
    return f"{title}{'' if title[-1] in _SENTENCE_ENDS else '.'} "


def _string(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidMessage("invalid_field", f"{name}: expected a string, got {type(value).__name__}")
