"""Training over several processes, and with the process of Weights & Biases beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import yaml

from tests.harness.brokers import ROOT
from tests.harness.support import wait_until
from tests.harness.tiny_encoder import tiny_tokenizer, write_base
from tests.harness.tiny_training import tiny_run, write_data
from training.config import TrainConfig
from training.learning.checkpoint import LAST, load_tensors
from training.learning.run import run_training

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    """Without dropout, so that only the batches matter."""
    (tmp_path / "base").mkdir()
    write_base(tmp_path / "base", tiny_tokenizer())
    write_data(tmp_path / "data")
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path / "data"))
    tiny = tiny_run(tmp_path / "base")
    model = tiny.model.replace(encoder_dropout=0.0, head_dropout=0.0)
    return tiny.replace(model=model, steps=4, eval_every=4, save_every=4)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    found: dict[str, torch.Tensor] = load_tensors(folder / LAST)["model"]
    return found


def apart(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor]) -> float:
    """The median distance of trained weights; single ones may differ, where Adam divides a rounding error by itself."""
    distances = [(one[name] - two[name]).abs().flatten() for name in one if "LayerNorm" not in name]
    every = torch.cat([distance for distance in distances if distance.any()] or [torch.zeros(1)])
    return float(every.median())


def test_two_processes_train_as_one_that_accumulates(config: TrainConfig, tmp_path: Path) -> None:
    """An update takes the same batches either way, so the weights agree but for the order of sums."""
    run_training(config.replace(accumulate=2), tmp_path / "one", resume=False)
    (tmp_path / "two.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(config.model_dump())), sort_keys=False))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command += ["-m", "services.cli", "train", str(tmp_path / "two"), "--config", str(tmp_path / "two.yaml")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    run_training(config, tmp_path / "half", resume=False)
    assert apart(one, two) < 1e-5
    assert apart(one, weights(tmp_path / "half")) > 5e-5
    assert done.stdout.count("4 steps") == 1  # the main process alone speaks


def test_wandb_writes_an_offline_run(config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="the extra `tracking` is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    run_training(config.replace(wandb=True), tmp_path, resume=False)
    (record,) = (tmp_path / "wandb").glob("offline-run-*/run-*.wandb")
    wait_until(lambda: b"train/loss" in record.read_bytes(), 60, "wandb's own process has written the loss")
    wait_until(lambda: b"dev/mean_macro_f1" in record.read_bytes(), 60, "and the scores")
