"""`groundswell texts`: tail, find."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from services.domain.errors import InvalidInput
from services.domain.messages import ScoredText
from services.files.output import write_to_nobody
from services.kafka.broker import broker_of
from services.options import AsJson, Broker
from services.settings import load_settings
from services.text.json_text import json_text
from services.text.notice import notice
from services.text.untrusted import masked
from services.texts.known import find_text
from services.texts.tail import tail
from services.texts.view import all_known, known_json, tail_line, text_json

texts_app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


@texts_app.callback()
def texts() -> None:
    """Follow texts as they are scored, or find all that is known of one.

    \b
    Examples:
      groundswell texts tail
      groundswell texts find 498210
    """


@texts_app.command("tail")
def texts_tail(
    in_json: AsJson = False,
    broker: Broker = None,
) -> None:
    """Print each text with its scores as it is scored, until Ctrl-C.

    \b
    Examples:
      groundswell texts tail
      groundswell texts tail --json | jq .sentiment
    """
    settings = load_settings(broker=broker)
    console, times = Console(highlight=False), settings.display.times

    def show(text: ScoredText) -> None:
        if in_json:
            print(json_text(text_json(text, times)))
        else:
            console.print(tail_line(text, times), soft_wrap=True)
        sys.stdout.flush()

    try:
        tail(broker_of(settings), show, notice, sys.stdout.fileno())
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        write_to_nobody()


@texts_app.command("find")
def texts_find(
    event_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the text.")],
    in_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    broker: Broker = None,
) -> None:
    """Show all that the topics know of a text: as it came, its scores, the keys it counts for, its dead letters.

    Reads the topics from their start, which takes its time where they are full.

    \b
    Examples:
      groundswell texts find 498210
      groundswell texts find 498210 --json | jq .keys
    """
    settings = load_settings(broker=broker)
    times = settings.display.times
    known = find_text(broker_of(settings), event_id, notice)
    if not known:
        raise InvalidInput(f"text {masked(event_id)!r}: no topic knows it; raw texts are kept for 7 days")
    if in_json:
        print(json_text(known_json(event_id, known, times), indent=2))
    else:
        Console(highlight=False).print(all_known(event_id, known, times))
