"""The commands `groundswell data list` and `fetch`; heavy imports wait for the call."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from training.options import RegistryOption

if TYPE_CHECKING:
    from training.data.fetching.fetch import Wanted

data_app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="List and fetch the data sets that a model is trained on."
)
_LINE = "{:<23} {:<9} {:<19} {:<8} {}"
ToOption = Annotated[
    Path | None, typer.Option("--to", help="The data root; by default GROUNDSWELL_DATA, ../shared/data or ./data.")
]


@data_app.command("list")
def list_sets(to: ToOption = None, registry: RegistryOption = None) -> None:
    """List the data sets by name: language, what they teach, licence, where they come from, whether they are here.

    "any" use: the licence permits it to everybody; "limited": non-commercial, for research, or not stated.

    \b
    Examples:
      groundswell data list
      groundswell data list --to data --registry my_sets.yaml
    """
    from training.data.fetching.fetch import is_there
    from training.data.registry import data_root, registered_sets

    root = (to or data_root()).absolute()
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(_LINE.format("name", "language", "teaches", "use", "here"), style="bold")
    for name, spec in registered_sets(str(registry or "")).items():
        use = "limited" if spec.restricted else "any"
        here = "as needed" if spec.hub else "yes" if is_there(spec, root) else "no"
        console.print(_LINE.format(name, " ".join(spec.languages), " ".join(spec.tasks), use, here))
        origin = f"datasets: {spec.hub}" if spec.hub else str(spec.origin) or "your own"
        console.print(f"    {spec.licence}; {origin}", style="dim")
    console.print(f"data root: {root}")
    console.print("those of the hub come with: groundswell data fetch NAME")


@data_app.command("fetch")
def fetch_sets(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Sets; by default all that the source has.")
    ] = None,
    to: ToOption = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FOLDER", help="Take them from a folder of the same layout.")
    ] = None,
    accept_licence: Annotated[
        bool, typer.Option("--accept-licence", help="Accept the licences that are shown, without being asked.")
    ] = False,
    registry: RegistryOption = None,
) -> None:
    """Fetch data sets from the Hugging Face hub, or from a folder, into the data root.

    Each licence is shown and asked for first. What is there already stays as it is. A download that was cut off goes
    on where it stopped; a set appears once all its rows were found right. fetched.json says which commit came, and
    under which licence. HF_ENDPOINT names a mirror of the hub.

    \b
    Examples:
      groundswell data fetch twitter_fin_sentiment twitter_fin_topic
      groundswell data fetch fpb --to data --accept-licence
      groundswell data fetch --from /mnt/usb/data
    """
    from training.data.fetching.fetch import choose_sets, fetch, file_of
    from training.data.registry import data_root, registered_sets
    from training.data.taxonomy import load_taxonomy

    console = Console(soft_wrap=True, highlight=False, markup=False)
    root = (to or data_root()).absolute()
    wanted = choose_sets(names or [], registered_sets(str(registry or "")), root, source)
    if not wanted:
        console.print(f"nothing to fetch: all of it is in {root}")
        return
    files = [file_of(one) for one in wanted]
    for one, file in zip(wanted, files, strict=True):
        size = f", {file.size / 1e6:.2f} MB" if file else ""
        limits = "; LIMITED: non-commercial, for research, or not stated" if one.spec.restricted else ""
        line = f"{one.spec.name}: {one.origin}{size}; licence: {one.spec.licence}{limits}"
        console.print(line)
    _accepted(wanted, accept_licence)
    taxonomy = load_taxonomy()
    for one, file in zip(wanted, files, strict=True):
        entry = fetch(one, root, taxonomy, file)
        console.print(f"{one.spec.name}: {entry.rows} rows in {root / one.spec.path}")
    there = "" if root == data_root().absolute() else f"GROUNDSWELL_DATA={root} "
    sets = " ".join(f"--set {one.spec.name}" for one in wanted)
    console.print(f"next: {there}groundswell train runs/mine {sets}")


def _accepted(wanted: Sequence[Wanted], accepted: bool) -> None:
    """Ask for the licences of all sets; one that is declined ends the command.

    :raises ConfigError: when nobody can be asked.
    """
    from training.errors import ConfigError

    if accepted:
        return
    if not sys.stdin.isatty():
        names = ", ".join(one.spec.name for one in wanted)
        raise ConfigError(f"nothing was fetched: accept the licences of {names} with --accept-licence")
    if not typer.confirm("Do you accept these licences?"):
        raise ConfigError("nothing was fetched: the licences were not accepted")
