"""`groundswell score` and `groundswell score-file`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TimeRemainingColumn,
)
from rich.text import Text

from services.companies import default_linker
from services.domain.errors import BAD_LINES
from services.files.jsonl import BadLine, open_writer
from services.files.not_over_input import refuse_input_as_output
from services.files.records import FORMATS, read_records
from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from services.observability.logs import setup_logging
from services.observability.metrics import Metrics
from services.options import Broker, FieldOption
from services.scoring.score_file import score_lines
from services.settings import load_settings
from services.text.field_names import USUAL_NAMES

if TYPE_CHECKING:
    from services.kafka.partition_counts import PartitionCounts
    from services.kafka.stuck import Work


def score(
    broker: Broker = None,
) -> None:
    """Score texts from the raw topics for sentiment, topics and companies, and publish them.

    Serves the model that exported_models/NAME/CURRENT names, with the topics added to it, and changes over when either
    changes.

    \b
    Examples:
      groundswell score --broker 127.0.0.1:9092
      GROUNDSWELL_MODEL=zh-en-base GROUNDSWELL_METRICS_PORT=9102 groundswell score
    """
    from services.kafka.run_worker import run_worker
    from services.kafka.stuck import Work
    from services.kafka.topics import SCORED
    from services.scoring.metrics import show_model
    from services.scoring.model_reloader import ModelReloader
    from services.scoring.worker import ScoringWorker

    settings = load_settings(broker=broker)
    setup_logging("score", settings.log.level)
    metrics = Metrics(CollectorRegistry())
    reloader = ModelReloader(
        settings.model.folder,
        settings.model.name,
        load=lambda bundle: Classifier(bundle, threads=settings.model.threads),
        changed=lambda model: show_model(metrics, model),
    )
    linker = default_linker()

    def build(counts: PartitionCounts) -> tuple[Any, Work]:
        worker = ScoringWorker(settings, metrics, reloader, linker, counts.of(SCORED))
        return worker.app, Work(worker.inferred, worker.infers)

    run_worker(build, settings, metrics, "score")


def score_file(
    source: Annotated[str, typer.Argument(metavar="IN", help=f"Texts: {FORMATS}.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="Where to write; - or .gz too.")],
    model: Annotated[str | None, typer.Option(help="Name of the model to use.")] = None,
    threads: Annotated[int | None, typer.Option(help="Inference threads; 0 takes one a core.")] = None,
    field: FieldOption = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why; up to 13 times the work.")] = False,
) -> None:
    """Score a file without Kafka: adds sentiment, unsure, topics, companies, lang and model_version to each object.

    companies are those that the text names, or its tickers: [{"id", "name", "mention", "start", "end", "sentiment"}].

    The text of a line is its title and its text, under the names that docs/sources.md lists, or those of --field.

    A line may bring entities, [{"name": ..., "start": ..., "end": ...}] (start and end where known); each comes
    back with a sentiment of its own.

    --explain adds because, [{"text", "start", "end", "effect"}]: the up to three pieces of the cleaned text without
    which its sentiment would be less likely, and by how much.

    The order stays. A bad line is reported with its number and left out. The last line on standard error is a
    JSON object with the counts.

    Exit status: 0 when all lines were scored, 3 when there were bad lines, 1 when nothing could be done.

    \b
    Examples:
      groundswell score-file texts.jsonl scored.jsonl
      zcat texts.jsonl.gz | groundswell score-file - scored.jsonl.gz
      groundswell score-file alerts.jsonl why.jsonl --explain
    """
    refuse_input_as_output(target, "OUT", [source])
    names = USUAL_NAMES.override(field or ())
    settings = load_settings(model=model, threads=threads)
    setup_logging("score-file", "WARNING")
    classifier = Classifier(current_bundle(settings.model.folder, settings.model.name), threads=settings.model.threads)
    console = Console(stderr=True)
    bad: Counter[str] = Counter()

    def refuse(line: BadLine) -> None:
        bad[line.reason] += 1
        console.print(
            f"line {line.number}: {line.reason}: {line.detail}", markup=False, highlight=False, soft_wrap=True
        )

    start = monotonic()
    done = cut = 0
    with open_writer(target) as writer, _progress(console) as progress:
        task = progress.add_task("", total=_count_lines(source))
        for record in score_lines(
            read_records(source),
            classifier,
            default_linker(),
            settings.model.batch_tokens,
            refuse,
            explained=explain,
            names=names,
            most_sentences=settings.model.most_sentences,
        ):
            writer.write(record)
            done += 1
            cut += record["cut"]
            progress.update(task, completed=done + bad.total())
    seconds = monotonic() - start
    summary = {
        "texts": done,
        "bad": bad.total(),
        "cut": cut,
        "reasons": dict(bad),
        "seconds": round(seconds, 3),
        "texts_per_second": round(done / seconds, 1) if seconds else 0.0,
        "model_version": classifier.bundle.model_version,
    }
    print(json.dumps(summary), file=sys.stderr)
    if bad:
        raise typer.Exit(BAD_LINES)


class _Rate(ProgressColumn):
    """Lines a second."""

    def render(self, task: Task) -> Text:
        """The rate, blank at first."""
        return Text("" if task.speed is None else f"{task.speed:,.0f}/s")


def _progress(console: Console) -> Progress:
    return Progress(BarColumn(), MofNCompleteColumn(), _Rate(), TimeRemainingColumn(), console=console)


def _count_lines(source: str) -> int | None:
    """How many lines there are to read; None for a pipe, which can be read only once.

    :raises InvalidInput: when the file cannot be read.
    """
    return sum(1 for _ in read_records(source)) if Path(source).is_file() else None
