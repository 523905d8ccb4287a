"""Read a registered set from where it lies: a file under the data root, or the Hugging Face hub."""

from __future__ import annotations

from pathlib import Path

from training.data.hub_records import hub_records
from training.data.records import file_records
from training.data.registry import LabelledSet
from training.data.rows import Row, to_rows
from training.errors import ConfigError


def read_set(spec: LabelledSet, root: Path) -> list[Row]:
    """Return all rows of a set, in their order.

    :raises ConfigError: when its file, or its dataset on the hub, is missing.
    :raises DataError: when a line is wrong.
    """
    multi, entities, group = spec.topics == "multi", spec.entities, spec.group
    if spec.hub:
        records = hub_records(spec.hub, spec.split)
        return list(to_rows(records, spec.hub, multi=multi, entities=entities, group=group))
    path = root / spec.path
    if not path.is_file():
        raise ConfigError(
            f"{spec.name}: no file {spec.path} under the data root; set GROUNDSWELL_DATA, or data fetch it"
        )
    return list(to_rows(file_records(path, spec.path), spec.path, multi=multi, entities=entities, group=group))
