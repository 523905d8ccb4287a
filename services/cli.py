"""The one command `groundswell`: a table of sub-commands, each imported only when it is called.

`groundswell --help` therefore costs no more than typer. The training commands are named by string and imported at
run time: serving neither needs nor statically imports `training` (import-linter checks that), and where its
libraries are not installed one line says how to get them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from services.domain.errors import GroundswellError
from services.domain.redact import redact
from services.runtime.guard import watch_parent
from services.text.untrusted import masked

TRAINING_LIBRARIES = frozenset(
    {
        *("torch", "transformers", "sklearn", "safetensors", "onnx", "tensorboard"),
        *("accelerate", "matplotlib", "peft", "pypinyin", "vaderSentiment", "huggingface_hub"),
    }
)
HOW_TO_TRAIN = "install the training libraries: pip install 'groundswell[train]', or `make train-deps` in a clone"


@dataclass(frozen=True, slots=True)
class Lazy:
    """Where a command is: the function or typer app `attribute` of `module`; `help` is its line in the list."""

    module: str
    attribute: str
    help: str


COMMANDS: Mapping[str, Lazy] = {
    "demo": Lazy("services.runtime.commands", "demo", "Watch a real wave of bad opinion raise an alert."),
    "up": Lazy("services.runtime.commands", "up", "Run everything on this machine."),
    "doctor": Lazy("services.runtime.commands", "doctor", "Check this machine and say what to do."),
    "topics": Lazy("services.runtime.commands", "topics_app", "Create or list the Kafka topics."),
    "watchlists": Lazy("services.watchlists.commands", "watchlists_app", "Check a file of watchlists and rules."),
    "companies": Lazy("services.companies.commands", "companies_app", "Find companies in a text, or show one."),
    "ingest": Lazy("services.ingest.commands", "ingest_app", "Read feeds, files, pipes, history or HTTP."),
    "score": Lazy("services.scoring.commands", "score", "Worker: score texts from the raw topics."),
    "monitor": Lazy("services.monitoring.commands", "monitor", "Worker: raise alerts from scored texts."),
    "relay": Lazy("services.alerting.notify.commands", "relay", "Worker: tell Alertmanager of alerts."),
    "adapter": Lazy("services.alerting.receivers.commands", "adapter", "Worker: alerts to WeCom, Feishu and DingTalk."),
    "alerts": Lazy(
        "services.alerting.terminal.commands", "alerts_app", "List, show or follow alerts with their evidence."
    ),
    "texts": Lazy("services.texts.commands", "texts_app", "Follow scored texts, or find all that is known of one."),
    "dead": Lazy("services.texts.dead.commands", "dead_app", "List, show or retry what could not be used."),
    "score-file": Lazy("services.scoring.commands", "score_file", "Score a file, without Kafka."),
    "backtest": Lazy("services.backtest.commands", "backtest", "What would have alerted, without Kafka."),
    "data": Lazy("training.data.fetching.commands", "data_app", "List and fetch training data (extra: train)."),
    "train": Lazy("training.learning.commands", "train", "Train a model (extra: train)."),
    "pretrain": Lazy("training.pretraining.commands", "pretrain", "Adapt an encoder to the streams (extra: train)."),
    "export": Lazy("training.export.commands", "export", "Export a trained model to a bundle (extra: train)."),
    "distil": Lazy("training.distillation.commands", "distil", "Train a smaller student (extra: train)."),
    "convert": Lazy("training.export.commands", "convert", "Turn a bundle into another precision (extra: train)."),
    "trim-vocabulary": Lazy("training.vocabulary.commands", "trim_vocabulary", "Drop unseen pieces (extra: train)."),
    "card": Lazy("training.export.commands", "card", "Write a bundle's model card anew (extra: train)."),
    "evaluate": Lazy("training.evaluation.commands", "evaluate", "Evaluate a bundle on labelled data (extra: train)."),
    "robustness": Lazy("training.robustness.commands", "robustness", "Measure what noise costs (extra: train)."),
    "bias": Lazy("training.bias.commands", "bias", "Swap names and see what moves (extra: train)."),
    "attribute": Lazy("training.explanations.commands", "attribute", "Take a sentiment apart by token (extra: train)."),
    "label": Lazy("training.active_learning.commands", "label", "Propose and label texts (extra: train)."),
    "pseudo-label": Lazy("training.pseudo_labels.commands", "pseudo_label", "A bundle labels streams (extra: train)."),
    "leaks": Lazy("training.data.commands", "leaks", "Find test texts among the training texts (extra: train)."),
    "noise": Lazy("training.label_noise.commands", "noise", "List doubtful labels of a training set (extra: train)."),
    "topic": Lazy("training.fewshot.commands", "topic_app", "Teach a model a topic by examples (extra: train)."),
}


class LazyGroup(TyperGroup):
    """A group that lists commands from `COMMANDS` and imports one only to run it or to show its own help."""

    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """The names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, or a stand-in with its one line while the list is printed."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if self._listing:
            return TyperCommand(cmd_name, help=entry.help)
        return load(cmd_name, entry)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help without importing any command."""
        self._listing = True
        super().format_help(ctx, formatter)


def load(name: str, entry: Lazy) -> Any:
    """Import a command and make it ready to run under `name`."""
    target = getattr(importlib.import_module(entry.module), entry.attribute)
    if not isinstance(target, typer.Typer):
        single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        single.command(name)(target)
        target = single
    command = typer.main.get_command(target)
    command.name = name
    return command


app = typer.Typer(
    cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"groundswell {version('groundswell')}")
        raise typer.Exit


@app.callback()
def root(
    show: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Notice waves of negative opinion in Chinese and English financial texts.

    Settings come from GROUNDSWELL_* variables; `groundswell COMMAND --help` has examples.

    \b
    Examples:
      groundswell demo
      groundswell doctor
      groundswell backtest texts.jsonl --alerts alerts.jsonl
    """


def main() -> None:
    """Run the command line; an error of ours is one line on standard error and status 1."""
    watch_parent()
    try:
        app()
    except GroundswellError as error:
        sys.exit(_fail(str(error)))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in TRAINING_LIBRARIES:
            raise
        sys.exit(_fail(f"this command needs {error.name}: {HOW_TO_TRAIN}"))


def _fail(message: str) -> int:
    """Print one line; the exit status."""
    print("groundswell: " + " ".join(masked(redact(message)).split()), file=sys.stderr)
    return 1


if __name__ == "__main__":
    main()
