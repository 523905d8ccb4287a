"""The hand-written word tables, shipped as YAML beside this file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from training.errors import ConfigError

FOLDER = Path(__file__).parent / "tables"


@cache
def table(name: str) -> Mapping[str, Any]:
    """Read `tables/NAME.yaml` once.

    :raises ConfigError: when it is missing, or no YAML mapping.
    """
    try:
        document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ConfigError(f"word table {name}: {error}") from error
    if not isinstance(document, dict):
        raise ConfigError(f"word table {name}: expected a mapping, got {type(document).__name__}")
    return document


def alternatives(groups: Iterable[Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Map each word to the other words of its groups, in their order."""
    found: dict[str, dict[str, None]] = {}
    for group in groups:
        members = list(group)
        for word in members:
            found.setdefault(word, {}).update(dict.fromkeys(other for other in members if other != word))
    return {word: tuple(others) for word, others in found.items()}


@cache
def fixed_characters() -> frozenset[str]:
    """Chinese characters that carry a negation or a tone: neither replaced nor put in the place of others."""
    content = table("characters")
    return frozenset(content["negations"] + content["polar"])
