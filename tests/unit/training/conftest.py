"""A tiny generated model, tokenizer and data root: no hub, no shared data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.harness.tiny_encoder import tiny_tokenizer, write_base
from tests.harness.tiny_training import tiny_run, write_data
from training.config import TrainConfig
from training.export.bundle import export_bundle
from training.export.target import Target
from training.learning.run import run_training
from training.metrics.results import Result


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """What needs a model that has learnt something is slow."""
    for item in items:
        if {"trained", "exported"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


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


@pytest.fixture(scope="session")
def trained(tiny_config: TrainConfig, tiny_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `run` of a training that has learnt the tiny data; it is only read."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(tiny_data))
        run_training(tiny_config.replace(steps=300, eval_every=100, save_every=300), folder, resume=False)
    return folder


@pytest.fixture(scope="session")
def exported(trained: Path, tiny_data: Path) -> tuple[Path, list[Result]]:
    """The folder of bundles with its int8 bundle tiny/1, which is only read, and the development results."""
    models = trained.parent / "models"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(tiny_data))
        return models, export_bundle(trained, Target(models, "tiny", "1", max_tokens=16))
