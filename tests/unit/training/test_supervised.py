"""The loop learns, resumes exactly, and refuses a foreign checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from training.config import TrainConfig
from training.errors import CheckpointError
from training.learning.checkpoint import LAST, load_tensors, read_run, save_tensors
from training.learning.optimizer import learning_rate_factor, make_optimizer, make_schedule
from training.learning.run import run_training
from training.model.multitask import new_model


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_tensors(folder / LAST)["model"]
    return weights


def test_resumed_run_ends_with_the_same_weights(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    whole = run_training(tiny_config, tmp_path / "whole", resume=True)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.learning.loop._validate", interrupt)  # at step 4, after the save of step 3
        with pytest.raises(KeyboardInterrupt):
            run_training(tiny_config, tmp_path / "parts", resume=True)
    assert load_tensors(tmp_path / "parts" / LAST)["step"] == 3
    torch.manual_seed(0)
    parts = run_training(tiny_config, tmp_path / "parts", resume=True)
    assert parts == whole
    straight, resumed = _weights(tmp_path / "whole"), _weights(tmp_path / "parts")
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)
    assert read_run(tmp_path / "whole") == read_run(tmp_path / "parts")


def test_training_learns_the_tiny_data(trained: Path) -> None:
    assert load_tensors(trained / LAST)["best_score"] > 0.9


def test_checkpoint_of_other_data_is_refused(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    run_training(tiny_config, tmp_path, resume=False)
    with pytest.raises(CheckpointError, match="was trained on"):
        run_training(tiny_config.replace(sets={"fpb": 50}), tmp_path, resume=True)


def test_broken_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / LAST).write_bytes(b"no archive")
    with pytest.raises(CheckpointError, match=LAST):
        load_tensors(tmp_path / LAST)
    with pytest.raises(CheckpointError, match="no run in"):
        read_run(tmp_path)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_tensors(tmp_path / LAST, {"step": 1})

    def fail(*_: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", fail)
        with pytest.raises(OSError, match="disk full"):
            save_tensors(tmp_path / LAST, {"step": 2})
    assert load_tensors(tmp_path / LAST) == {"step": 1}


def test_learning_rate_warms_up_and_decays() -> None:
    factors = [learning_rate_factor(step, 10, 0.2) for step in range(10)]
    assert factors == pytest.approx([0.5, 1.0, 1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125])


def test_every_group_follows_the_schedule_at_its_own_rate(tiny_config: TrainConfig) -> None:
    config = tiny_config.replace(
        steps=9, optimizer=tiny_config.optimizer.replace(warmup_share=0.4, cycles=2, encoder_rate=1e-3, head_rate=1e-2)
    )
    optimizer = make_optimizer(new_model(config.model, topics=2), config.optimizer)
    own = [group["lr"] for group in optimizer.param_groups]
    schedule = make_schedule(optimizer, config, done=0)
    factors = [0.5, 1.0, 1.0, 2 / 3, 1 / 3, 0.5, 1.0, 1.0, 2 / 3]  # 5 steps, 2 of them warming up, then 4
    for step, factor in enumerate(factors):
        assert learning_rate_factor(step, 9, 0.4, cycles=2) == pytest.approx(factor)
        assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([rate * factor for rate in own])
        optimizer.step()
        schedule.step()
        if step == 6:  # as after an interruption
            resumed = make_optimizer(new_model(config.model, topics=2), config.optimizer)
            resumed.load_state_dict(optimizer.state_dict())
            optimizer, schedule = resumed, make_schedule(resumed, config, done=7)


def test_learning_rate_starts_again_with_each_cycle() -> None:
    once = [learning_rate_factor(step, 5, 0.2) for step in range(5)]
    assert [learning_rate_factor(step, 10, 0.2, cycles=2) for step in range(10)] == once * 2
    assert learning_rate_factor(8, 9, 0.2, cycles=2) > 0  # 5 steps, then 4: no step beyond the end
