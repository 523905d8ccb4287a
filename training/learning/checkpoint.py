"""Checkpoints of a run: written atomically, resumed exactly."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from training.config import TrainConfig
from training.data.corpus import SetCounts
from training.errors import CheckpointError

LAST = "last.pt"
BEST = "best.pt"
RUN = "run.json"
TOKENIZER = "tokenizer.json"
ENCODER = "config.json"


@dataclass(frozen=True)
class RunRecord:
    """What a checkpoint folder knows about its run besides the weights; `conventions` in the model's order."""

    config: TrainConfig
    topic_ids: tuple[str, ...]
    conventions: tuple[str, ...]
    counts: dict[str, SetCounts]


@dataclass(frozen=True)
class Progress:
    """Where a run stands; `step` batches are done, `stale` evaluations passed without a new best."""

    step: int
    best_score: float
    stale: int


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new, never a part."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def save_tensors(path: Path, state: dict[str, Any]) -> None:
    """Save tensors and plain values atomically."""
    temporary = path.with_name(path.name + ".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def load_tensors(path: Path) -> dict[str, Any]:
    """Load what `save_tensors` wrote.

    :raises CheckpointError: when the file is missing or broken.
    """
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a broken archive, all meaning the same here
        raise CheckpointError(f"checkpoint {path.name}: {type(error).__name__}: {error}") from error
    return state


def start_run(folder: Path, record: RunRecord, *, tokenizer: Path, encoder_config: dict[str, Any]) -> None:
    """Write what an export needs beside the weights: configuration, tokenizer, encoder layout."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "config": record.config.model_dump(),
        "topic_ids": list(record.topic_ids),
        "conventions": list(record.conventions),
        "counts": {name: asdict(counts) for name, counts in record.counts.items()},
    }
    write_atomically(folder / RUN, json.dumps(content, indent=1, ensure_ascii=False).encode())
    write_atomically(folder / ENCODER, json.dumps(encoder_config, indent=1).encode())
    shutil.copyfile(tokenizer, folder / TOKENIZER)


def read_run(folder: Path) -> RunRecord:
    """Read the record of a run.

    :raises CheckpointError: when the folder holds none, or a broken one.
    """
    try:
        content = json.loads((folder / RUN).read_text(encoding="utf-8"))
        return RunRecord(
            config=TrainConfig.parse(content["config"]),
            topic_ids=tuple(content["topic_ids"]),
            conventions=tuple(content["conventions"]),
            counts={name: SetCounts(**counts) for name, counts in content["counts"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"no run in {folder.name}: {type(error).__name__}: {error}") from error
