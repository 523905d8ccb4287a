"""LoRA, AdaLoRA and prefix tuning: what is trained, and what is left after merging."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.config import NO_ADAPTER, AdapterConfig, TrainConfig
from training.errors import ExportError
from training.learning.checkpoint import BEST, load_tensors, read_run
from training.learning.run import run_training
from training.learning.trained_model import load_model
from training.model.adapters import adapt, merged
from training.model.multitask import new_model

IDS = torch.tensor([[0, 5, 6, 7, 2], [0, 8, 2, 1, 1]])
MASK = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])


def settings(kind: str) -> AdapterConfig:
    return NO_ADAPTER.replace(kind=kind, rank=2, alpha=4.0)


@pytest.mark.parametrize("kind", ["lora", "adalora"])
def test_merged_weights_answer_like_the_adapted_model(tiny_config: TrainConfig, kind: str) -> None:
    torch.manual_seed(1)
    model = adapt(new_model(tiny_config.model, topics=2), settings(kind), steps=10).eval()
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert all("lora_" in name or not name.startswith("encoder.") for name in trained)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name and parameter.is_floating_point() and "ranknum" not in name:
                parameter.normal_(std=0.3)
        before = model(IDS, MASK)
        plain = merged(model)
        assert not [name for name, _ in plain.named_parameters() if "lora_" in name]
        for first, second in zip(before, plain(IDS, MASK), strict=True):
            assert torch.allclose(first, second, atol=1e-5)


def test_lora_trains_few_parameters(tiny_config: TrainConfig) -> None:
    model = adapt(new_model(tiny_config.model, topics=2), settings("lora"), steps=10)
    encoder = sum(p.numel() for n, p in model.named_parameters() if n.startswith("encoder.") and p.requires_grad)
    assert encoder == 2 * 2 * (32 * 2 + 2 * 32)  # layers, query and value, both matrices of rank 2


@pytest.mark.parametrize("kind", ["lora", "adalora"])
def test_an_adapted_run_is_trained_resumed_and_merged(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    config = tiny_config.replace(model=tiny_config.model.replace(adapter=settings(kind)))
    run_training(config, tmp_path, resume=True)
    state = load_tensors(tmp_path / BEST)["model"]
    assert any("lora_" in name for name in state)
    model = load_model(tmp_path, read_run(tmp_path), BEST)
    assert not [name for name, _ in model.named_parameters() if "lora_" in name]
    assert run_training(config, tmp_path, resume=True).step == config.steps


def test_a_prefix_is_trained_but_not_exported(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    config = tiny_config.replace(model=tiny_config.model.replace(adapter=settings("prefix")))
    run_training(config, tmp_path, resume=True)
    state = load_tensors(tmp_path / BEST)["model"]
    assert [tuple(value.shape) for name, value in state.items() if "prompt" in name] == [(2, 2 * 2 * 32)]
    with pytest.raises(ExportError, match="prefix cannot be merged"):
        load_model(tmp_path, read_run(tmp_path), BEST)
