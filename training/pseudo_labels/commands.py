"""The command `groundswell pseudo-label`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from training.options import DEFAULT_CONFIG, BundleArgument, Licence, RegistryOption, ThreadsOption, with_registry

if TYPE_CHECKING:
    from training.pseudo_labels.selection import Chosen


def pseudo_label(
    bundle: BundleArgument,
    out: Annotated[Path, typer.Option(help="Write {id, text, label, lang, source, confidence} here, one a line.")],
    floor: Annotated[float, typer.Option(help="Lowest calibrated probability of the leading sentiment.")] = 0.9,
    most_per_class: Annotated[int | None, typer.Option(min=1, help="At most so many texts a sentiment.")] = None,
    stream: Annotated[
        list[str] | None, typer.Option(help="Registered stream; may be given again. By default all.")
    ] = None,
    rows: Annotated[int, typer.Option(min=1, help="At most so many texts of a stream are scored.")] = 5000,
    test: Annotated[
        list[Path] | None, typer.Option(help="File with held-out texts that must not be in OUT; may be given again.")
    ] = None,
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Its sets' development splits must not be in OUT either.")
    ] = DEFAULT_CONFIG,
    licence: Annotated[Licence, typer.Option(help="permissive: label no stream that restricts its use.")] = Licence.ANY,
    registry: RegistryOption = None,
    threads: ThreadsOption = 0,
) -> None:
    """Let a bundle label the unlabelled streams, and keep the texts of which it is sure.

    The file is a data set for `groundswell train --registry`. Near duplicates come once; none is, exactly or nearly,
    in a development split or a test file. About 100 texts a second are scored on two cores.

    \b
    Examples:
      groundswell pseudo-label exported_models/zh-en-base/2026.11.2 --out pseudo.jsonl.gz --most-per-class 2000
      groundswell pseudo-label BUNDLE --out en.jsonl --stream stocknet --floor 0.95 --test test.jsonl.gz
    """
    from services.inference.bundle import load_bundle
    from training.config import TrainConfig
    from training.data.unlabelled import registered_streams
    from training.pseudo_labels import label

    console = Console()
    sets = with_registry(TrainConfig.load(config), registry)
    sources = registered_streams(sets.registry)
    wanted = label.PseudoLabelling(dict.fromkeys(stream or sources, rows), licence, floor, most_per_class)
    loaded = load_bundle(bundle)
    with console.status("reading the sets"):
        held_out = label.held_out_texts(sets, test or [])
    scored, found = label.pseudo_label(loaded, wanted, sources, held_out, threads=threads)
    label.write_pseudo_labels(out, found)
    console.print(_table(found))
    console.print(
        f"{len(found.rows)} of {scored} texts kept; {found.unsure} below {floor}, {found.repeated} near duplicates, "
        f"{found.held_out} held out, {found.over_cap} over the cap; written to {out}",
        highlight=False,
    )


def _table(found: Chosen) -> Table:
    counts = found.counts()
    languages = sorted({lang for _, lang in counts})
    table = Table("label", *languages, "all", title="pseudo-labels")
    for label in dict.fromkeys(label for label, _ in counts):
        of_label = [counts[label, lang] for lang in languages]
        table.add_row(label, *map(str, of_label), str(sum(of_label)))
    return table
