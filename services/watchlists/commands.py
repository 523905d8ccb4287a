"""`groundswell watchlists check`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.companies import default_resolver
from services.companies.company_names import names_of
from services.domain.errors import BundleInvalid
from services.inference.added_topics import load_added_topics
from services.inference.bundle import current_bundle
from services.settings import Settings, load_settings
from services.watchlists.budget_text import asked_text
from services.watchlists.file import read_watchlists
from services.watchlists.model import Label, Rule, Watchlist
from services.watchlists.quiet_hours import DAYS, QuietHours
from services.watchlists.written_companies import written_companies

SHOWN_IDS = 6

watchlists_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@watchlists_app.callback()
def watchlists() -> None:
    """Watchlists and business rules in one YAML file; docs/watchlists.md has every field."""


@watchlists_app.command("check")
def check(file: Annotated[Path, typer.Argument(help="The YAML file, such as deploy/watchlists.example.yaml.")]) -> None:
    """Check a file of watchlists and rules and show what it says, before a running system takes it up.

    A bad file ends with status 1 and one line: file, line, column, what was expected and what came. Topics are checked
    against the model that is served. Companies may be written in any usual way (META, 0700.HK, 600519, Tesla, 腾讯):
    what each became is shown. One that neither the dictionary nor GROUNDSWELL_COMPANIES has is refused, with the
    nearest.

    \b
    Examples:
      groundswell watchlists check deploy/watchlists.example.yaml
      GROUNDSWELL_MODEL=mine groundswell watchlists check watchlists.yaml
    """
    topics, notes = _topics(load_settings())
    found = read_watchlists(file, topics)
    console = Console()
    console.print(_lists_table(found.lists))
    if found.rules:
        console.print(_rules_table(found.rules))
    if written := written_companies(file):
        console.print(_companies_table(written))
    for note in notes:
        console.print(f"[yellow]note[/yellow] {escape(note)}")


def _topics(settings: Settings) -> tuple[set[str] | None, list[str]]:
    """The topics of the model that is served and those added to it; None, and a note, where there is no model."""
    try:
        bundle = current_bundle(settings.model.folder, settings.model.name)
        return {topic.id for topic in bundle.manifest.topics} | set(load_added_topics(bundle).ids), []
    except BundleInvalid as error:
        return None, [f"topic ids were not checked: {error}"]


def _lists_table(lists: Iterable[Watchlist]) -> Table:
    table = _table("watchlist", "follows", "alerts", "quiet")
    for one in lists:
        pairs = {pair.label({}) for pair in one.pairs}
        followed = {"companies": _ids(one.companies), "topics": _ids(one.topics), "pairs": _ids(pairs)}
        volume = one.volume_alerts_per_100_keys
        table.add_row(
            _titled(one.name, one.label),
            _lines(*(f"{what}: {ids}" for what, ids in followed.items() if ids)),
            _lines(
                asked_text(one),
                *([f"for volume {volume:g} a day per 100 keys"] if volume else []),
                *(f"{factor:g} times for {key}" for key, factor in one.sensitivity.items()),
            ),
            _hours(one.quiet_hours),
        )
    return table


def _rules_table(rules: Iterable[Rule]) -> Table:
    table = _table("rule", "looks for", "alerts", "severity")
    for rule in rules:
        table.add_row(
            _titled(rule.name, rule.label),
            _lines(
                "any text" if rule.topics is None else f"topics: {_ids(rule.topics)}",
                "companies: all followed" if rule.companies is None else f"companies: {_ids(rule.companies)}",
            ),
            _lines(
                f"P(negative) at least {rule.negative:g}",
                f"{rule.sources} source{'s' * (rule.sources > 1)} within {rule.within_minutes} min",
            ),
            str(rule.severity),
        )
    return table


def _table(*columns: str) -> Table:
    table = Table(show_lines=True)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _lines(*lines: str) -> str:
    """Lines of one cell, each once."""
    return escape("\n".join(dict.fromkeys(lines)))


def _titled(name: str, label: Label) -> str:
    return _lines(name, label.en, label.zh)


def _ids(chosen: Iterable[str] | None) -> str:
    """`all`, or the first ids and how many more there are."""
    if chosen is None:
        return "all"
    ids = sorted(chosen)
    more = [f"and {len(ids) - SHOWN_IDS} more"] if len(ids) > SHOWN_IDS else []
    return ", ".join([*ids[:SHOWN_IDS], *more])


def _hours(hours: QuietHours | None) -> str:
    if hours is None:
        return "never"
    days = "every day" if len(hours.days) == len(DAYS) else ", ".join(DAYS[day] for day in sorted(hours.days))
    unless = [] if hours.unless_severity is None else [f"unless severity {hours.unless_severity} or more"]
    return _lines(f"{_clock(hours.start)} to {_clock(hours.end)}", hours.timezone, days, *unless)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _companies_table(written: Iterable[str]) -> Table:
    """What each writing of a company became."""
    table = _table("written", "company", "name")
    resolver = default_resolver()
    for writing in written:
        company = resolver.resolve(writing)
        if company is not None:
            table.add_row(escape(writing), escape(company), escape(names_of(resolver.records[company]).both))
    return table
