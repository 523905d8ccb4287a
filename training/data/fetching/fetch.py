"""Bring sets of the registry into a data root, whole or not at all."""

from __future__ import annotations

import difflib
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.files.jsonl import open_writer
from training.data.examples import check_labels
from training.data.fetching.conversion import converted
from training.data.fetching.fetched import Fetched, note_fetched
from training.data.registry import LabelledSet
from training.data.rows import to_rows
from training.data.sources import read_set
from training.data.taxonomy import Taxonomy
from training.errors import ConfigError, HubError
from training.hub import HubFile, download, find_file


@dataclass(frozen=True)
class Wanted:
    """A set to fetch, and the folder that has it already, where it comes from one."""

    spec: LabelledSet
    folder: Path | None = None

    @property
    def origin(self) -> str:
        """Where it comes from, for people."""
        return f"folder {self.folder}" if self.folder else str(self.spec.origin)


def choose_sets(
    names: Sequence[str], registry: Mapping[str, LabelledSet], root: Path, folder: Path | None
) -> list[Wanted]:
    """The sets of these names that are not in the data root; without names, all that the source has.

    :raises ConfigError: when a name is not registered, or the source does not have it.
    """
    for name in names:
        if name not in registry:
            near = difflib.get_close_matches(name, registry, n=3, cutoff=0.4)
            hint = f"did you mean {', '.join(near)}?" if near else "`groundswell data list` names them"
            raise ConfigError(f"no set {name!r} is registered; {hint}")
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"{folder}: expected a folder with sets, such as {folder / 'NAME' / 'train.jsonl.gz'}")
    wanted = [Wanted(registry[name], folder) for name in dict.fromkeys(names)]
    if not names:
        wanted = [one for one in (Wanted(spec, folder) for spec in registry.values()) if _lacks(one) is None]
    for one in wanted:
        if (lack := _lacks(one)) is not None:
            raise ConfigError(lack)
    return [one for one in wanted if not is_there(one.spec, root)]


def is_there(spec: LabelledSet, root: Path) -> bool:
    """Whether the data root has the set; what is read by way of `datasets` is never in it."""
    return bool(spec.path) and (root / spec.path).is_file()


def fetch(wanted: Wanted, root: Path, taxonomy: Taxonomy, file: HubFile | None = None) -> Fetched:
    """Bring one set into the data root, once all its rows were found right, and note it in `fetched.json`.

    `file`: what `file_of` found of it on the hub.

    :raises HubError: when it cannot be downloaded.
    :raises DataError: when a row is not as the registry says.
    :raises ConfigError: when the data root cannot be written.
    """
    spec, target = wanted.spec, root / wanted.spec.path
    if file is None:
        source, revision = (wanted.folder or root) / spec.path, ""
        rows = len(_checked(wanted, read_set(spec, wanted.folder or root), taxonomy))
    else:
        source, revision = download(file), file.revision
        records = list(converted(source, spec))
        found = to_rows(enumerate(records, start=1), spec.path, multi=spec.topics == "multi", entities=spec.entities)
        rows = len(_checked(wanted, list(found), taxonomy))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if file is None:
            _copy(source, target)
        else:
            _write(records, target)
        with source.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        entry = Fetched(wanted.origin, revision, digest, rows, spec.licence)
        note_fetched(root, spec.name, entry)
    except OSError as error:
        raise ConfigError(f"{spec.name}: cannot write to {root}: {error.strerror or error}") from error
    return entry


def file_of(wanted: Wanted) -> HubFile | None:
    """What the hub has of a set; None where it comes from a folder.

    :raises HubError: as `find_file`.
    """
    if wanted.folder is not None:
        return None
    try:
        return find_file(wanted.spec.origin.hub, wanted.spec.origin.file, "dataset")
    except HubError as error:
        raise HubError(f"{wanted.spec.name}: {error}; --from FOLDER takes it from a folder that has it") from error


def _lacks(wanted: Wanted) -> str | None:
    """Why its source does not have a set; None when it does."""
    spec, folder = wanted.spec, wanted.folder
    if spec.hub:
        return f"{spec.name} is read from the hub as it is needed (pip install 'groundswell[hub]'): nothing to fetch"
    if folder is not None:
        return None if (folder / spec.path).is_file() else f"{spec.name}: no file {spec.path} in {folder}"
    if spec.origin.hub:
        return None
    page = f": get it from {spec.origin.page}" if spec.origin.page else ""
    return f"{spec.name} is not on the hub{page}; --from FOLDER takes a folder that has {spec.path}"


def _checked(wanted: Wanted, rows: list[Any], taxonomy: Taxonomy) -> list[Any]:
    label_map = taxonomy.label_map(wanted.spec.name)
    for row in rows:
        check_labels(row, wanted.spec, label_map, wanted.spec.path)
    return rows


def _write(records: Sequence[dict[str, Any]], target: Path) -> None:
    with open_writer(target) as writer:
        for record in records:
            writer.write(record)


def _copy(source: Path, target: Path) -> None:
    temporary = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
