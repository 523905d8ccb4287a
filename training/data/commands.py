"""The command `groundswell leaks`; heavy imports wait for the call."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from training.data.leaks import Leak

_SHOWN = 80


def leaks(
    train: Annotated[Path, typer.Argument(help="Training texts: JSON Lines or CSV, or a configuration (.yaml).")],
    tests: Annotated[
        list[Path] | None, typer.Argument(metavar="[TEST]...", help="Files with the texts held out.")
    ] = None,
    group: Annotated[
        str | None, typer.Option(metavar="FIELD", help="A field, such as company, that must not be on both sides.")
    ] = None,
    examples: Annotated[int, typer.Option(min=0, help="Examples shown of each kind.")] = 3,
) -> None:
    """Look for texts held out that are among the training texts, exactly or nearly.

    Exact: the same text as the model reads it. Same words: but for links, digits, case and punctuation. Near: the
    sets of character 5-grams have a Jaccard similarity of 0.8 or more. With a configuration, TRAIN is the training
    side of all its sets; without TEST, its development side is checked. With --group, the values of a field that are on
    both sides are leaks too: a company's texts tell the same stories, an author's have the same turns.

    Exit status: 0 when there is no leak, 1 when there are some.

    \b
    Examples:
      groundswell leaks train.jsonl.gz test.jsonl.gz
      groundswell leaks training/configs/default.yaml
      groundswell leaks training/configs/default.yaml test.csv other.jsonl
      groundswell leaks train.csv test.csv --group company
    """
    from training.config import TrainConfig
    from training.data.corpus import corpus_of
    from training.data.leaks import find_leaks, shared_groups
    from training.data.records import field_values

    console = Console()
    held_out = {str(path): field_values(path, "text") for path in tests or []}
    if train.suffix in (".yaml", ".yml"):
        if group is not None:
            raise typer.BadParameter("needs a file as TRAIN; the sets of a configuration are grouped by the registry")
        with console.status("reading the sets"):
            corpus = corpus_of(TrainConfig.load(train))
        known = [example.text for example in corpus.train]
        held_out = held_out or {"development split": [example.text for example in corpus.dev]}
    else:
        known = field_values(train, "text")
    if not held_out:
        raise typer.BadParameter("give TEST files, or a configuration as TRAIN", param_hint="TEST")
    any_leak = False
    for name, texts in held_out.items():
        with console.status(f"comparing {name}"):
            found = find_leaks(known, texts)
        any_leak |= bool(found)
        _print_leaks(console, name, found, known, texts, examples)
    if group is not None:
        groups = field_values(train, group, optional=True)
        for path in tests or []:
            shared = shared_groups(groups, field_values(path, group, optional=True))
            any_leak |= bool(shared)
            _print_groups(console, path, group, shared, examples)
    if any_leak:
        raise typer.Exit(1)


def _print_groups(console: Console, path: Path, name: str, shared: Counter[str], examples: int) -> None:
    console.print(
        f"{path}: {len(shared)} values of {name} are in the training rows, with {shared.total()} rows here",
        highlight=False,
    )
    for value, rows in shared.most_common(examples):
        console.print(f"  {escape(value[:_SHOWN])}: {rows} rows", highlight=False)


def _print_leaks(
    console: Console, name: str, found: list[Leak], known: list[str], texts: list[str], examples: int
) -> None:
    counts = Counter(leak.likeness for leak in found)
    listed = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "none"
    console.print(f"{name}: {len(found)} of {len(texts)} texts are in the training texts ({listed})", highlight=False)
    for kind in sorted(counts):
        for leak in [one for one in found if one.likeness == kind][:examples]:
            console.print(f"  {kind} {leak.jaccard:.2f}: {escape(texts[leak.test][:_SHOWN])}", highlight=False)
            console.print(f"    training: {escape(known[leak.train][:_SHOWN])}", highlight=False)
