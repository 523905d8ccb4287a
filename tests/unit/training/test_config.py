"""Every shipped configuration parses, and a wrong one says what is wrong."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from training.config import load_config, parse_config
from training.data.registry import load_registry
from training.errors import ConfigError
from training.options import DEFAULT_CONFIG

SHIPPED = sorted(path for path in DEFAULT_CONFIG.parent.glob("*.yaml") if path.stem not in ("pretrain", "student"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_parse_and_name_registered_sets(path: Path) -> None:
    config = load_config(path)
    assert set(config.sets) <= set(load_registry())
    assert parse_config(asdict(config)) == config


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        (None, "steps", 0, "steps: expected a number above 0, got 0"),
        (None, "steps", "many", "config.steps: expected int, got 'many'"),
        (None, "batch_tokens", 32, "must hold one text of max_tokens"),
        (None, "dev_share", 1.5, "dev_share: expected 0 <= share < 1, got 1.5"),
        (None, "sets", {}, "at least one set"),
        (None, "surprise", 1, r"unknown keys \['surprise'\]"),
        ("model", "frozen_layers", -2, "frozen_layers: expected -1 or more, got -2"),
        ("optimizer", "encoder_rate", -1.0, "encoder_rate: expected a number above 0"),
        ("loss", "sentiment", -1.0, "loss.sentiment: expected 0 or more"),
        ("augment", "share", 1.0, "augment.share: expected 0 <= share < 1, got 1.0"),
        ("augment", "word", 0.1, r"augment: missing keys \[\], unknown keys \['word'\]"),
    ],
)
def test_wrong_values_are_named(section: str | None, key: str, value: Any, message: str) -> None:
    document = asdict(load_config(DEFAULT_CONFIG))
    (document[section] if section else document)[key] = value
    with pytest.raises(ConfigError, match=message):
        parse_config(document)


def test_the_record_of_a_run_from_before_augmentation_parses() -> None:
    document = asdict(load_config(DEFAULT_CONFIG))
    del document["augment"]
    assert parse_config(document).augment.share == 0.0


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        load_config(tmp_path / "none.yaml")
