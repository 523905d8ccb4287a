"""Every shipped configuration parses, and a wrong one says what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from training.config import TrainConfig
from training.data.registry import load_registry
from training.errors import ConfigError
from training.options import DEFAULT_CONFIG

SHIPPED = sorted(path for path in DEFAULT_CONFIG.parent.glob("*.yaml") if path.stem not in ("pretrain", "student"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_parse_and_name_registered_sets(path: Path) -> None:
    config = TrainConfig.load(path)
    assert set(config.sets) <= set(load_registry())
    assert TrainConfig.parse(config.model_dump()) == config


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        (None, "steps", 0, "steps: expected a number above 0, got 0"),
        (None, "steps", "many", "config: steps: expected a valid integer, got 'many'"),
        (None, "batch_tokens", 32, "must hold one text of max_tokens"),
        (None, "dev_share", 1.5, "dev_share: expected less than 1, got 1.5"),
        (None, "sets", {}, "sets: expected at least 1, got {}"),
        (None, "surprise", 1, "config: surprise: expected no such key, got 1"),
        (None, "wandb", 1, "config: wandb: expected a valid boolean, got 1"),
        (None, "seed", 1.5, "config: seed: expected a valid integer, got 1.5"),
        (None, "steps", True, "config: steps: expected a valid integer, got True"),
        (None, "precision", "int4", "config: precision: expected 'fp32', 'bf16' or 'fp16', got 'int4'"),
        (None, "model", "e5", "config: model: expected a mapping, got 'e5'"),
        ("sets", "fpb", 0, "config: sets.fpb: expected a number above 0, got 0"),
        ("model", "frozen_layers", -2, "config: model.frozen_layers: expected -1 or more, got -2"),
        ("optimizer", "encoder_rate", -1.0, "encoder_rate: expected a number above 0"),
        ("loss", "sentiment", -1.0, "loss.sentiment: expected 0 or more"),
        ("augment", "share", 1.0, "augment.share: expected less than 1, got 1.0"),
        ("optimizer", "layer_decay", 1.1, "optimizer.layer_decay: expected at most 1, got 1.1"),
        ("augment", "word", 0.1, "augment.word: expected no such key, got 0.1"),
    ],
)
def test_wrong_values_are_named(section: str | None, key: str, value: Any, message: str) -> None:
    document = TrainConfig.load(DEFAULT_CONFIG).model_dump()
    (document[section] if section else document)[key] = value
    with pytest.raises(ConfigError, match=message):
        TrainConfig.parse(document)


def test_the_record_of_a_run_from_before_augmentation_parses() -> None:
    document = TrainConfig.load(DEFAULT_CONFIG).model_dump()
    del document["augment"]
    assert TrainConfig.parse(document).augment.share == 0.0


def test_a_missing_key_is_named() -> None:
    document = TrainConfig.load(DEFAULT_CONFIG).model_dump()
    del document["model"]["base"]
    with pytest.raises(ConfigError, match=r"^config: model\.base: expected a value, got nothing$"):
        TrainConfig.parse(document)
    with pytest.raises(ConfigError, match=r"^config: expected a mapping, got \['steps'\]$"):
        TrainConfig.parse(["steps"])


def test_an_integer_will_do_for_a_number_and_is_one_in_the_record() -> None:
    document = TrainConfig.load(DEFAULT_CONFIG).model_dump()
    document["optimizer"]["clip_norm"] = 1
    assert type(TrainConfig.parse(document).model_dump()["optimizer"]["clip_norm"]) is float


def test_a_copy_with_other_values_is_checked_too() -> None:
    config = TrainConfig.load(DEFAULT_CONFIG)
    assert config.replace(steps=7) == TrainConfig.parse({**config.model_dump(), "steps": 7})
    for wrong in ({"steps": 0}, {"step": 7}, {"batch_tokens": 8}):
        with pytest.raises(ValidationError):
            config.replace(**wrong)
    with pytest.raises(ValidationError, match="frozen"):
        config.steps = 7  # type: ignore[misc]


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        TrainConfig.load(tmp_path / "none.yaml")
