"""A tiny generated model, tokenizer and data root: no hub, no shared data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.tiny_encoder import tiny_tokenizer, write_base
from tests.harness.tiny_training import tiny_run, write_data
from training.config import TrainConfig


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer encoder and its tokenizer."""
    folder = tmp_path_factory.mktemp("base")
    write_base(folder, tiny_tokenizer())
    return folder


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with a three-class, a two-class and two topic sets, all separable by one word."""
    root = tmp_path_factory.mktemp("data")
    write_data(root)
    return root


@pytest.fixture(scope="session")
def tiny_config(base_model: Path) -> TrainConfig:
    """A run of a few steps over the tiny data."""
    return tiny_run(base_model)
