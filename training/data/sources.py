"""Read a registered set from where it lies: a file under the data root, or the Hugging Face hub."""

from pathlib import Path

from training.data.reader import Row, read_rows, to_rows
from training.data.records import hub_records
from training.data.registry import LabelledSet
from training.errors import ConfigError


def read_set(spec: LabelledSet, root: Path) -> list[Row]:
    """Return all rows of a set, in their order.

    :raises ConfigError: when its file, or its dataset on the hub, is missing.
    :raises DataError: when a line is wrong.
    """
    multi = spec.topics == "multi"
    if spec.hub:
        return list(to_rows(hub_records(spec.hub, spec.split), spec.hub, multi=multi, entities=spec.entities))
    path = root / spec.path
    if not path.is_file():
        raise ConfigError(f"{spec.name}: no file {spec.path} under the data root; set GROUNDSWELL_DATA")
    return list(read_rows(path, multi=multi, entities=spec.entities, name=spec.path))
