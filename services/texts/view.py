"""Texts on a terminal and as JSON; what others wrote is shown inert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import Origin, RawText, ScoredText
from services.kafka.topic_reader import Placed
from services.text.untrusted import safe_text
from services.texts.dead.view import as_json as letter_json
from services.texts.known import Known

SENTIMENTS = ("negative", "neutral", "positive")
MOST_TAIL_CHARS = 160
MOST_TEXT_CHARS = 1_000
MOST_NAME_CHARS = 100
MOST_KEYS_CHARS = 2_000
_TIMES = ("published_at", "first_seen_at", "scored_at")


def tail_line(text: ScoredText, times: LocalTime = IN_UTC) -> Text:
    """One scored text in a line, and its words below."""
    facts = [times.second(text.published_at), sentiment(text), text.kind, safe_text(text.source, MOST_NAME_CHARS)]
    facts += [note for note in [_time_note(text)] if note]
    facts += [about for about in (_companies(text), ", ".join(_safe(text.topics))) if about]
    line = Text("  ".join(facts), no_wrap=True, style="red" if leading(text) == SENTIMENTS[0] else "")
    return line.append(f"\n    {safe_text(text.text, MOST_TAIL_CHARS)}", style="default")


def all_known(event_id: str, known: Known, times: LocalTime = IN_UTC) -> RenderableType:
    """All that was found of a text."""
    return Group(*_parts(event_id, known, times))


def known_json(event_id: str, known: Known, times: LocalTime = IN_UTC) -> dict[str, Any]:
    """The same as one object, each message with its place."""
    return {
        "id": event_id,
        "raw": [_message_json(placed, times) for placed in known.raw],
        "scored": [_message_json(placed, times) for placed in known.scored],
        "keys": [{"key": placed.message.key, "place": _place(placed.origin)} for placed in known.keyed],
        "dead": [letter_json(buried, times) for buried in known.dead],
    }


def text_json(text: ScoredText, times: LocalTime = IN_UTC) -> dict[str, Any]:
    """A text as it is on its topic, its times in ISO 8601 with an offset."""
    fields: dict[str, Any] = msgspec.to_builtins(text)
    return fields | {name: times.iso(fields[name]) for name in _TIMES if name in fields}


def leading(text: ScoredText) -> str:
    """The likeliest sentiment."""
    return SENTIMENTS[text.sentiment.index(max(text.sentiment))]


def sentiment(text: ScoredText) -> str:
    """`negative 0.97`, with a question mark where the model is not sure."""
    return f"{leading(text)} {max(text.sentiment):.2f}{'?' if text.unsure else ''}"


def _parts(event_id: str, known: Known, times: LocalTime) -> Iterator[RenderableType]:
    yield Text(safe_text(event_id, MOST_NAME_CHARS), style="bold")
    for placed in known.raw:
        yield from _raw(placed, times)
    for placed in known.scored:
        yield from _scored(placed, times)
    if known.keyed:
        yield _title("counts for")
        keys = dict.fromkeys(placed.message.key for placed in known.keyed)
        yield _below(safe_text(", ".join(keys), MOST_KEYS_CHARS))
    for buried in known.dead:
        letter = buried.letter
        retried = "" if buried.retried_at is None else ", retried"
        yield _title(f"dead letter {buried.id}, {letter.stage}, {times.iso(letter.time)}{retried}")
        yield _below(safe_text(f"{letter.reason}: {letter.detail}", MOST_TEXT_CHARS))


def _raw(placed: Placed, times: LocalTime) -> Iterator[RenderableType]:
    raw: RawText = placed.message
    yield _title(f"came in, {_place(placed.origin)}")
    yield _below(f"published {times.iso(raw.published_at)}, first seen {times.iso(raw.first_seen_at)}")
    if note := _time_note(raw):
        yield _below(note)
    yield _below(f"{raw.kind}, {raw.lang}, from {safe_text(raw.source, MOST_NAME_CHARS)}")
    if raw.url:
        yield _below(safe_text(raw.url, MOST_TEXT_CHARS))
    yield _below(safe_text(raw.text, MOST_TEXT_CHARS))


def _scored(placed: Placed, times: LocalTime) -> Iterator[RenderableType]:
    text: ScoredText = placed.message
    yield _title(f"scored, {_place(placed.origin)}")
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(SENTIMENTS, text.sentiment, strict=True))
    yield _below(f"{shares}{'; unsure' if text.unsure else ''}, by {safe_text(text.model_version, MOST_NAME_CHARS)}")
    yield _below(f"at {times.iso(text.scored_at)}")
    if text.passage is not None:
        yield _below(f"decided by: {safe_text(text.passage.text, MOST_TEXT_CHARS)}")
    if text.cut:
        yield _below("a part of it was not read: it is too long")
    topics = ", ".join(f"{safe_text(name, MOST_NAME_CHARS)} {chance:.2f}" for name, chance in text.topics.items())
    yield _below(f"topics: {topics or 'none'}; companies: {_companies(text) or 'none'}")


def _time_note(text: RawText | ScoredText) -> str:
    """How well its time is known, where that is not exactly, and whether it takes part in detection."""
    notes = {"exact": [], "day": ["dated to the day 仅有日期"], "seen": ["no date, as of when it was seen 无发布时间"]}
    return ", ".join([*notes[text.precision], *([] if text.in_detection else ["not in detection 不计入检测"])])


def _companies(text: ScoredText) -> str:
    return ", ".join(_safe(company.id for company in text.companies))


def _safe(names: Any) -> list[str]:
    return [safe_text(name, MOST_NAME_CHARS) for name in names]


def _title(words: str) -> Text:
    return Text(f"\n{words}", style="bold")


def _below(words: str) -> Padding:
    return Padding(Text(words, overflow="fold"), (0, 0, 0, 2))


def _place(origin: Origin) -> str:
    return f"{origin.topic}/{origin.partition}/{origin.offset}"


def _message_json(placed: Placed, times: LocalTime) -> dict[str, Any]:
    return text_json(placed.message, times) | {"place": _place(placed.origin)}
