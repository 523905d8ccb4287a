"""`groundswell backtest`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from services.backtest.run import run_backtest
from services.backtest.score import score_texts
from services.common.alert_record import merge_alerts
from services.common.bundle import current_bundle
from services.common.classifier import Classifier
from services.common.clock import now_ms
from services.common.config import load_settings
from services.common.jsonl import open_writer, read_lines
from services.common.logs import setup_logging
from services.ingest.load import Loaded, load_texts, rules_for_file
from services.monitoring.detector.params import Params
from services.scoring.entities import default_linker

BAD_LINES = 3
"""Exit status when there were lines that could not be used."""


def backtest(
    source: Annotated[str, typer.Argument(metavar="IN", help="JSON Lines with created_at; - or .gz too.")],
    alerts: Annotated[str, typer.Option(help="Where to write the alerts, one object a line.")],
    threshold: Annotated[float | None, typer.Option(help="Detector score that raises an alert.")] = None,
    model: Annotated[str | None, typer.Option(help="Name of the model to score with.")] = None,
) -> None:
    """Say what would have alerted, when and with which evidence, over a time-stamped file in event time.

    Reads {id, text, created_at, …} and, where present, author, source, tickers (the companies, instead of looking
    for them in the text) and sentiment. Writes one object an alert. The last line on standard output is a JSON
    object that counts texts, alerts and key-days.

    Exit status: 0 when all lines were used, 3 when some were not, 1 when nothing could be done.

    \b
    Examples:
      groundswell backtest history.jsonl.gz --alerts alerts.jsonl
      groundswell score-file history.jsonl - | groundswell backtest - --alerts alerts.jsonl --threshold 1.0
    """
    settings = load_settings(model=model, raise_at=threshold)
    setup_logging("backtest", "WARNING")
    console = Console(stderr=True)
    rules = rules_for_file(source, settings.author_key.get_secret_value().encode())
    loaded = load_texts(read_lines(source), rules, now_ms(), source)
    _say_dead(loaded, console)
    classifier = None
    if any(text.sentiment is None for text in loaded.texts):
        classifier = Classifier(current_bundle(settings.models, settings.model), threads=settings.threads)
    params = Params(raise_at=settings.raise_at, clear_at=settings.raise_at / 2)
    with Progress(console=console) as progress:
        task = progress.add_task("texts", total=len(loaded.texts))
        scored = score_texts(
            loaded.texts,
            classifier,
            default_linker(),
            settings.batch_tokens,
            lambda n: progress.advance(task, n),
            explain=settings.explain,
        )
        result = run_backtest(scored, params)
    records = merge_alerts(result.raised())
    with open_writer(alerts) as writer:
        for record in records:
            writer.write(record)
    summary = {
        "texts": result.texts,
        "repeated": len(loaded.repeated),
        "dead": len(loaded.dead),
        "alerts": len(records),
        "keys": result.keys,
        "key_days": round(result.key_days, 2),
        "threshold": settings.raise_at,
        "model_version": classifier.bundle.model_version if classifier else "given",
    }
    print(json.dumps(summary))
    sys.stdout.flush()
    if loaded.dead:
        raise typer.Exit(BAD_LINES)


def _say_dead(loaded: Loaded, console: Console) -> None:
    """Name the first lines that cannot be used, and count them all by reason."""
    for letter in loaded.dead[:20]:
        console.print(f"{letter.reason}: {letter.detail}", markup=False, highlight=False, soft_wrap=True)
    if loaded.dead:
        reasons = dict(Counter(letter.reason for letter in loaded.dead))
        console.print(f"{len(loaded.dead)} lines were left out: {reasons}", markup=False, highlight=False)
