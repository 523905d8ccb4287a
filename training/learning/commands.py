"""The command `groundswell train`; heavy imports wait for the call."""

from __future__ import annotations

import logging
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from training.options import DEFAULT_CONFIG, Licence, RegistryOption, with_registry

if TYPE_CHECKING:
    from training.config import TrainConfig

CONTINUE_CONFIG = DEFAULT_CONFIG.with_name("continue.yaml")
OWN_REGISTRY = "own.yaml"
_ALL_ROWS = 10_000_000
_PASSES, _TOKENS, _LEAST_STEPS, _DEV_SHARE = 10, 32, 60, 0.2
"""Of own data: passes over the rows, what a text has of tokens, about, the fewest updates, what is held out."""


def train(
    output: Annotated[
        Path | None, typer.Argument(help="Folder of the checkpoint; by default runs/NAME of the configuration.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Configuration (YAML); by default continue.yaml for --data or --set without --base.",
        ),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Your own CSV or JSON Lines with text and label; once a file."),
    ] = None,
    sets: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME", help="Train on this registered set; once a set.")
    ] = None,
    base: Annotated[
        str | None, typer.Option(metavar="NAME|FOLDER", help="Base model: a folder, a bundle, or a name of the hub.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Updates, instead of the configuration's.")] = None,
    licence: Annotated[Licence | None, typer.Option(help="permissive: train on no set that restricts its use.")] = None,
    registry: RegistryOption = None,
    resume: Annotated[bool, typer.Option(help="Go on from the checkpoint in OUTPUT, if there is one.")] = True,
) -> None:
    """Train a model and leave a checkpoint.

    The shortest way: your own file with the columns text and label (negative, neutral, positive; or 负面, 中性, 正面).
    It goes on from the published model, with ten passes over your rows. A model gives only the topics that its own sets
    teach: add one that does (--set twitter_fin_topic) where you follow topics.

    \b
      groundswell train runs/mine --data my.csv
      groundswell export runs/mine --name mine --version 1 --output models
      groundswell evaluate models/mine/1 --config runs/mine
      GROUNDSWELL_MODELS=models GROUNDSWELL_MODEL=mine groundswell score-file texts.jsonl scored.jsonl
      GROUNDSWELL_MODELS=models GROUNDSWELL_MODEL=mine groundswell up

    From nothing, with public data and a base model of the hub:

    \b
      groundswell data list
      groundswell data fetch twitter_fin_sentiment
      groundswell train runs/free --base intfloat/multilingual-e5-small --set twitter_fin_sentiment
      groundswell export runs/free --name free --version 1 --output models --max-mb 200

    A base model is a BERT, RoBERTa or XLM-R with a tokenizer.json; one of the hub is downloaded once into its cache.
    The sets are read from GROUNDSWELL_DATA, by default ../shared/data or ./data. Interrupt it as you like: the same
    command goes on where it stopped and ends with the same weights. docs/training.md has the whole walk.

    A registry of your own has the form of training/data/registry.yaml; its paths are beside it, and a set in it
    replaces the registered one of that name. The configuration says which sets are used, at most how many rows of each.

    \b
    Examples:
      groundswell train --config training/configs/default.yaml
      groundswell train runs/free --licence permissive
      groundswell train runs/mine --config mine.yaml --registry my_sets.yaml
      torchrun --nproc-per-node 2 -m services.cli train runs/two --config my.yaml
      GROUNDSWELL_DATA=~/data groundswell train runs/again --no-resume
    """
    from training.config import TrainConfig
    from training.learning.run import run_training
    from training.model.base import base_folder, licence_of

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = config or (CONTINUE_CONFIG if (data or sets) and base is None else DEFAULT_CONFIG)
    output = output or Path("runs") / config.stem
    wanted = with_registry(TrainConfig.load(config), registry)
    if licence is not None:
        wanted = wanted.replace(licence=licence.value)
    if base is not None:
        folder = Path(base).expanduser()
        place = str(folder.resolve()) if folder.is_dir() else base
        terms = licence_of(base_folder(place))
        logging.info("base: %s, licence: %s", base, terms)
        wanted = wanted.replace(model=wanted.model.replace(base=place, licence=terms))
    wanted = _with_sets(wanted, output, data or [], sets or [])
    if steps is not None:
        wanted = wanted.with_steps(steps)
    progress = run_training(wanted, output, resume=resume)
    if os.environ.get("RANK", "0") != "0":
        return  # the main process speaks for all
    Console().print(
        f"{progress.step} steps, best mean macro-F1 {progress.best_score:.4f}; "
        f"next: groundswell export {output} --name NAME --version VERSION",
        soft_wrap=True,
    )


def _with_sets(config: TrainConfig, output: Path, files: list[Path], names: list[str]) -> TrainConfig:
    """The configuration with own files and the sets that are named instead of its own sets, where there are any.

    The registry of own files is written into the folder of the run: an export reads it again.
    """
    from training.data.own_labels import write_own_registry

    caps = {name: config.sets.get(name, _ALL_ROWS) for name in names}
    if files:
        if config.registry:
            raise typer.BadParameter("give --data or --registry: a registry can name the file too", param_hint="--data")
        path = output / OWN_REGISTRY
        own, rows = write_own_registry(files, path)
        caps |= dict.fromkeys(own, _ALL_ROWS)
        config = config.replace(registry=str(path))
        if not names:
            passes = math.ceil(_PASSES * rows * _TOKENS / config.batch_tokens)
            config = config.with_steps(min(config.steps, max(_LEAST_STEPS, passes))).replace(dev_share=_DEV_SHARE)
    return config.replace(sets=caps) if caps else config
