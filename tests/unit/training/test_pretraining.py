"""Pre-training: what is masked, what the head computes, and a run that learns, resumes exactly and is a base."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import cast

import pytest
import torch
from tokenizers import Tokenizer
from torch import nn
from torch.nn import functional

from tests.harness.tiny_encoder import SPECIAL, WORDS, tiny_tokenizer, write_base
from training.config import TrainConfig
from training.data.contamination import read_seen, write_seen
from training.errors import CheckpointError, ConfigError
from training.learning.checkpoint import LAST, load_tensors, save_tensors
from training.learning.run import run_training
from training.model.encoder import PRETRAINING, freeze, load_encoder
from training.pretraining.batches import development_batches, masked_batch
from training.pretraining.commands import PRETRAIN_CONFIG
from training.pretraining.config import PretrainConfig
from training.pretraining.corpus import piece_counts
from training.pretraining.masking import MaskRule, mask_pieces, mask_rule
from training.pretraining.model import MaskedLanguageModel
from training.pretraining.run import PretrainingResult, run_pretraining
from training.pretraining.task import development_loss

PIECES = len(SPECIAL) + len(WORDS) + 1
MASK = PIECES - 1
RULE = MaskRule(share=0.15, mask_id=MASK, pieces=PIECES, special=frozenset({0, 2, MASK}))
LISTS = (
    "shares fall rise flat",
    "profit loss beat miss",
    "bank oil yields fed",
    "暴跌 大涨 亏损 利好",
)


def masking_tokenizer() -> Tokenizer:
    tokenizer = tiny_tokenizer()
    tokenizer.add_special_tokens(["<mask>"])
    return tokenizer


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny encoder with one more piece, the mask."""
    folder = tmp_path_factory.mktemp("base")
    write_base(folder, masking_tokenizer(), spread=0.2)
    return folder


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root with two streams of texts whose words all come from one of four lists."""
    root = tmp_path_factory.mktemp("streams")
    texts = [" ".join(words) for one in LISTS for words in product(one.split(), repeat=4)]
    for path, part in {
        "stocknet/tweets_2014-01_2015-09.jsonl.gz": texts[::2],
        "sina_guba/stream.jsonl.gz": texts[1::2],
    }.items():
        rows = [json.dumps({"id": text, "text": text}, ensure_ascii=False) for text in part]
        (root / path).parent.mkdir()
        (root / path).write_bytes(gzip.compress("\n".join(rows).encode()))
    return root


@pytest.fixture
def config(base: Path, streams: Path, monkeypatch: pytest.MonkeyPatch) -> PretrainConfig:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(streams))
    shipped = PretrainConfig.load(PRETRAIN_CONFIG)
    return shipped.replace(
        steps=8,
        batch_tokens=128,
        max_tokens=16,
        threads=1,
        eval_every=4,
        save_every=3,
        dev_share=0.2,
        base=str(base),
        frozen_layers=-1,
        optimizer=shipped.optimizer.replace(encoder_rate=3e-3, head_rate=2e-2, average_decay=0.9),
        sources={"stocknet": 1000, "sina_guba": 1000},
    )


def test_shipped_config_parses_and_a_wrong_one_is_named() -> None:
    shipped = PretrainConfig.load(PRETRAIN_CONFIG)
    document = json.loads(json.dumps(shipped.model_dump()))
    assert PretrainConfig.parse(document) == shipped
    for key, value, message in (
        ("mask_share", 0.0, "mask_share: expected a number above 0"),
        ("mask_share", 1.0, "mask_share: expected less than 1, got 1.0"),
        ("frozen_layers", -2, "frozen_layers: expected -1 or more"),
        ("sources", {}, "sources: expected at least 1, got {}"),
        ("batch_tokens", 32, "must hold one text of max_tokens"),
        ("sets", {"fpb": 1}, "sets: expected no such key"),
    ):
        with pytest.raises(ConfigError, match=message):
            PretrainConfig.parse({**document, key: value})


def test_a_share_of_the_pieces_is_masked_and_never_a_special_one() -> None:
    ids = [0, *range(4, 24), 2]
    changed, chosen = mask_pieces(ids, RULE, Random(1))
    assert len(chosen) == 3  # 15 % of 20
    assert chosen == sorted(set(chosen))
    assert all(0 < position < 21 for position in chosen)
    assert [one for position, one in enumerate(changed) if position not in chosen] == [
        one for position, one in enumerate(ids) if position not in chosen
    ]
    assert mask_pieces(ids, RULE, Random(1)) == (changed, chosen)
    assert len(mask_pieces([0, 5, 6, 2], RULE, Random(1))[1]) == 1
    assert mask_pieces([0, 2], RULE, Random(1)) == ([0, 2], [])


def test_eight_in_ten_become_the_mask_and_one_stays() -> None:
    draws = Random(2)
    kinds: Counter[str] = Counter()
    for _ in range(2_000):
        changed, (position,) = mask_pieces([0, 4, 5, 6, 2], replace(RULE, pieces=4), draws)
        kinds["mask" if changed[position] == MASK else "random" if changed[position] < 4 else "same"] += 1
    assert kinds["mask"] / 2_000 == pytest.approx(0.8, abs=0.03)
    assert kinds["random"] / 2_000 == pytest.approx(0.1, abs=0.02)
    assert kinds["same"] / 2_000 == pytest.approx(0.1, abs=0.02)


def test_the_rule_comes_from_the_tokenizer() -> None:
    assert mask_rule(masking_tokenizer(), 0.15) == RULE
    with pytest.raises(ConfigError, match=r"expected a tokenizer with one of the pieces \('<mask>', '\[MASK\]'\)"):
        mask_rule(tiny_tokenizer(), 0.15)


def test_a_batch_holds_what_was_there() -> None:
    texts = [[0, 4, 5, 6, 2], [0, *range(4, 18), 2]]
    batch = masked_batch(texts, [Random(1), Random(2)], RULE, pad_id=1)
    assert batch.input_ids.shape == batch.attention_mask.shape == (2, 16)
    assert batch.attention_mask.sum(dim=1).tolist() == [5, 16]
    assert batch.input_ids[0, 5:].tolist() == [1] * 11
    assert batch.rows.tolist() == [0, 1, 1]
    assert batch.targets.tolist() == [
        texts[row][at] for row, at in zip(batch.rows.tolist(), batch.positions.tolist(), strict=True)
    ]
    first, again = (development_batches(texts, RULE, 1, 32) for _ in range(2))
    assert all(torch.equal(one.input_ids, two.input_ids) for one, two in zip(first, again, strict=True))


def test_counts_leave_special_pieces_out() -> None:
    counts = piece_counts([[0, 4, 4, 5, 2], [0, 4, 2]], RULE, PIECES)
    assert counts.shape == (PIECES,)
    assert counts[[0, 2, 3, 4, 5]].tolist() == [1, 1, 1, 4, 2]


def test_the_head_guesses_frequencies_at_first_and_shares_the_embeddings(base: Path) -> None:
    encoder, _ = load_encoder(str(base), 0.0)
    model = MaskedLanguageModel(encoder, torch.tensor([1.0] * (PIECES - 1) + [3.0])).eval()
    ids = torch.tensor([[0, 4, MASK, 6, 2]])
    places = (torch.tensor([0, 0]), torch.tensor([2, 3]))
    batch = masked_batch([[0, 4, 5, 6, 2]], [Random(1)], RULE, pad_id=1)
    assert development_loss(model, [batch]) == pytest.approx(math.log(PIECES + 2), abs=1e-5)
    torch.nn.init.ones_(model.norm.weight)
    logits = model(ids, torch.ones_like(ids), *places)
    states = encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    hidden = model.norm(functional.gelu(model.dense(states)))[0, [2, 3]]
    table = cast(nn.Embedding, encoder.get_input_embeddings()).weight
    torch.testing.assert_close(logits, hidden @ table.T + model.bias)
    torch.testing.assert_close(torch.exp(model.bias), torch.tensor([1.0] * (PIECES - 1) + [3.0]) / (PIECES + 2))
    logits.sum().backward()
    assert table.grad is not None
    assert table.grad[20].abs().sum() > 0  # a piece that is not in the text
    freeze(encoder, 1)
    trained = {name for name, one in model.named_parameters() if one.requires_grad}
    assert not any(name.startswith(("encoder.embeddings", "encoder.encoder.layer.0")) for name in trained)
    assert {"dense.weight", "norm.weight", "bias", "encoder.encoder.layer.1.output.dense.weight"} <= trained


@pytest.mark.slow
def test_a_run_learns_and_its_folder_is_a_base(
    config: PretrainConfig, tmp_path: Path, tiny_config: TrainConfig, tiny_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_seen(Path(config.base), ["shares fall"])
    longer = config.replace(steps=100, eval_every=50, save_every=100, dropout=0.0)
    result = run_pretraining(longer, tmp_path / "base", resume=False)
    assert result.after < 0.7 * result.before
    report = json.loads((tmp_path / "base" / PRETRAINING).read_text(encoding="utf-8"))
    assert report["after"]["pseudo_perplexity"] == pytest.approx(math.exp(result.after), abs=0.01)
    assert (report["streams"]["stocknet"]["kept"], report["streams"]["sina_guba"]["restricted"]) == (512, True)
    assert report["train_texts"] + report["dev_texts"] == 1024
    encoder, heads = load_encoder(str(tmp_path / "base"), 0.0)
    best = load_tensors(tmp_path / "base" / "best.pt")["model"]
    assert heads == {}
    assert read_seen(tmp_path / "base") is not None  # a base that has seen labelled texts passes that on
    for name, value in encoder.state_dict().items():
        torch.testing.assert_close(value, best[f"encoder.{name}"])
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    model = tiny_config.model.replace(base=str(tmp_path / "base"))
    assert run_training(tiny_config.replace(model=model, steps=2), tmp_path / "run", resume=False).step == 2


@pytest.mark.slow
def test_a_resumed_run_ends_with_the_same_weights(
    config: PretrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_pretraining(config, tmp_path / "whole", resume=True)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.learning.loop._validate", interrupt)  # at step 4, after the save of step 3
        with pytest.raises(KeyboardInterrupt):
            run_pretraining(config, tmp_path / "parts", resume=True)
    assert run_pretraining(config, tmp_path / "parts", resume=True) == whole
    straight, resumed = (load_tensors(tmp_path / name / LAST)["model"] for name in ("whole", "parts"))
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)
    state = load_tensors(tmp_path / "parts" / LAST)
    save_tensors(tmp_path / "parts" / LAST, {**state, "model": {"dense.weight": torch.ones(2)}})
    with pytest.raises(CheckpointError, match=r"last\.pt is of another model"):
        run_pretraining(config, tmp_path / "parts", resume=True)


def test_a_base_without_a_model_or_a_tokenizer_is_named(config: PretrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"base: no config\.json in "):
        run_pretraining(config.replace(base=str(tmp_path)), tmp_path / "out", resume=False)
    write_base(tmp_path, masking_tokenizer())
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(ConfigError, match=r"no tokenizer\.json in "):
        run_pretraining(config.replace(base=str(tmp_path)), tmp_path / "out", resume=False)


def test_a_permissive_run_reads_no_other_stream(config: PretrainConfig, tmp_path: Path) -> None:
    run_pretraining(config.replace(licence="permissive", steps=1, precision="bf16"), tmp_path, resume=False)
    assert list(json.loads((tmp_path / PRETRAINING).read_text(encoding="utf-8"))["streams"]) == ["stocknet"]


def test_perplexity_is_the_exponential_of_the_loss() -> None:
    assert PretrainingResult(1, math.log(50), math.log(8)).perplexities == pytest.approx((50, 8))
