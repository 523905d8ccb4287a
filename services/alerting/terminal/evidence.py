"""A text behind an alert, for a terminal: its facts, then the text with the pieces that made it negative marked."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from services.alerting.terminal.terms import percent_negative, seen
from services.domain.local_time import LocalTime
from services.domain.messages import Evidence
from services.text.untrusted import masked, safe_text

MOST_CHARACTERS = 1_000
MOST_SOURCE_CHARS = 100
MOST_URL_CHARS = 2_000
INDENT = 3


def facts(one: Evidence) -> str:
    """Sentiment, reach and source in one line."""
    return f"{percent_negative(one.negative)}, {seen(one.reach)}, {safe_text(one.source, MOST_SOURCE_CHARS)}"


def evidence_lines(number: int, one: Evidence, times: LocalTime) -> Iterator[RenderableType]:
    """A numbered line of facts, the text (its first thousand characters), its address."""
    yield Text(f"{number}. {facts(one)}, {times.minute(one.time)}")
    yield Padding(marked(one), (0, 0, 0, INDENT))
    if one.url:
        yield Padding(Text(safe_text(one.url, MOST_URL_CHARS), style="dim", overflow="fold"), (0, 0, 0, INDENT))


def marked(one: Evidence) -> Text:
    """The text with each of its highlights in «…»; of such that overlap, the first."""
    text = masked(one.text[: MOST_CHARACTERS + 1])
    shown, at = Text(), 0
    for piece in sorted(one.highlights, key=lambda each: (each.start, -each.end)):
        if not at <= piece.start < piece.end <= min(len(text), MOST_CHARACTERS):
            continue
        shown.append(text[at : piece.start])
        shown.append(f"«{text[piece.start : piece.end]}»", style="bold red")
        at = piece.end
    shown.append(text[at:MOST_CHARACTERS])
    return shown.append("…") if len(text) > MOST_CHARACTERS else shown
