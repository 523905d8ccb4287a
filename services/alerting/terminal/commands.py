"""`groundswell alerts`: list, show, follow."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.console import Console

from services.alerting.incidents.find import find
from services.alerting.incidents.history import History, Step
from services.alerting.incidents.selection import Selection, in_order
from services.alerting.terminal.json_output import detail_json, listed_json, message_json
from services.alerting.terminal.list import listing
from services.alerting.terminal.message_line import message_line
from services.alerting.terminal.show import detail
from services.clock import now_ms
from services.companies import default_resolver
from services.domain.key import KeyKind, MonitoredKey
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.domain.since import parse_since
from services.files.output import write_to_nobody
from services.options import AsJson, Broker, ShownIn
from services.settings import Settings, load_settings
from services.text.json_text import json_text
from services.text.notice import notice

Severity = Annotated[int, typer.Option(min=1, max=4, help="Only of this severity or a higher one.")]
Watchlist = Annotated[str | None, typer.Option(help="Only what this watchlist follows.")]

alerts_app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


@alerts_app.callback()
def alerts() -> None:
    """List, show or follow alerts with their evidence. Times are event time, in UTC or the zone of
    GROUNDSWELL_TIMEZONE or --timezone.

    \b
    Examples:
      groundswell alerts list --open
      groundswell alerts show company:AAPL
      groundswell alerts follow
    """


@alerts_app.command("list")
def alerts_list(
    only_open: Annotated[bool, typer.Option("--open", help="Only what is open now.")] = False,
    since: Annotated[
        str | None, typer.Option(help="Only what was open at some time since: 30m, 24h, 7d ago, or a date.")
    ] = None,
    kind: Annotated[KeyKind | None, typer.Option(help="Only alerts of this kind of key.")] = None,
    severity: Severity = 1,
    watchlist: Watchlist = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most.")] = 50,
    as_json: AsJson = False,
    timezone: ShownIn = None,
    broker: Broker = None,
) -> None:
    """List incidents: those that are open, the worst first, then the others, the last cleared first.

    \b
    Examples:
      groundswell alerts list --open
      groundswell alerts list --since 24h --severity 2 --watchlist risk
      groundswell alerts list --since 2026-11-01 --kind company --json
    """
    settings = load_settings(broker=broker, timezone=timezone)
    times, begin = settings.display.times, _begin(since, settings)
    wanted = Selection(only_open, begin, kind, severity, watchlist)
    records = in_order(record for record in _history(settings).records.values() if wanted.wants(record))
    if as_json:
        for record in records[:limit]:
            print(json_text(listed_json(record, times)))
    else:
        _console().print(listing(records[:limit], max(len(records) - limit, 0), times))


@alerts_app.command("show")
def alerts_show(
    incident: Annotated[str, typer.Argument(metavar="ID", help="An id, its beginning, or a key for its latest.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    timezone: ShownIn = None,
    broker: Broker = None,
) -> None:
    """Show one incident in full: numbers, the day before it by the hour, its history, and the texts behind it.

    \b
    Examples:
      groundswell alerts show company:AAPL
      groundswell alerts show company:META
      groundswell alerts show company:AAPL@2026-11-03T15:41
      groundswell alerts show topic:earnings --json
    """
    settings = load_settings(broker=broker, timezone=timezone)
    history, times = _history(settings), settings.display.times
    record = find(history.records, _with_company_id(incident))
    steps = history.steps.get(record.raised.id, [])
    if as_json:
        print(json_text(detail_json(record, steps, times), indent=2))
    else:
        _console().print(detail(record, steps, times))


@alerts_app.command("follow")
def alerts_follow(
    since: Annotated[
        str | None, typer.Option(help="Begin with what is there since: 30m, 24h, 7d ago, or a date.")
    ] = None,
    severity: Severity = 1,
    watchlist: Watchlist = None,
    as_json: AsJson = False,
    timezone: ShownIn = None,
    broker: Broker = None,
) -> None:
    """Print what is raised, escalated, reopened or cleared as it happens, until Ctrl-C.

    \b
    Examples:
      groundswell alerts follow
      groundswell alerts follow --since 24h --severity 3 --watchlist risk
      groundswell alerts follow --json | jq .id
    """
    from services.alerting.terminal.follow import follow
    from services.kafka.broker import broker_of

    settings = load_settings(broker=broker, timezone=timezone)
    times = settings.display.times
    wanted = Selection(severity=severity, watchlist=watchlist)
    console = _console()

    def print_step(step: Step, message: IncidentRaised | IncidentCleared, record: IncidentRecord) -> None:
        if not wanted.wants(record):
            return
        with console.capture() as lines:
            console.print(message_line(step, message, times), soft_wrap=True)
        print(json_text(message_json(step, message, times)) if as_json else lines.get().rstrip())
        sys.stdout.flush()

    try:
        follow(broker_of(settings), _begin(since, settings), print_step, notice, sys.stdout.fileno())
    except KeyboardInterrupt:
        return
    except BrokenPipeError:
        write_to_nobody()


def _begin(since: str | None, settings: Settings) -> int | None:
    """`--since` in ms; a date is one of the zone in which times are shown."""
    return None if since is None else parse_since(since, now_ms(), settings.display.timezone)


def _with_company_id(incident: str) -> str:
    """The incident by the id of its company, where its key names one in another writing."""
    text, at, time = incident.partition("@")
    try:
        key = MonitoredKey.parse(text)
    except ValueError:
        return incident
    return f"{default_resolver().key_by_id(key)}{at}{time}" if key.company else incident


def _history(settings: Settings) -> History:
    """All incidents; says how many records could not be used."""
    from services.alerting.incidents.read import read_history
    from services.kafka.broker import broker_of

    left_out: list[str] = []
    history = read_history(broker_of(settings), left_out.append)
    if left_out:
        notice(f"records left out: {len(left_out)}, the first: {left_out[0]}")
    return history


def _console() -> Console:
    return Console(highlight=False)
