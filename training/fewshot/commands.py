"""`groundswell topic add`, `list` and `remove`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from training.options import BundleOption

topic_app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@topic_app.callback()
def topic() -> None:
    """Add topics to a published model from a handful of examples; the model itself stays as it is."""


@topic_app.command()
def add(
    name: Annotated[str, typer.Argument(help="English name; in lower case it becomes the id.")],
    examples: Annotated[
        Path | None, typer.Option(help="8 to 500 rows of {text, label}, label true or false. Without: zero-shot.")
    ] = None,
    texts: Annotated[
        Path | None, typer.Option(help="Texts as your stream brings them, rows of {text}; 300 of them are used.")
    ] = None,
    bundle: BundleOption = None,
    name_zh: Annotated[str, typer.Option(help="Chinese name.")] = "",
    description: Annotated[str, typer.Option(help="What the topic is about, in a sentence.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for topics/ID.json; by default the bundle's.")] = None,
) -> None:
    """Learn a topic from examples and write topics/ID.json beside the bundle's files; workers take it up by themselves.

    The examples also tell where the topic begins and, by cross validation, what to expect of it in a stream. Both are
    far better with --texts, which need no labels: they show what other texts are like. Without examples a text is of
    the topic when it lies near the topic's names; nothing is then known of its quality.

    \b
    Examples:
      groundswell topic add "Data breach" --examples breach.jsonl --texts stream.jsonl.gz --name-zh 数据泄露
      groundswell topic add Strike --texts stream.jsonl --description "Workers stop working" --out runs/strike
    """
    from training.fewshot.add import TopicName, fit_topic, require_new, require_served, write_topic
    from training.fewshot.examples import read_texts, read_topic_examples
    from training.inference.bundle import served_bundle

    chosen = served_bundle(bundle)
    if out is None:
        require_served(chosen)
    called = TopicName(name, name_zh, description)
    require_new(out or chosen.folder, called.id)
    rows = read_topic_examples(examples) if examples is not None else []
    beside = read_texts(texts, rows) if texts is not None else []
    found = fit_topic(chosen, called, rows, beside)
    path = write_topic(found, out or chosen.folder)
    console = Console()
    console.print(str(path), soft_wrap=True)
    if found.quality is None:
        console.print("zero-shot: quality unknown; give 8 examples or more to measure it")
    else:
        quality = found.quality
        console.print(
            f"cross-validated over {quality.n} texts ({quality.positives} of the topic), for a stream of which "
            f"{100 * quality.prevalence:.1f} % is: F1 {quality.f1:.3f}, precision {quality.precision:.3f}, "
            f"recall {quality.recall:.3f}"
        )
    if not beside:
        console.print("without --texts it is a guess where the topic begins")


@topic_app.command("list")
def list_topics(bundle: BundleOption = None) -> None:
    """List the topics added to a bundle, with their cross-validated quality.

    \b
    Examples:
      groundswell topic list
    """
    from services.inference.added_topics import load_added_topics
    from training.inference.bundle import served_bundle

    chosen = served_bundle(bundle)
    table = Table(title=chosen.model_version)
    for column in ("id", "name", "languages", "threshold", "F1", "texts"):
        table.add_column(column, overflow="fold", no_wrap=column == "id")
    for one in load_added_topics(chosen).topics:
        quality = (f"{one.quality.f1:.3f}", str(one.quality.n)) if one.quality else ("unknown", "0")
        names = " / ".join(dict.fromkeys((one.name_en, one.name_zh)))
        table.add_row(one.id, names, " ".join(one.languages), f"{one.threshold:.3f}", *quality)
    Console().print(table)


@topic_app.command()
def remove(
    topic_id: Annotated[str, typer.Argument(metavar="ID", help="As topic list shows it.")],
    bundle: BundleOption = None,
) -> None:
    """Remove an added topic from a bundle.

    \b
    Examples:
      groundswell topic remove data_breach
    """
    from training.fewshot.add import remove_topic
    from training.inference.bundle import served_bundle

    chosen = served_bundle(bundle)
    remove_topic(chosen.folder, topic_id)
    Console().print(f"removed {topic_id} from {chosen.model_version}")
