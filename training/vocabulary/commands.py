"""The command `groundswell trim-vocabulary`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.options import DEFAULT_CONFIG


def trim_vocabulary(
    base: Annotated[
        str, typer.Argument(help="Folder of a base model, of a checkpoint, or of a bundle; or a base model of the hub.")
    ],
    output: Annotated[Path, typer.Argument(help="Folder to make; for a bundle NAME/VERSION in a folder of bundles.")],
    texts: Annotated[
        list[Path], typer.Option("--texts", help="JSON Lines with a field text (.gz too); give it once a file.")
    ],
    least_count: Annotated[int, typer.Option(min=1, help="Keep pieces seen at least so often.")] = 1,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Keep at most so many pieces in all, the most frequent ones.")
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Names the sets on which a bundle is measured.")
    ] = DEFAULT_CONFIG,
) -> None:
    """Cut a model's vocabulary to the pieces that occur in texts; the rows of all other pieces go.

    Special pieces and single characters always stay, so that any text can still be spelled. Of a checkpoint or a
    bundle it is measured what that costs on the development splits, and more than half a point of macro-F1 is
    refused. Give texts of all kinds that the model shall read: what does not occur in them is read worse.

    \b
    Examples:
      groundswell trim-vocabulary intfloat/multilingual-e5-small base-small --texts news.jsonl.gz
      groundswell trim-vocabulary runs/student runs/trimmed --texts a.jsonl --texts b.jsonl.gz --keep 30000
      groundswell trim-vocabulary models/mine/1 models/mine/2 --texts a.jsonl --least-count 3 --config my.yaml
    """
    from training.config import TrainConfig
    from training.export.cost import cost_table, find_costs
    from training.model.base import base_folder
    from training.vocabulary.choose import Rule
    from training.vocabulary.trim import trim_vocabulary as trim
    from training.vocabulary.usage import read_texts

    folder = Path(base) if Path(base).is_dir() else base_folder(base)
    found = trim(folder, output, read_texts(texts), Rule(least_count, keep), TrainConfig.load(config))
    console = Console()
    console.print(found.table(f"{output}, {found.texts:,} texts"))
    if costs := find_costs(output):
        console.print(cost_table(costs))
