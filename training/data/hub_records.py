"""Records of a labelled set, one a text, from a dataset of the Hugging Face hub."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from training.data.records import Numbered
from training.errors import ConfigError


def hub_records(name: str, split: str) -> Iterator[Numbered]:
    """Yield the records of a split of a dataset of the hub (or of a local folder), in the fields of JSON Lines.

    Numbers of a class label become its names. A row without an id gets the dataset's last name and its number.

    :raises ConfigError: when the library `datasets`, the dataset or the split is missing.
    """
    try:
        library: Any = importlib.import_module("datasets")
    except ModuleNotFoundError as error:
        raise ConfigError(f"set {name} is on the hub; install its reader: pip install 'groundswell[hub]'") from error
    try:
        rows = library.load_dataset(name, split=split)
    except (OSError, ValueError, library.exceptions.DatasetsError) as error:
        raise ConfigError(f"hub: {name}, split {split}: {type(error).__name__}: {error}") from error
    names = {column: _label_names(feature) for column, feature in rows.features.items()}
    for line, fields in enumerate(rows, start=1):
        record = {column: _named(value, names[column]) for column, value in fields.items() if value is not None}
        yield line, {"id": f"{name.rpartition('/')[2]}-{line}", **record}


def _label_names(feature: Any) -> list[str] | None:
    names: list[str] | None = getattr(getattr(feature, "feature", feature), "names", None)
    return names


def _named(value: Any, names: list[str] | None) -> Any:
    if names is None:
        return value
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    return names[value] if 0 <= value < len(names) else "(no label)"
