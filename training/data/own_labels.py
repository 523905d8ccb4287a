"""A user's own labelled files as registered sets: which of their labels means which sentiment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from services.domain.errors import InvalidInput
from training.data.registry import SENTIMENTS
from training.data.registry_file import SETS
from training.data.rows import read_rows
from training.errors import ConfigError

LEAST_ROWS = 20
"""Of each class: fewer leave nothing to validate on."""
NAMES = {
    "negative": ("negative", "neg", "bearish", "bad", "负面", "消极", "负向", "看空", "利空"),
    "neutral": ("neutral", "neu", "none", "mixed", "中性", "中立"),
    "positive": ("positive", "pos", "bullish", "good", "正面", "积极", "正向", "看多", "利好"),
}
_SENTIMENT = {name: sentiment for sentiment, names in NAMES.items() for name in names}


def own_registry(files: Sequence[Path]) -> tuple[dict[str, Any], int]:
    """A registry whose sets are these files, by stem, and how many rows they have.

    :raises ConfigError: when a file has a label that names no sentiment, fewer than two of them, or too few rows.
    :raises DataError: when a line is wrong.
    """
    sets = {}
    rows = 0
    for file in files:
        name = file.name.partition(".")[0]
        if name in sets:
            raise ConfigError(f"{file}: expected files of different names, got {name} twice")
        if not file.is_file():
            raise ConfigError(f"{file}: no such file; expected CSV or JSON Lines with text and label")
        sets[name], count = _entry(file)
        rows += count
    return {SETS: sets}, rows


def write_own_registry(files: Sequence[Path], path: Path) -> tuple[list[str], int]:
    """Write the registry of these files; the names of its sets, and how many rows they have.

    :raises TrainingError: as `own_registry`, or when it cannot be written.
    """
    registry, rows = own_registry(files)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(registry, allow_unicode=True, sort_keys=False), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from error
    return list(registry[SETS]), rows


def _entry(file: Path) -> tuple[dict[str, Any], int]:
    """The entry of a file, and how many rows it has."""
    labels: Counter[str] = Counter()
    languages: set[str] = set()
    for row in read_rows(file):
        labels[row.labels[0]] += 1
        languages.add(row.lang)
    found = {label: _SENTIMENT.get(label.strip().casefold(), "") for label in labels}
    if unknown := sorted(label for label, sentiment in found.items() if not sentiment):
        raise ConfigError(
            f"{file}: expected the labels {', '.join(SENTIMENTS)}, got {', '.join(map(repr, unknown[:5]))}; "
            "for other labels or topics write a registry (--registry, training/data/registry.yaml says how)"
        )
    rows: Counter[str] = Counter()
    for label, count in labels.items():
        rows[found[label]] += count
    if len(rows) < 2 or min(rows.values()) < LEAST_ROWS:
        got = ", ".join(f"{count} {sentiment}" for sentiment, count in sorted(rows.items())) or "no rows"
        raise ConfigError(f"{file}: expected two or three sentiments with {LEAST_ROWS} rows or more each, got {got}")
    entry = {
        "path": str(file.resolve()),
        "languages": sorted(languages),
        "licence": "own data",
        "restricted": False,
        "sentiment": {label: [sentiment] for label, sentiment in found.items()},
        "repeats": "majority",
    }
    return entry, labels.total()
