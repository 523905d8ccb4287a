"""The command `groundswell evaluate`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import rich
import typer

from services.files.jsonl import PIPE
from services.inference.bundle import load_bundle
from training.options import DEFAULT_CONFIG, BundleArgument, RegistryOption, ThreadsOption, with_registry

if TYPE_CHECKING:
    from rich.console import Console

    from training.evaluation.figures import Evaluation
    from training.metrics.results import Result

DEVELOPMENT = "development splits"
STDIN = "standard input"


def evaluate(
    bundle: BundleArgument,
    file: Annotated[Path | None, typer.Argument(help="JSON Lines in the set's format, .gz or - too.")] = None,
    as_set: Annotated[
        str | None, typer.Option("--as", metavar="SET", help="Registered set whose labels FILE has.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="BUNDLE", help="Judge this bundle on the same rows, and test the difference.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder of the figures, the page and the pictures.")
    ] = Path("evaluation"),
    predictions: Annotated[
        Path | None, typer.Option(help="Write {id, gold, predicted, probabilities}, one a line.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the figures here too, as JSON.")] = None,
    config: Annotated[
        Path,
        typer.Option("--config", "-c", help="Names the sets when no FILE is given: YAML, or the folder of a run."),
    ] = DEFAULT_CONFIG,
    registry: RegistryOption = None,
    allow_seen: Annotated[bool, typer.Option(help="Score texts even if the bundle was trained on them.")] = False,
    threads: ThreadsOption = 0,
) -> None:
    """Evaluate a bundle on a labelled file, in the labels of a registered set, or on all development splits.

    Every row of the file is predicted, repeats too; rows whose label has no place among the set's classes
    (such as "mixed") are counted and left out of the scores. Of sets that label entities (sentfin, finentity,
    fiqa_sa, fincuge_finnsp), the sentiment towards each entity is scored too. Without FILE, the development
    splits of all sets are evaluated, which needs the training data; sentiment is then read in each set's own
    convention and in the general reading.

    A file of which the bundle was trained on more than a tenth (and on more than ten rows) is refused, unless
    --allow-seen; where it was trained on fewer, the scores without them are given too.

    OUTPUT gets evaluation.json, evaluation.md and pictures: scores by set, task, language and source with 95 %
    intervals, by class, calibration, and beside them what the most frequent label and lexicons would score.

    \b
    Examples:
      groundswell evaluate exported_models/zh-en-base/2026.11.2
      groundswell evaluate models/mine/1 --config runs/mine
      groundswell evaluate BUNDLE --compare exported_models/zh-en-base/2026.11.2 --output runs/evaluation
      groundswell evaluate BUNDLE --as fpb test.jsonl.gz --predictions out.jsonl
      zcat test.jsonl.gz | groundswell evaluate BUNDLE --as fincuge_finnl - --report finnl.json
    """
    from training.config import TrainConfig
    from training.data.taxonomy import load_taxonomy
    from training.evaluation.evaluate import evaluate_development, evaluate_file, write_predictions
    from training.evaluation.measure import measure
    from training.evaluation.report.folder import write_evaluation, write_json
    from training.evaluation.report.json_document import evaluation_json
    from training.learning.checkpoint import read_run

    if (file is None) != (as_set is None):
        raise typer.BadParameter("FILE and --as belong together: give both, or neither")
    if predictions is not None and file is None:
        raise typer.BadParameter("--predictions needs FILE")
    if str(predictions) == PIPE:
        rich.reconfigure(stderr=True)  # progress bars too: standard output is for the predictions
    console = rich.get_console()
    model, other = (load_bundle(one).model_version if one is not None else None for one in (bundle, compare))
    if file is None or as_set is None:
        named = read_run(config).config if config.is_dir() else TrainConfig.load(config)
        wanted = with_registry(named, registry)
        tasks, seen = evaluate_development(bundle, wanted, other=compare, threads=threads, allow_seen=allow_seen)
        measured_on = DEVELOPMENT
    else:
        found = evaluate_file(
            bundle,
            as_set,
            file,
            other=compare,
            registry=str(registry or ""),
            threads=threads,
            allow_seen=allow_seen,
        )
        tasks, seen, measured_on = found.tasks, found.seen, f"{STDIN if str(file) == PIPE else file.name} as {as_set}"
        if predictions is not None:
            write_predictions(predictions, found)
        if found.outside:
            console.print(f"{found.outside} rows have a label outside the set's classes: not scored")
    evaluation = measure(tasks, model=str(model), measured_on=measured_on, compared_with=other, seen=seen.report(tasks))
    results = [result for task in tasks for result in task.results]
    _show(console, evaluation, results, f"{model} on {measured_on}")
    document = evaluation_json(evaluation, results)
    if report is not None:
        write_json(report, document)
    write_evaluation(output, evaluation, results, document, [one.label_space for one in tasks], load_taxonomy())
    console.print(f"figures, page and pictures written to {output}" + (f", figures to {report}" if report else ""))


def _show(console: Console, evaluation: Evaluation, results: list[Result], title: str) -> None:
    """Print the scores of each class, of all sets, with their intervals, and what else is to be said of them."""
    from training.evaluation.report.seen_lines import seen_lines
    from training.evaluation.report.terminal_tables import (
        class_table,
        comparison_table,
        interval_table,
        results_table,
    )
    from training.metrics.results import ALL

    for result in results:
        if result.source == ALL:
            console.print(class_table(result))
    console.print(results_table(results, title))
    console.print(interval_table(evaluation))
    if evaluation.compared_with is not None:
        console.print(comparison_table(evaluation))
    missing = [f"no baseline of {name}: it is not under the data root" for name in evaluation.missing]
    for line in (*seen_lines(evaluation), *missing):
        console.print(line)
