"""Precision, tracking, licences, rates and the average of the loop."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from training.config import TrainConfig
from training.data.registry import load_registry, permitted_sets
from training.errors import ConfigError
from training.learning.checkpoint import LAST, load_tensors
from training.learning.optimizer import make_optimizer
from training.learning.run import run_training
from training.learning.weight_average import WeightAverage
from training.model.multitask import new_model


@pytest.fixture
def config(tiny_config: TrainConfig, tiny_data: Path, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    """Without dropout, so that only the batches matter."""
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    model = tiny_config.model.replace(encoder_dropout=0.0, head_dropout=0.0)
    return tiny_config.replace(model=model, steps=4, eval_every=4, save_every=4)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_tensors(folder / LAST)["model"]
    return found


def test_bf16_trains_and_fp16_needs_a_gpu(config: TrainConfig, tmp_path: Path) -> None:
    run_training(config.replace(precision="bf16"), tmp_path / "half", resume=False)
    run_training(config, tmp_path / "full", resume=False)
    half, full = weights(tmp_path / "half"), weights(tmp_path / "full")
    assert all(value.dtype == torch.float32 for value in half.values() if value.is_floating_point())
    distances = [float((half[name] - full[name]).abs().max()) for name in full if full[name].is_floating_point()]
    assert 0 < max(distances) < 0.05
    if not torch.cuda.is_available():
        with pytest.raises(ConfigError, match="fp16 needs a CUDA GPU"):
            run_training(config.replace(precision="fp16"), tmp_path / "none", resume=False)


def test_tensorboard_has_the_curve_and_the_scores(config: TrainConfig, tmp_path: Path) -> None:
    progress = run_training(config, tmp_path, resume=False)
    events = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [0, 1, 2, 3]
    (score,) = events.Scalars("dev/mean_macro_f1")
    assert score.value == pytest.approx(progress.best_score, abs=1e-6)
    assert "dev/fpb/sentiment/en" in events.Tags()["scalars"]


def test_a_permissive_run_reads_no_other_set() -> None:
    registry = load_registry()
    every = dict.fromkeys(registry, 10)
    kept = permitted_sets(every, registry, "permissive")
    assert set(kept) == {"twitter_fin_sentiment", "sentfin", "finentity", "twitter_fin_topic"}
    assert permitted_sets(every, registry, "any") == every
    with pytest.raises(ConfigError, match="permissive licence"):
        permitted_sets({"fpb": 10}, registry, "permissive")
    with pytest.raises(ConfigError, match="unknown set 'fpp'"):
        permitted_sets({"fpp": 10}, registry, "any")


def test_layers_learn_at_their_own_rates(config: TrainConfig) -> None:
    model = new_model(config.model.replace(frozen_layers=-1), topics=2)
    settings = config.optimizer.replace(layer_decay=0.5, encoder_rate=1e-3, head_rate=1e-2)
    rates = {
        id(parameter): group["lr"]
        for group in make_optimizer(model, settings).param_groups
        for parameter in group["params"]
    }
    named = {name: rates[id(parameter)] for name, parameter in model.named_parameters()}
    assert named["sentiment.weight"] == 1e-2
    assert named["encoder.encoder.layer.1.output.dense.weight"] == 1e-3
    assert named["encoder.encoder.layer.0.output.dense.bias"] == 0.5e-3
    assert named["encoder.embeddings.word_embeddings.weight"] == 0.25e-3


def test_the_average_follows_and_is_put_back() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(layer.weight, 0.0)
    average = WeightAverage(layer, 0.9)
    expected = 0.0
    for step in range(100):
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * step
        torch.nn.init.constant_(layer.weight, float(step))
        average.update()
        with average.applied():
            assert layer.weight.item() == pytest.approx(expected)
        assert layer.weight.item() == step


def test_an_average_goes_on_from_its_state_exactly() -> None:
    layer = torch.nn.Linear(3, 3)
    whole = WeightAverage(layer, 0.9)
    for step in range(8):
        if step == 5:
            resumed = WeightAverage(layer, 0.9)
            resumed.load_state_dict(whole.state_dict())
        torch.nn.init.normal_(layer.weight, std=step + 1.0)
        whole.update()
        if step >= 5:
            resumed.update()
    with whole.applied():
        straight = layer.weight.clone()
    with resumed.applied():
        assert torch.equal(layer.weight, straight)


def test_without_a_decay_the_weights_themselves_are_used() -> None:
    layer = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(layer, 0.0)
    torch.nn.init.constant_(layer.weight, 3.0)
    average.update()
    with average.applied():
        assert layer.weight.item() == 3.0
