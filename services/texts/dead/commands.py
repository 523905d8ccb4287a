"""`groundswell dead`: list, show, retry."""

from __future__ import annotations

from typing import Annotated, get_args

import typer
from rich.console import Console

from services.clock import now_ms
from services.domain.errors import InvalidInput
from services.domain.messages import Stage
from services.domain.since import parse_since
from services.kafka.broker import Broker as KafkaBroker
from services.kafka.broker import broker_of
from services.options import AsJson, Broker
from services.settings import load_settings
from services.text.json_text import json_text
from services.text.notice import notice
from services.text.untrusted import masked
from services.texts.dead.letters import Buried, Selection, named_letter, read_letters
from services.texts.dead.retry import retry
from services.texts.dead.view import as_json, detail, listing

NOT_ALL = 3
"""Exit status of `retry` when some were not put back."""

Reason = Annotated[str | None, typer.Option(help="Only those with this reason, such as invalid_field.")]
OfStage = Annotated[str | None, typer.Option(help=f"Only those of this stage: {', '.join(get_args(Stage))}.")]
Since = Annotated[str | None, typer.Option(help="Only those buried since: 30m, 24h, 7d ago, or a date.")]

dead_app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


@dead_app.callback()
def dead() -> None:
    """What could not be used, and why: list, show, and put back once the fault is mended.

    \b
    Examples:
      groundswell dead list --since 24h
      groundswell dead show 0/12
      groundswell dead retry 0/12
    """


@dead_app.command("list")
def dead_list(
    reason: Reason = None,
    stage: OfStage = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 50,
    in_json: AsJson = False,
    broker: Broker = None,
) -> None:
    """List dead letters, the last first: reason, where the record was read, its first bytes.

    \b
    Examples:
      groundswell dead list --stage scoring --since 24h
      groundswell dead list --reason invalid_field --json | jq .detail
    """
    times = load_settings(broker=broker).display.times
    letters = _selected(_read(_kafka(broker)), reason, stage, since)[::-1]
    if in_json:
        for each in letters[:limit]:
            print(json_text(as_json(each, times)))
    else:
        Console(highlight=False).print(listing(letters[:limit], max(len(letters) - limit, 0), times))


@dead_app.command("show")
def dead_show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="As `dead list` shows it: PARTITION/OFFSET.")],
    in_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    broker: Broker = None,
) -> None:
    """Show one dead letter in full, with what it keeps of the record (4,096 bytes at most).

    \b
    Examples:
      groundswell dead show 0/12
      groundswell dead show 0/12 --json | jq -r .payload | base64 -d
    """
    times = load_settings(broker=broker).display.times
    found = named_letter(_read(_kafka(broker)), letter)
    if in_json:
        print(json_text(as_json(found, times), indent=2))
    else:
        Console(highlight=False).print(detail(found, times))


@dead_app.command("retry")
def dead_retry(
    letters: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Which; none needs --reason, --stage or --since.")
    ] = None,
    reason: Reason = None,
    stage: OfStage = None,
    since: Since = None,
    force: Annotated[bool, typer.Option("--force", help="Also those that were retried before.")] = False,
    broker: Broker = None,
) -> None:
    """Put records back on the topics where they were read, after the fault that buried them is mended.

    Each is put back once, and that it was is kept beside it. One that the topic keeps no longer is made of what the
    letter has, if that is all of it.

    Exit status: 0 when all were put back, 3 when some were not, 1 when nothing could be done.

    \b
    Examples:
      groundswell dead retry 0/12 0/13
      groundswell dead retry --reason invalid_field --since 24h
    """
    from services.kafka.record_producer import RecordProducer

    kafka = _kafka(broker)
    known = _read(kafka)
    if letters:
        wanted = [named_letter(known, name) for name in dict.fromkeys(letters)]
    elif reason or stage or since:
        chosen = _selected(known, reason, stage, since)
        wanted = [each for each in chosen if force or each.retried_at is None]
    else:
        raise InvalidInput("dead retry: expected ids, or --reason, --stage or --since to choose by, got neither")
    producer = RecordProducer(kafka, "groundswell-dead-retry")
    done = 0
    try:
        for each in wanted:
            try:
                place = retry(kafka, producer, each, now_ms(), force=force)
            except InvalidInput as error:
                notice(str(error))
            else:
                done += 1
                print(f"{each.id} is back on {masked(place.topic)}", flush=True)
    finally:
        producer.close()
    notice(f"{done} of {len(wanted)} put back")
    if done < len(wanted):
        raise typer.Exit(NOT_ALL if done else 1)


def _kafka(broker: str | None) -> KafkaBroker:
    return broker_of(load_settings(broker=broker))


def _read(kafka: KafkaBroker) -> dict[str, Buried]:
    return read_letters(kafka, lambda record: notice(f"left out: {record}"))


def _selected(letters: dict[str, Buried], reason: str | None, stage: str | None, since: str | None) -> list[Buried]:
    """Those that are asked for, the first buried first.

    :raises InvalidInput: when `stage` is no stage or `since` no time.
    """
    if stage is not None and stage not in get_args(Stage):
        raise InvalidInput(f"--stage: expected one of {', '.join(get_args(Stage))}, got {masked(stage)!r}")
    wanted = Selection(
        reason, stage, None if since is None else parse_since(since, now_ms(), load_settings().display.timezone)
    )
    return sorted((each for each in letters.values() if wanted.wants(each)), key=lambda each: each.letter.time)
