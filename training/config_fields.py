"""Typed configuration sections: what is missing, unknown, of the wrong type or out of range is named."""

from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import yaml

from training.errors import ConfigError


def read_yaml(path: Path) -> Any:
    """Read a configuration file as plain values.

    :raises ConfigError: when it is missing or is no YAML.
    """
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"config {path.name}: {error}") from error


def section(value: Any, name: str, kind: type) -> dict[str, Any]:
    """The values of a mapping that has the fields of the dataclass ``kind``; integers become floats where wanted.

    :raises ConfigError: when it is no mapping, or a key is missing, unknown or of the wrong type.
    """
    if not isinstance(value, dict):
        raise ConfigError(f"config: {name}: expected a mapping, got {type(value).__name__}")
    types = {each.name: each.type for each in fields(kind)}
    required = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}
    missing, unknown = sorted(required - set(value)), sorted(set(value) - set(types))
    if missing or unknown:
        raise ConfigError(f"config: {name}: missing keys {missing}, unknown keys {unknown}")
    return {key: _typed(f"{name}.{key}", types[key], entry) for key, entry in value.items()}


def _typed(name: str, kind: Any, value: Any) -> Any:
    wanted = {int: (int,), float: (int, float), str: (str,), bool: (bool,)}.get(kind)
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool)):
        raise ConfigError(f"config: {name}: expected {kind.__name__}, got {value!r}")
    return float(value) if kind is float else value


def one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    """Refuse a value that is not among the known ones."""
    if value not in known:
        raise ConfigError(f"config: {name}: expected one of {', '.join(known)}, got {value!r}")


def positive(name: str, value: float) -> None:
    """Refuse what is no number above 0."""
    if not isinstance(value, (int, float)) or value <= 0:
        raise ConfigError(f"config: {name}: expected a number above 0, got {value!r}")


def share(name: str, value: float) -> None:
    """Refuse a number outside [0, 1)."""
    if not 0 <= value < 1:
        raise ConfigError(f"config: {name}: expected 0 <= share < 1, got {value!r}")
