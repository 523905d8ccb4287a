"""A tiny data root, and a run over it of a few steps."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.harness.tiny_encoder import WORDS
from training.config import TrainConfig
from training.options import DEFAULT_CONFIG


def write_data(root: Path) -> None:
    """A data root with a three-class, a two-class and two topic sets, all separable by one word."""
    tones = {"negative": "outage", "neutral": "flat", "positive": "beat"}
    _write(root / "fpb/train.jsonl.gz", [("en", tone, word) for tone, word in tones.items()], "label")
    chinese = {"negative": "暴跌", "positive": "大涨"}
    _write(root / "cn_guba_sentiment/train.jsonl.gz", [("zh", k, v) for k, v in chinese.items()], "label")
    topics = {"Earnings": "profit", "Dividend": "dividend", "Fed | Central Banks": "fed"}
    _write(root / "twitter_fin_topic/train.jsonl.gz", [("en", k, v) for k, v in topics.items()], "label")
    multi = {"公司": "公司", "外汇": "央行"}
    _write(root / "fincuge_finnl/train.jsonl.gz", [("zh", k, v) for k, v in multi.items()], "labels")


def tiny_run(base: Path) -> TrainConfig:
    """A run of a few steps over the tiny data, from the tiny encoder in `base`."""
    default = TrainConfig.load(DEFAULT_CONFIG)
    return default.replace(
        steps=8,
        batch_tokens=256,
        threads=1,
        max_tokens=16,
        eval_every=4,
        quick_dev_rows=10,
        save_every=3,
        dev_share=0.3,
        model=default.model.replace(
            base=str(base), licence="none", frozen_layers=0, encoder_dropout=0.1, head_dropout=0.1
        ),
        optimizer=default.optimizer.replace(encoder_rate=1e-3, head_rate=1e-2, cycles=1),
        sets={"fpb": 100, "cn_guba_sentiment": 100, "twitter_fin_topic": 100, "fincuge_finnl": 100},
    )


def _write(path: Path, kinds: list[tuple[str, str, str]], field: str) -> None:
    path.parent.mkdir(parents=True)
    rows = []
    for lang, label, word in kinds:
        for first in WORDS[:8]:
            for second in WORDS[8:13]:
                value = [label] if field == "labels" else label
                text = f"{first} {word} {second}"
                rows.append({"id": f"{label}-{first}-{second}", "text": text, field: value, "lang": lang})
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
