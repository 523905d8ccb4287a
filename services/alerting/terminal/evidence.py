"""A text behind an alert, for a terminal: its facts, then the text with the pieces that made it negative marked."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from services.alerting.terminal.terms import minute, percent_negative, seen
from services.alerting.terminal.visible import visible
from services.domain.messages import Evidence

MOST_CHARACTERS = 1_000
INDENT = 3


def facts(one: Evidence) -> str:
    """Sentiment, reach and source in one line."""
    return f"{percent_negative(one.negative)}, {seen(one.reach)}, {visible(one.source)}"


def evidence_lines(number: int, one: Evidence) -> Iterator[RenderableType]:
    """A numbered line of facts, the text (its first thousand characters), its address."""
    yield Text(f"{number}. {facts(one)}, {minute(one.time)}")
    yield Padding(marked(one), (0, 0, 0, INDENT))
    if one.url:
        yield Padding(Text(visible(one.url), style="dim", overflow="fold"), (0, 0, 0, INDENT))


def marked(one: Evidence) -> Text:
    """The text with each of its pieces `because` in «…»; of pieces that overlap, the first."""
    text = visible(one.text)
    shown, at = Text(), 0
    for piece in sorted(one.highlights, key=lambda each: (each.start, -each.end)):
        if not at <= piece.start < piece.end <= min(len(text), MOST_CHARACTERS):
            continue
        shown.append(text[at : piece.start])
        shown.append(f"«{text[piece.start : piece.end]}»", style="bold red")
        at = piece.end
    shown.append(text[at:MOST_CHARACTERS])
    return shown.append("…") if len(text) > MOST_CHARACTERS else shown
