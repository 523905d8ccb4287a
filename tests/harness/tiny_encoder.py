"""A tiny encoder of random weights and its tokenizer of whole words: no hub, no shared data."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel

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


def write_base(folder: Path, tokenizer: Tokenizer, *, spread: float = 0.02, positions: int = 64) -> None:
    """Write an encoder of random weights, whose standard deviation is `spread`, and its tokenizer."""
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=positions,
        pad_token_id=1,
        initializer_range=spread,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
