"""The command `groundswell noise`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.options import BundleArgument, RegistryOption, ThreadsOption


def noise(
    bundle: BundleArgument,
    set_name: Annotated[str, typer.Argument(metavar="SET", help="Registered set with one label a text.")],
    out: Annotated[Path, typer.Option(help="Write the doubtful rows here, the most doubtful first.")],
    registry: RegistryOption = None,
    threads: ThreadsOption = 0,
) -> None:
    """List the rows of a set whose labels a bundle confidently contradicts (confident learning).

    Writes {id, line, text, label, suggested, margin, probabilities}, one a line. A bundle that was trained on the
    set has learned some of its wrong labels, so fewer are found than by a model that never saw them.

    \b
    Examples:
      groundswell noise exported_models/zh-en-base/2026.11.2 fincuge_finfe --out suspects.jsonl
    """
    from services.files.jsonl import open_writer
    from services.inference.bundle import load_bundle
    from training.label_noise.doubtful_rows import doubtful_rows

    console = Console()
    loaded = load_bundle(bundle)
    checked, found = doubtful_rows(loaded, set_name, registry=str(registry or ""), threads=threads)
    with open_writer(out) as writer:
        for row in found:
            writer.write(row)
    console.print(f"{len(found)} of {checked} labels are doubtful; written to {out}")
    if set_name in {entry.get("name") for entry in loaded.manifest.training_data}:
        console.print(f"{loaded.model_version} was trained on {set_name}: the count is optimistic")
