"""Readings of sentiment: the general one and one for each set's convention, in training, export and serving."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from services.inference.bundle import Bundle, current_bundle
from services.inference.classifier import Classifier
from services.text.mentions import Named
from training.config import TrainConfig
from training.data.batches import Batch
from training.data.taxonomy import load_taxonomy
from training.export.bundle import export_bundle
from training.export.target import Target
from training.learning.losses import total_loss
from training.learning.run import run_training
from training.metrics.results import Result
from training.model.multitask import MultiTaskModel, new_model, with_conventions

TOPICS = len(load_taxonomy().topics)


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))


def disagreeing(root: Path) -> None:
    """Two sets whose annotators call the same words by opposite labels."""
    words = ["shares", "profit", "loss", "quarter", "company", "bank", "oil", "fed"]
    for name, tones in {
        "fpb": {"rise": "positive", "fall": "negative"},
        "twitter_fin_sentiment": {"rise": "negative", "fall": "positive"},
    }.items():
        texts = [(f"{a} {word} {b}", tone) for word, tone in tones.items() for a in words for b in words]
        rows = [
            {"id": text, "text": text if name == "fpb" else f"{text} dividend", "label": tone, "lang": "en"}
            for text, tone in texts
        ]
        write(root / name / "train.jsonl.gz", rows)


@pytest.fixture(scope="module")
def exported(tiny_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Bundle, list[Result]]:
    folder = tmp_path_factory.mktemp("conventions")
    disagreeing(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(folder / "data"))
        sets = {"fpb": 500, "twitter_fin_sentiment": 500}
        config = tiny_config.replace(steps=200, eval_every=100, save_every=200, sets=sets)
        run_training(config, folder / "run", resume=False)
        results = export_bundle(folder / "run", Target(folder / "models", "tiny", "1", max_tokens=16))
    return current_bundle(folder / "models", "tiny"), results


def test_each_set_is_read_in_its_own_convention(exported: tuple[Bundle, list[Result]]) -> None:
    bundle, results = exported
    assert bundle.manifest.conventions == ("fpb", "twitter_fin_sentiment")
    assert all(one.scores.accuracy > 0.95 for one in results)
    classifier = Classifier(bundle, threads=1)
    text = "oil rise bank"
    fpb, tweets, general, unknown = classifier.score(
        [text] * 4, conventions=["fpb", "twitter_fin_sentiment", "", "sentfin"], entities=[[Named("oil")]] * 4
    )
    assert fpb.sentiment[2] > 0.5 > fpb.sentiment[0]
    assert tweets.sentiment[0] > 0.5 > tweets.sentiment[2]
    assert general == unknown == classifier.score([text], entities=[[Named("oil")]])[0]
    assert fpb.topics == general.topics


def test_a_bundle_takes_its_conventions_along_by_name(
    exported: tuple[Bundle, list[Result]], tiny_config: TrainConfig
) -> None:
    bundle, _ = exported
    config = tiny_config.model.replace(base=str(bundle.folder))
    text = "oil rise bank"
    ids = torch.tensor([Tokenizer.from_file(str(bundle.tokenizer_path)).encode(text).ids])
    model = new_model(config, topics=TOPICS, conventions=("twitter_fin_sentiment", "sentfin", "fpb")).eval()
    with torch.inference_mode():
        readings = torch.softmax(model(ids, torch.ones_like(ids))[0][0], dim=1)
    classifier = Classifier(bundle, threads=1)
    tokens = classifier.encode([text] * 3, conventions=["", "twitter_fin_sentiment", "fpb"])
    served = torch.tensor([one.sentiment for one in classifier.infer(tokens)])
    torch.testing.assert_close(readings[[0, 1, 3]], served.to(torch.float32), atol=0.03, rtol=0)
    torch.testing.assert_close(readings[2], readings[0])


def test_corrections_are_added_to_the_general_reading() -> None:
    found = with_conventions(torch.tensor([[1.0, 2.0, 3.0]]), torch.tensor([[0.0, 0.0, 0.0, 1.0, 0.0, -1.0]]))
    assert found.tolist() == [[[1, 2, 3], [1, 2, 3], [2, 2, 2]]]
    assert with_conventions(torch.ones(2, 3), torch.ones(2, 0)).shape == (2, 1, 3)


def test_the_loss_is_shared_between_the_readings(tiny_config: TrainConfig, base_model: Path) -> None:
    torch.manual_seed(1)
    model = new_model(tiny_config.model, topics=2, conventions=("a", "b")).eval()
    batch = _batch()
    torch.nn.init.normal_(model.convention.weight)

    def loss(share: float) -> float:
        config = tiny_config.loss.replace(own_reading=share)
        return total_loss(model(batch.input_ids, batch.attention_mask), batch, config).item()

    assert loss(0.5) == pytest.approx((loss(0.0) + loss(0.99)) / 2, rel=0.02)
    assert loss(0.0) != pytest.approx(loss(0.9), rel=1e-3)
    _gradients(model, batch, tiny_config)
    rows = model.convention.weight.grad
    assert rows is not None
    assert rows[:3].abs().sum() == 0
    assert rows[3:].abs().sum() > 0


def _gradients(model: MultiTaskModel, batch: Batch, config: TrainConfig) -> None:
    total_loss(model(batch.input_ids, batch.attention_mask), batch, config.loss).backward()  # type: ignore[no-untyped-call]


def _batch() -> Batch:
    from tests.harness.tiny_encoder import tiny_tokenizer
    from training.data.batches import collate, encode
    from training.data.examples import Example

    example = Example("1", "b", "en", "oil beat", (), (2,), (0, 1, 2), (), (), exclusive=False)
    encoded = encode(tiny_tokenizer(), [example], 16)
    return collate([example], encoded, topics=2, pad_id=1, conventions=("a", "b"))
