"""The classifier on a bundle whose scores are known."""

from __future__ import annotations

from math import exp, sqrt
from pathlib import Path

import msgspec
import numpy as np
import pytest

from services.domain.errors import BundleInvalid
from services.inference.activations import softmax
from services.inference.bundle import MODEL, TOKENIZER, load_bundle, write_manifest
from services.inference.classifier import Classifier
from services.text.mentions import Named
from tests.harness.tiny_bundle import STEP, add_topic, describe, tiny_bundle, without_output


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(tiny_bundle(tmp_path_factory.mktemp("models")), threads=1)


def test_the_scores_are_the_models(classifier: Classifier) -> None:
    (score,) = classifier.score(["the shares are bad"])
    total = exp(STEP) + exp(1) + 1
    assert score.sentiment == pytest.approx((exp(STEP) / total, exp(1) / total, 1 / total), abs=1e-6)
    assert score.topics == pytest.approx({"earnings": 1 / (1 + exp(4)), "outage": 1 / (1 + exp(4))}, abs=1e-6)


def test_padding_changes_nothing_and_order_is_kept(classifier: Classifier) -> None:
    texts = ["bad", "good " * 20, "earnings", "涨", "", "the shares 跌 跌 outage", "x " * 100]
    together = classifier.score(texts)
    for text, score in zip(texts, together, strict=True):
        (alone,) = classifier.score([text])
        assert score.sentiment == pytest.approx(alone.sentiment, abs=1e-6)
        assert score.topics == pytest.approx(alone.topics, abs=1e-6)
    assert [max(range(3), key=score.sentiment.__getitem__) for score in together] == [0, 2, 1, 2, 1, 0, 1]
    assert classifier.score(texts, batch_tokens=1) == pytest.approx(together)


def test_texts_are_cut_at_max_tokens(classifier: Classifier) -> None:
    (tokens,) = classifier.encode(["good " * 500])
    assert len(tokens.ids) == 32


def test_one_text_is_bad_for_one_entity_and_good_for_another(classifier: Classifier) -> None:
    text = "bad earnings good shares the"
    entities = [[Named("bad earnings"), Named("good"), Named("nowhere")], []]
    first, second = classifier.score([text, "the"], entities=entities)
    half, full = STEP / 2, STEP
    expected = [(half, 1.0, 0.0), (0.0, 1.0, full), (STEP / 7, 1.0, STEP / 7)]  # the whole text: 7 tokens
    for found, logits in zip(first.entities, expected, strict=True):
        assert found == pytest.approx(softmax(np.array([logits], dtype=np.float32))[0], abs=1e-6)
    assert second.entities == ()
    (alone,) = classifier.score([text])
    assert first.sentiment == pytest.approx(alone.sentiment, abs=1e-6)


def test_temperatures_soften_by_language(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path).folder
    temperatures = {"zh": {"sentiment": 2.0, "topics": 4.0}}
    bundle = write_manifest(folder, msgspec.structs.replace(describe(), temperatures=temperatures))
    chinese, english = Classifier(bundle, threads=1).score(["跌 earnings", "bad earnings"], langs=["zh", "en"])
    logits = np.array([[STEP, 1, 0]], dtype=np.float32)
    assert chinese.sentiment == pytest.approx(softmax(logits * np.float32(0.5))[0], abs=1e-5)
    assert english.sentiment == pytest.approx(softmax(logits)[0], abs=1e-5)
    assert chinese.topics["earnings"] == pytest.approx(1 / (1 + exp(-1)), abs=1e-5)
    assert english.topics["earnings"] == pytest.approx(1 / (1 + exp(-4)), abs=1e-5)


def test_an_added_topic_is_scored_beside_the_models_own(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path).folder
    bundle = write_manifest(folder, msgspec.structs.replace(describe(), temperatures={"en": {"topics": 4.0}}))
    texts = ["earnings", "bad bad earnings", "the"]
    plain = Classifier(bundle, threads=1).score(texts, langs=["en"] * 3)
    add_topic(bundle)
    classifier = Classifier(bundle, threads=1)
    scores = classifier.score(texts, langs=["en"] * 3)
    shares = [1.0, 8 / sqrt(8**2 + (2 * STEP) ** 2), 0.0]
    expected = [1 / (1 + exp(5 - 10 * share)) for share in shares]  # no temperature: none was fitted for it
    assert [score.topics["profits"] for score in scores] == pytest.approx(expected, abs=1e-6)
    assert [score.sentiment for score in scores] == [score.sentiment for score in plain]
    for score, before in zip(scores, plain, strict=True):
        assert {topic: p for topic, p in score.topics.items() if topic != "profits"} == before.topics
    assert classifier.decision_rules("en").thresholds == {"earnings": 0.5, "outage": 0.5, "profits": 0.9}
    assert classifier.decision_rules("zh").thresholds == {"earnings": 0.5}
    assert classifier.decision_rules("other").thresholds == {}


def test_a_graph_that_cannot_serve_added_topics_says_so(tmp_path: Path) -> None:
    bundle = without_output(tiny_bundle(tmp_path), "pooled")
    assert Classifier(bundle, threads=1).score(["bad"])[0].sentiment[0] > 0.9
    add_topic(bundle)
    with pytest.raises(BundleInvalid, match=r"no output pooled, which the added topics \['profits'\] need"):
        Classifier(bundle, threads=1)


def test_an_added_topic_of_another_width_is_refused(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    add_topic(bundle, weights=[1.0, 2.0])
    with pytest.raises(BundleInvalid, match=r"profits\.json: expected 5 weights, got 2"):
        Classifier(bundle, threads=1)


def test_nothing_gives_nothing(classifier: Classifier) -> None:
    assert classifier.score([]) == []
    assert classifier.infer([]) == []


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_file_of_the_right_hash_but_the_wrong_content_is_named(tmp_path: Path, name: str) -> None:
    folder = tiny_bundle(tmp_path).folder
    (folder / name).write_bytes(b"not what it should be")
    with pytest.raises(BundleInvalid) as caught:
        Classifier(write_manifest(folder, describe()))
    assert caught.value.path == str(folder / name)


@pytest.mark.parametrize("name", [MODEL, TOKENIZER])
def test_a_file_that_is_swapped_after_the_check_is_refused(tmp_path: Path, name: str) -> None:
    bundle = tiny_bundle(tmp_path)
    other = bytearray((bundle.folder / name).read_bytes())
    other[50] ^= 1
    (bundle.folder / name).write_bytes(other)
    with pytest.raises(BundleInvalid, match="tampered with: expected SHA-256") as caught:
        Classifier(bundle)
    assert caught.value.path == str(bundle.folder / name)


def test_a_model_with_other_outputs_than_the_manifest_says_is_refused(tmp_path: Path) -> None:
    folder = tiny_bundle(tmp_path).folder
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    third = '{"id": "third", "name_en": "x", "name_zh": "x", "languages": ["en"]},'
    changed = manifest.replace('"topics": [', '"topics": [' + third).replace('"outage": 0', '"third": 0.5, "outage": 0')
    (folder / "manifest.json").write_text(changed, encoding="utf-8")
    with pytest.raises(BundleInvalid, match=r"expected outputs of shape \(\(1, 3\), \(1, 3\)\)"):
        Classifier(load_bundle(folder))
