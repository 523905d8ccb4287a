"""The command `groundswell pretrain`; heavy imports wait for the call."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.options import DEFAULT_CONFIG, Licence, RegistryOption, with_registry

PRETRAIN_CONFIG = DEFAULT_CONFIG.with_name("pretrain.yaml")


def pretrain(
    output: Annotated[
        Path | None, typer.Argument(help="Folder of the base model; by default runs/NAME of the configuration.")
    ] = None,
    config: Annotated[Path, typer.Option("--config", "-c", help="Configuration (YAML).")] = PRETRAIN_CONFIG,
    licence: Annotated[Licence | None, typer.Option(help="permissive: read no stream that restricts its use.")] = None,
    registry: RegistryOption = None,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUTPUT, if there is one.")] = True,
) -> None:
    """Adapt an encoder to the language of the unlabelled streams, by guessing masked pieces.

    Leaves a folder that `model.base` of a training configuration takes, and in pretraining.json the loss and the
    pseudo-perplexity on texts held out, before and after. Interrupt it as you like: the same command goes on
    where it stopped and ends with the same weights.

    \b
    Examples:
      groundswell pretrain --config training/configs/pretrain.yaml
      groundswell pretrain runs/free --licence permissive
      torchrun --nproc-per-node 2 -m services.cli pretrain runs/two --config my.yaml
    """
    from training.pretraining.config import PretrainConfig
    from training.pretraining.run import run_pretraining

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    wanted = with_registry(PretrainConfig.load(config), registry)
    if licence is not None:
        wanted = wanted.replace(licence=licence.value)
    output = output or Path("runs") / config.stem
    result = run_pretraining(wanted, output, resume=resume)
    if os.environ.get("RANK", "0") != "0":
        return  # the main process speaks for all
    before, after = result.perplexities
    Console().print(
        f"{result.steps} steps, pseudo-perplexity {before:.1f} before, {after:.1f} after (loss {result.before:.3f}, "
        f"{result.after:.3f}); next: groundswell train with `base: {output}` in its configuration"
    )
