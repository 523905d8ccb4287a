"""The command ``groundswell evaluate``; heavy imports wait for the call."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.common.bundle import load_bundle
from training.cli import DEFAULT_CONFIG


def evaluate(
    bundle: Annotated[Path, typer.Argument(help="Folder of a bundle, such as exported_models/NAME/VERSION.")],
    file: Annotated[Path | None, typer.Argument(help="JSON Lines in the set's format, .gz or - too.")] = None,
    as_set: Annotated[
        str | None, typer.Option("--as", metavar="SET", help="Registered set whose labels FILE has.")
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write {id, gold, predicted, probabilities}, one a line.")
    ] = None,
    report: Annotated[Path, typer.Option(help="Write the figures here, as JSON.")] = Path("evaluation.json"),
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Names the sets when no FILE is given.")
    ] = DEFAULT_CONFIG,
    threads: Annotated[int, typer.Option(help="Inference threads; 0: one a core.")] = 0,
) -> None:
    """Evaluate a bundle on a labelled file, in the labels of a registered set.

    Every row of the file is predicted, repeats too; rows whose label has no place among the set's classes
    (such as "mixed") are counted and left out of the scores. Of sets that label entities (sentfin, finentity,
    fiqa_sa, fincuge_finnsp), the sentiment towards each entity is scored too. Without FILE, the development
    splits of all sets are evaluated, which needs the training data.

    \b
    Examples:
      groundswell evaluate exported_models/zh-en-base/2026.11.1
      groundswell evaluate BUNDLE --as fpb test.jsonl.gz --predictions out.jsonl
      zcat test.jsonl.gz | groundswell evaluate BUNDLE --as fincuge_finnl - --report finnl.json
    """
    from training.config import load_config
    from training.evaluation.evaluate import evaluate_dev, evaluate_file, write_predictions
    from training.evaluation.report import as_json, class_table, table

    if (file is None) != (as_set is None):
        raise typer.BadParameter("FILE and --as belong together: give both, or neither")
    if predictions is not None and file is None:
        raise typer.BadParameter("--predictions needs FILE")
    console = Console(stderr=str(predictions) == "-")
    version = load_bundle(bundle).model_version
    if file is None or as_set is None:
        results = evaluate_dev(bundle, load_config(config), threads=threads)
        title = f"{version}, development splits"
    else:
        evaluation = evaluate_file(bundle, as_set, file, threads=threads)
        results, title = evaluation.results, f"{version} on {file.name} as {as_set}"
        if predictions is not None:
            write_predictions(predictions, evaluation)
        if evaluation.outside:
            console.print(f"{evaluation.outside} rows have a label outside the set's classes: not scored")
    for result in results:
        console.print(class_table(result))
    console.print(table(results, title))
    content = json.dumps({"model": version, **as_json(results)}, indent=1, ensure_ascii=False)
    report.write_text(content + "\n", encoding="utf-8")
    console.print(f"figures written to {report}")
