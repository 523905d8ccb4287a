"""Registry files: the shipped one, whose paths are under the data root, and a user's own, whose paths are beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml

from training.errors import ConfigError

DEFAULT_REGISTRY = Path(__file__).parent / "registry.yaml"
SETS, UNLABELLED = "sets", "unlabelled"
T = TypeVar("T")


def registered(load: Callable[[Path], dict[str, T]], own: str) -> dict[str, T]:
    """What `load` reads of the shipped registry, by name, and of a user's own file (none: ""), whose entries replace
    the shipped ones of the same name.
    """
    return {**load(DEFAULT_REGISTRY), **(load(Path(own)) if own else {})}


def read_section(path: Path, section: str, build: Callable[[str, dict[str, Any]], T]) -> dict[str, T]:
    """What `build` makes of the name and the fields of each entry of a section, by name.

    :raises ConfigError: when the file is missing, is no YAML, or has neither section or an unknown one, or an entry
        lacks a field or has a wrong one.
    """
    try:
        return {name: build(name, entry) for name, entry in _entries(path, section).items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"registry {path.name}: {type(error).__name__}: {error}") from error


def _entries(path: Path, section: str) -> dict[str, dict[str, Any]]:
    """The entries of a section by name, none where the file lacks it; paths in a user's own file become absolute."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"registry {path.name}: {type(error).__name__}: {error}") from error
    if not isinstance(document, dict) or not document or not set(document) <= {SETS, UNLABELLED}:
        got = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise ConfigError(f"registry {path.name}: expected the sections {SETS} and {UNLABELLED}, got {got}")
    entries = document.get(section, {})
    if not isinstance(entries, dict) or not all(isinstance(entry, dict) for entry in entries.values()):
        raise ConfigError(f"registry {path.name}: {section}: expected a mapping of names to entries")
    if path == DEFAULT_REGISTRY:
        return entries
    folder = path.resolve().parent
    return {name: _beside(folder, entry) for name, entry in entries.items()}


def _beside(folder: Path, entry: dict[str, Any]) -> dict[str, Any]:
    return {**entry, "path": str(folder / entry["path"])} if "path" in entry else entry
