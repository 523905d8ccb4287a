"""`groundswell backtest`."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import Progress

from services.backtest.budget import Setting, around, for_everything
from services.backtest.events import Event, read_events
from services.backtest.report.names import name_of
from services.backtest.report.page import Findings, page
from services.backtest.run import run_backtest
from services.backtest.score import GIVEN, score_texts
from services.backtest.scored_file import write_scored
from services.backtest.study import Study, study
from services.backtest.summary import Summary, facts, summary
from services.clock import now_ms
from services.companies import CompanyLinker, default_linker
from services.domain.errors import BAD_LINES, InvalidInput
from services.domain.incident import key_of, reduce_incidents
from services.domain.incident_json import incident_json
from services.domain.local_time import LocalTime
from services.files.jsonl import PIPE, open_writer
from services.files.not_over_input import refuse_input_as_output
from services.files.records import FORMATS, read_records
from services.files.replace import replace_file
from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from services.ingest.author_key import some_author_key
from services.ingest.history import LoadedTexts, defaults_for_file, load_texts
from services.observability.logs import setup_logging
from services.options import FieldOption, Timezone
from services.scoring.score_batch import effort_of
from services.settings import Settings, load_settings
from services.text.field_names import USUAL_NAMES, FieldNames
from services.watchlists.file import read_watchlists
from services.watchlists.model import Watchlists

NO_TOPICS = (
    "each text brings its sentiment, so no model is run and no topics are found: companies alone are followed; --model "
    "NAME finds topics too"
)


def backtest(
    source: Annotated[str, typer.Argument(metavar="IN", help=f"Texts with dates: {FORMATS}.")],
    alerts: Annotated[str, typer.Option(help="Where to write the alerts, one object a line.")],
    report: Annotated[Path | None, typer.Option(help="Write an HTML page with pictures here.")] = None,
    alerts_per_day: Annotated[float | None, typer.Option(help="Budget for all keys together.")] = None,
    threshold: Annotated[float | None, typer.Option(help="Score that raises an alert, without a budget.")] = None,
    watchlists: Annotated[Path | None, typer.Option(help="YAML file of what is followed, with budgets.")] = None,
    events: Annotated[str | None, typer.Option(help="JSON Lines of what happened, for the report.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model to score with.")] = None,
    timezone: Timezone = None,
    field: FieldOption = None,
) -> None:
    """Say what would have alerted, when and with which evidence, over a time-stamped file in event time.

    Reads {id, text, created_at, …} and, where present, author, source, tickers (the companies, instead of looking
    for them in the text) and sentiment. Writes one object an alert, with its p-value. The last line on standard
    output is a JSON object that counts texts, alerts and key-days.

    --report adds a page with a timeline of each key that alerted, and what other budgets would have seen, missed and
    how late. --events says what that is measured against: {entity, start, end, label}, those of label negative are to
    be found. Without a budget, all is followed at 0.2 alerts a day for each 100 keys.

    Exit status: 0 when all lines were used, 3 when some were not, 1 when nothing could be done.

    \b
    Examples:
      groundswell backtest history.jsonl.gz --alerts alerts.jsonl
      groundswell backtest history.jsonl.gz --alerts alerts.jsonl --report report.html --alerts-per-day 2
      groundswell backtest history.jsonl.gz --alerts alerts.jsonl --report report.html --events events.jsonl
      groundswell backtest history.jsonl.gz --alerts alerts.jsonl --watchlists watchlists.yaml
      groundswell score-file history.jsonl - | groundswell backtest - --alerts alerts.jsonl --threshold 1.0
    """
    for output, option in ((alerts, "--alerts"), (report, "--report")):
        refuse_input_as_output(output, option, [source, events, watchlists])
    if report is not None and Path(alerts).absolute() == report.absolute():
        raise InvalidInput(f"--report: expected another file than --alerts, got {report} for both")
    settings = load_settings(model=model)
    chosen = _chosen(settings, alerts_per_day, threshold, watchlists)
    linker = default_linker()
    known = _events(events, report, linker)
    setup_logging("backtest", "WARNING")
    console = Console(stderr=True)
    loaded = _load(source, settings, timezone, USUAL_NAMES.override(field or ()), console)
    classifier = None
    if model is None and all(text.sentiment is not None for text in loaded.texts):
        console.print(NO_TOPICS, markup=False, highlight=False, soft_wrap=True)
    else:
        classifier = Classifier(
            current_bundle(settings.model.folder, settings.model.name), threads=settings.model.threads
        )
    found: Study | None = None
    with Progress(console=console) as progress, TemporaryDirectory(prefix="groundswell-") as folder:
        scoring = progress.add_task("texts", total=len(loaded.texts))
        scored = score_texts(
            loaded.texts,
            classifier,
            linker,
            settings.model.batch_tokens,
            lambda n: progress.advance(scoring, n),
            effort=effort_of(settings.model),
        )
        if report is None:
            result = run_backtest(scored, chosen.context())
        else:
            scored_file = Path(folder) / "scored.jsonl"
            write_scored(scored, scored_file)
            runs = progress.add_task("settings", total=len(around(chosen)))
            found = study(scored_file, chosen, known, lambda: progress.advance(runs))
            result = found.result
    with open_writer(alerts) as writer:
        for record in reduce_incidents(result.messages):
            writer.write(incident_json(record, settings.display.times))
    version = classifier.bundle.model_version if classifier else GIVEN
    figures = summary(loaded, result, chosen, version)
    if report is not None and found is not None:
        _write_report(report, source, figures, found, chosen, linker, settings.display.times)
    print(json.dumps(figures))
    sys.stdout.flush()
    if loaded.dead:
        raise typer.Exit(BAD_LINES)


def _chosen(
    settings: Settings, alerts_per_day: float | None, threshold: float | None, watchlists: Path | None
) -> Setting:
    """What the options ask for.

    :raises InvalidInput: when they exclude each other, or one is no number above 0.
    """
    for name, value in (("--alerts-per-day", alerts_per_day), ("--threshold", threshold)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InvalidInput(f"{name}: expected a number above 0, got {value:g}")
    if alerts_per_day is not None:
        if threshold is not None:
            raise InvalidInput("--alerts-per-day and --threshold: expected one of them, got both")
        if watchlists is not None:
            raise InvalidInput("--alerts-per-day and --watchlists: expected one of them, got both; a list has a budget")
        return Setting(for_everything(alerts_per_day))
    file = watchlists or settings.detection.watchlists
    return Setting(read_watchlists(file) if file else Watchlists(), threshold)


def _events(path: str | None, report: Path | None, linker: CompanyLinker) -> Sequence[Event] | None:
    if report is not None and not report.parent.is_dir():
        raise InvalidInput(f"{report}: cannot be written: there is no folder {report.parent}")
    if path is None:
        return None
    if report is None:
        raise InvalidInput("--events: expected --report beside it, which is measured against them")
    return read_events(read_records(path), linker, path)


def _load(source: str, settings: Settings, zone: ZoneInfo | None, names: FieldNames, console: Console) -> LoadedTexts:
    """Read all texts; name the first lines that cannot be used, and count them all by reason."""
    defaults = defaults_for_file(source, some_author_key(settings), zone=zone, names=names)
    loaded = load_texts(read_records(source), defaults, now_ms(), source)
    for letter in loaded.dead[:20]:
        console.print(f"{letter.reason}: {letter.detail}", markup=False, highlight=False, soft_wrap=True)
    if loaded.dead:
        reasons = dict(Counter(letter.reason for letter in loaded.dead))
        console.print(f"{len(loaded.dead)} lines were left out: {reasons}", markup=False, highlight=False)
    return loaded


def _write_report(
    path: Path, source: str, figures: Summary, found: Study, chosen: Setting, linker: CompanyLinker, times: LocalTime
) -> None:
    findings = Findings(
        title="standard input" if source == PIPE else Path(source).name,
        facts=facts(figures, found.result, found.incidents, chosen, times),
        points=found.points,
        reference=found.reference,
        budget_status=found.result.budget_status,
        incidents=found.incidents,
        timelines=found.timelines,
        names={key: name_of(key, linker) for key in {key_of(record.raised) for record in found.incidents}},
        start=found.result.start,
        end=found.result.end,
        times=times,
    )
    try:
        replace_file(path, page(findings).encode("utf-8", "replace"))
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from error
