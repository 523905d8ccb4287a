"""The command `groundswell distil`; heavy imports wait for the call."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

STUDENT_CONFIG = Path(__file__).parents[1] / "configs" / "student.yaml"


def distil(
    teacher: Annotated[Path, typer.Argument(help="Folder of a checkpoint that train wrote, or of a bundle.")],
    output: Annotated[
        Path | None, typer.Argument(help="Folder of the student's checkpoint; by default runs/NAME of CONFIG.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="Configuration (YAML).")] = STUDENT_CONFIG,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUTPUT, if there is one.")] = True,
) -> None:
    """Distil a teacher into a student with fewer layers and leave a checkpoint.

    The student begins as every second layer of the teacher. It learns to answer as the teacher does, with its
    hidden states, on the training texts and on unlabelled streams. The data is read from the folder in
    GROUNDSWELL_DATA, by default ../shared/data. An interrupted run goes on with the same command. At the end the
    scores of both are printed, and what distillation cost is kept in OUTPUT/cost.json, which export hands on.

    \b
    Examples:
      groundswell distil runs/default runs/student
      groundswell distil exported_models/zh-en-base/2026.11.2 runs/small --config my_student.yaml
      groundswell export runs/student --name zh-en-small --version 2026.12.1
    """
    from training.distillation.run import run_distillation

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    output = output or Path("runs") / config.stem
    found = run_distillation(teacher, config, output, resume=resume)
    if found is None:
        return  # the main process speaks for all
    console = Console()
    console.print(found.table(f"{output.name} beside {found.teacher}, development splits"))
    console.print(
        f"mean macro-F1 {found.cost.macro_f1_after:.4f}, {found.cost.points:+.2f} points lost; "
        f"next: groundswell export {output} --name NAME --version VERSION"
    )
