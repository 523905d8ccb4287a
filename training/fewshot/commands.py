"""``groundswell topic add``, ``list`` and ``remove``; heavy imports wait for the call."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from services.common.bundle import Bundle

topic_app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)

BundleOption = Annotated[Path | None, typer.Option(help="Folder of a bundle; by default the one that is served.")]


@topic_app.callback()
def topic() -> None:
    """Add topics to a published model from a handful of examples; the model itself stays as it is."""


@topic_app.command()
def add(
    name: Annotated[str, typer.Argument(help="English name; in lower case it becomes the id.")],
    examples: Annotated[
        Path | None, typer.Option(help="8 to 64 lines of {text, label}, label true or false. Without: zero-shot.")
    ] = None,
    bundle: BundleOption = None,
    name_zh: Annotated[str, typer.Option(help="Chinese name.")] = "",
    description: Annotated[str, typer.Option(help="What the topic is about, in a sentence.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for topics/ID.json; by default the bundle's.")] = None,
) -> None:
    """Learn a topic from examples and write topics/ID.json beside the bundle's files.

    The examples also tell its threshold and, by cross validation, what to expect of it. Without examples a text is
    of the topic when it lies near the topic's names; nothing is then known of its quality.

    \b
    Examples:
      groundswell topic add "Data breach" --examples breach.jsonl --name-zh 数据泄露
      groundswell topic add Strike --description "Workers stop working" --out /tmp/try
    """
    from training.fewshot.add import TopicName, fit_topic, require_served, write_topic
    from training.fewshot.examples import read_topic_examples

    chosen = _bundle(bundle)
    if out is None:
        require_served(chosen)
    rows = read_topic_examples(examples) if examples is not None else []
    found = fit_topic(chosen, TopicName(name, name_zh, description), rows)
    path = write_topic(found, out or chosen.folder)
    console = Console()
    console.print(f"{path}: threshold {found.threshold:.3f}", soft_wrap=True)
    if found.quality is None:
        console.print("zero-shot: quality unknown; give 8 examples or more to measure it")
    else:
        quality = found.quality
        console.print(
            f"cross-validated over {quality.n} examples ({quality.positives} of the topic): "
            f"F1 {quality.f1:.3f}, precision {quality.precision:.3f}, recall {quality.recall:.3f}"
        )


@topic_app.command("list")
def list_topics(bundle: BundleOption = None) -> None:
    """List the topics added to a bundle, with their cross-validated quality.

    \b
    Examples:
      groundswell topic list
    """
    from services.common.added_topics import load_added_topics

    chosen = _bundle(bundle)
    table = Table("id", "name", "languages", "threshold", "F1", "examples", title=chosen.model_version)
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

    chosen = _bundle(bundle)
    remove_topic(chosen.folder, topic_id)
    Console().print(f"removed {topic_id} from {chosen.model_version}")


def _bundle(folder: Path | None) -> "Bundle":
    from services.common.bundle import current_bundle, load_bundle
    from services.common.config import load_settings

    if folder is not None:
        return load_bundle(folder)
    settings = load_settings()
    return current_bundle(settings.models, settings.model)
