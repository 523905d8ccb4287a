"""A tiny generated model, tokenizer and data root: no hub, no shared data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

from training.config import TrainConfig
from training.options import DEFAULT_CONFIG

WORDS = [
    "shares",
    "fall",
    "rise",
    "flat",
    "profit",
    "loss",
    "beat",
    "miss",
    "outage",
    "breach",
    "upgrade",
    "downgrade",
    "quarter",
    "company",
    "bank",
    "oil",
    "yields",
    "fed",
    "merger",
    "ceo",
    "resigns",
    "lawsuit",
    "dividend",
    "crypto",
    "china",
    "policy",
    "暴跌",
    "大涨",
    "亏损",
    "利好",
    "公司",
    "央行",
]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


def tiny_tokenizer() -> Tokenizer:
    """Whole words and single letters, with the special tokens where the real tokenizer has them."""
    vocabulary = {token: index for index, token in enumerate([*SPECIAL, *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


@pytest.fixture(scope="session")
def base_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer encoder and its tokenizer."""
    folder = tmp_path_factory.mktemp("base")
    write_base(folder, tiny_tokenizer())
    return folder


def write_base(folder: Path, tokenizer: Tokenizer, *, spread: float = 0.02) -> None:
    """Write an encoder of random weights, whose standard deviation is `spread`, and its tokenizer."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        pad_token_id=1,
        initializer_range=spread,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with a three-class, a two-class and two topic sets, all separable by one word."""
    root = tmp_path_factory.mktemp("data")
    tones = {"negative": "outage", "neutral": "flat", "positive": "beat"}
    _write(root / "fpb/train.jsonl.gz", [("en", tone, word) for tone, word in tones.items()], "label")
    chinese = {"negative": "暴跌", "positive": "大涨"}
    _write(root / "cn_guba_sentiment/train.jsonl.gz", [("zh", k, v) for k, v in chinese.items()], "label")
    topics = {"Earnings": "profit", "Dividend": "dividend", "Fed | Central Banks": "fed"}
    _write(root / "twitter_fin_topic/train.jsonl.gz", [("en", k, v) for k, v in topics.items()], "label")
    multi = {"公司": "公司", "外汇": "央行"}
    _write(root / "fincuge_finnl/train.jsonl.gz", [("zh", k, v) for k, v in multi.items()], "labels")
    return root


def _write(path: Path, kinds: list[tuple[str, str, str]], field: str) -> None:
    import gzip

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


@pytest.fixture(scope="session")
def tiny_config(base_model: Path) -> TrainConfig:
    """A run of a few steps over the tiny data."""
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
            base=str(base_model), licence="none", frozen_layers=0, encoder_dropout=0.1, head_dropout=0.1
        ),
        optimizer=default.optimizer.replace(encoder_rate=1e-3, head_rate=1e-2, cycles=1),
        sets={"fpb": 100, "cn_guba_sentiment": 100, "twitter_fin_topic": 100, "fincuge_finnl": 100},
    )
