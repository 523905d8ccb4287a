"""A topic from a handful of examples: its loss, threshold, quality, file, and what serving computes of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import torch
from onnx import ModelProto
from typer.testing import CliRunner

from services.inference.added_topics import AddedTopics, load_added_topics, topic_path, unit
from services.inference.bundle import MODEL, TOKENIZER, Bundle, load_bundle, write_manifest
from tests.harness.tiny_bundle import describe, tiny_bundle, without_output
from tests.harness.tiny_encoder import tiny_tokenizer
from training.config import TrainConfig
from training.errors import ConfigError, DataError, ExportError
from training.export.onnx_graph import export_graph
from training.fewshot.add import TopicName, fit_topic, require_served, write_topic
from training.fewshot.commands import topic_app
from training.fewshot.contrastive import fit_projection, supervised_contrastive_loss
from training.fewshot.cross_validation import best_threshold, cross_validate
from training.fewshot.examples import TopicExample, read_texts, read_topic_examples
from training.fewshot.head import Head, fit_head, prototype_head
from training.inference.embeddings import embed
from training.model.multitask import mean_pool, model_from_folder
from training.model.pooled_output import expose_pooled

WORDS = ("shares", "fall", "rise", "flat", "profit", "loss", "beat", "miss")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def graph(base_model: Path, tiny_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported fp32 graph of two topics, with random weights."""
    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("graph") / MODEL
    export_graph(model_from_folder(base_model, tiny_config.model, 2), path)
    return path


@pytest.fixture
def bundle(graph: Path, tmp_path: Path) -> Bundle:
    (tmp_path / MODEL).write_bytes(graph.read_bytes())
    tiny_tokenizer().save(str(tmp_path / TOKENIZER))
    return write_manifest(tmp_path, describe())


def _without_pooled(model: ModelProto) -> ModelProto:
    """The graph as it was exported before it had the output, under the tensor's inner name."""
    copy = ModelProto()
    copy.CopyFrom(model)
    for node in copy.graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == "pooled":
                    names[index] = "inner"
    kept = [output for output in copy.graph.output if output.name != "pooled"]
    del copy.graph.output[:]
    copy.graph.output.extend(kept)
    return copy


def _examples() -> list[TopicExample]:
    rows = [("outage", True), ("dividend", False)]
    return [TopicExample(f"{word} {kind} company", positive, "en") for word in WORDS for kind, positive in rows]


def test_exposed_output_is_the_exported_one(graph: Path) -> None:
    model = onnx.load(str(graph))
    exposed = expose_pooled(_without_pooled(model))
    feed = {"input_ids": np.array([[0, 4, 5, 2]]), "attention_mask": np.array([[1, 1, 1, 1]])}
    names = ["sentiment_logits", "topic_logits", "pooled"]
    wanted, got = (onnxruntime.InferenceSession(one.SerializeToString()).run(names, feed) for one in (model, exposed))
    assert got[2].shape == (1, 32)
    for left, right in zip(wanted, got, strict=True):
        np.testing.assert_array_equal(left, right)
    assert expose_pooled(model) is model


def test_int8_head_is_read_before_rounding(graph: Path, tmp_path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    plain = tmp_path / "plain.onnx"
    onnx.save(_without_pooled(onnx.load(str(graph))), str(plain))
    quantize_dynamic(str(plain), str(tmp_path / "int8.onnx"), weight_type=QuantType.QInt8)
    exposed = expose_pooled(onnx.load(str(tmp_path / "int8.onnx")))
    feed = {"input_ids": np.array([[0, 4, 5, 2]]), "attention_mask": np.array([[1, 1, 1, 1]])}
    [int8] = onnxruntime.InferenceSession(exposed.SerializeToString()).run(["pooled"], feed)
    [fp32] = onnxruntime.InferenceSession(str(graph)).run(["pooled"], feed)
    assert int8.dtype == np.float32
    assert float((unit(int8) * unit(fp32)).sum()) > 0.99


def test_graph_without_a_head_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"no product with sentiment\.weight"):
        expose_pooled(onnx.load(str(without_output(tiny_bundle(tmp_path), "pooled").model_path)))


def test_embedding_is_the_mean_of_the_states(bundle: Bundle, base_model: Path, tiny_config: TrainConfig) -> None:
    torch.manual_seed(3)
    encoder = model_from_folder(base_model, tiny_config.model, 2).eval().encoder
    ids = torch.tensor([tiny_tokenizer().encode("shares fall").ids])
    with torch.no_grad():
        expected = mean_pool(encoder(input_ids=ids).last_hidden_state, torch.ones_like(ids)).numpy()
    np.testing.assert_allclose(embed(bundle, ["shares  fall https://x.test/1", "oil"])[:1], expected, atol=1e-5)


def test_contrastive_loss_by_hand() -> None:
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    labels = torch.tensor([True, True, False])
    # each of the pair sees its partner at similarity 1 and the other at 0; the other is alone and counts for nothing
    expected = -np.log(np.e / (np.e + 1))
    assert float(supervised_contrastive_loss(vectors, labels)) == pytest.approx(expected, abs=1e-6)


def test_projection_brings_texts_of_a_kind_together() -> None:
    random = np.random.default_rng(2)
    labels = np.arange(20) % 2 == 0
    points = unit(random.normal(size=(20, 8)) + np.where(labels, 1.0, -1.0)[:, None] * np.eye(8)[0])
    projected = unit(points @ fit_projection(points, labels).T)

    def contrast(units: npt.NDArray[np.float64]) -> float:
        cosines = units @ units.T
        return float(cosines[np.ix_(labels, labels)].mean() - cosines[np.ix_(labels, ~labels)].mean())

    assert contrast(projected) > contrast(points) + 0.01
    assert (fit_projection(points, labels) == fit_projection(points, labels)).all()


def test_threshold_is_in_the_middle_of_the_gap() -> None:
    labels, alike = np.array([False, False, True, True]), np.ones(4)
    assert best_threshold(np.array([0.1, 0.3, 0.5, 0.9]), labels, alike) == pytest.approx(0.4)
    # 0.8 of F1 is the best there, for one wrong text
    assert best_threshold(np.array([0.2, 0.9, 0.8, 0.8]), labels, alike) == pytest.approx(0.5)
    assert best_threshold(np.array([0.6, 0.6, 0.6, 0.6]), labels, alike) == pytest.approx(-0.4)


def test_in_a_stream_a_wrong_text_costs_more() -> None:
    labels = np.array([False, True, False, True, True])
    values = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    assert best_threshold(values, labels, np.ones(5)) == pytest.approx(0.2)  # F1 6/7, from 0.6 on 4/5
    weights = np.where(labels, 1.0, 10.0)  # F1 6/16 and 4/5
    assert best_threshold(values, labels, weights) == pytest.approx(0.6)


@pytest.mark.slow
def test_separable_examples_are_told_apart() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(24) % 2 == 0
    points = 0.1 * random.normal(size=(24, 16))
    points[:, 0] += np.where(labels, 1.0, -1.0)
    validated = cross_validate(unit(points), labels)
    quality = validated.quality
    assert (quality.f1, quality.precision, quality.recall, quality.prevalence) == (1.0, 1.0, 1.0, 0.05)
    assert (quality.n, quality.positives, quality.folds, quality.repeats) == (24, 12, 5, 4)
    assert cross_validate(unit(points), labels) == validated
    head = fit_head(unit(points), labels).decided_at(validated.threshold)
    assert ((head.logits(unit(points)) >= 0) == labels).all()


@pytest.mark.slow
def test_labels_by_chance_have_no_quality() -> None:
    random = np.random.default_rng(1)
    labels = random.permutation(np.arange(32) % 2 == 0)
    assert cross_validate(unit(random.normal(size=(32, 16))), labels).quality.precision < 0.15


def test_a_topic_rarer_than_the_assumed_share_keeps_its_own() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(100) < 4
    points = 0.1 * random.normal(size=(100, 16))
    points[:, 0] += np.where(labels, 1.0, -1.0)
    quality = cross_validate(unit(points), labels).quality
    assert (quality.prevalence, quality.folds, quality.recall) == (0.04, 4, 1.0)


def test_prototype_is_what_sets_the_names_apart() -> None:
    names = np.array([[0.6, 0.8], [1.0, 0.0]])
    others = np.array([[0.0, 1.0], [0.0, -1.0]])  # their mean is the origin
    head = prototype_head(names, others)
    direction = np.array([1.6, 0.8]) / np.hypot(1.6, 0.8)
    assert head.weights == pytest.approx(20 * direction)
    assert head.bias == pytest.approx(-20 * (names @ direction).mean())
    assert head.logits(names).mean() == pytest.approx(0.0, abs=1e-12)


def test_a_head_can_be_moved_to_its_threshold() -> None:
    head = Head(np.array([2.0, 0.0]), 1.0)
    points = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    assert head.logits(points).tolist() == [3.0, 1.0, -1.0]
    assert head.decided_at(1.0).logits(points).tolist() == [2.0, 0.0, -2.0]


@pytest.mark.slow
def test_texts_show_where_a_topic_begins(bundle: Bundle) -> None:
    texts = [TopicExample(f"{first} {second} company", False, "en") for first in WORDS for second in WORDS]
    pooled = embed(bundle, [text.text for text in texts])
    topic = fit_topic(bundle, TopicName("lawsuit"), [], texts)
    assert (AddedTopics((topic,)).probabilities(pooled)[:, 0] >= topic.threshold).mean() == pytest.approx(
        0.05, abs=0.02
    )
    fitted = fit_topic(bundle, TopicName("Strike"), _examples(), [*texts, TopicExample("公司", False, "zh")])
    assert fitted.quality is not None
    assert (fitted.quality.n, fitted.quality.positives) == (16 + 64, 8)
    assert (AddedTopics((fitted,)).probabilities(pooled)[:, 0] >= fitted.threshold).mean() < 0.05


def test_written_topic_is_what_serving_computes(bundle: Bundle) -> None:
    examples = _examples()
    topic = fit_topic(bundle, TopicName("Data breach", "数据泄露"), examples)
    path = write_topic(topic, bundle.folder)
    assert path == bundle.folder / "topics" / "data_breach.json"
    added = load_added_topics(bundle)
    assert added == AddedTopics((topic,))
    assert topic.languages == ("en",)
    assert topic.quality is not None
    assert (topic.quality.f1, topic.quality.n) == (1.0, 16)
    pooled = embed(bundle, [one.text for one in examples])
    shares = added.probabilities(pooled)
    assert shares.shape == (16, 1)
    assert (shares[:, 0] >= topic.threshold).tolist() == [one.positive for one in examples]
    logits = Head(np.array(topic.weights), topic.bias).logits(unit(pooled))
    np.testing.assert_allclose(shares[:, 0], 1 / (1 + np.exp(-logits)), atol=1e-12)
    with pytest.raises(ConfigError, match="exists already"):
        write_topic(topic, bundle.folder)
    load_bundle(bundle.folder)  # the bundle itself is untouched


def test_model_topics_and_odd_names_are_refused(bundle: Bundle) -> None:
    with pytest.raises(ConfigError, match="has a topic outage already"):
        fit_topic(bundle, TopicName("Outage"), [])
    with pytest.raises(ConfigError, match="expected an English name"):
        fit_topic(bundle, TopicName("故障"), [])


def test_examples_are_read_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "examples.jsonl"
    rows: list[dict[str, object]] = [{"text": f"text {index}", "label": index < 4} for index in range(8)]
    rows[0]["label"], rows[7]["label"] = "positive", "negative"

    def write(lines: list[dict[str, object]]) -> Path:
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path

    assert [one.positive for one in read_topic_examples(write(rows))] == [True] * 4 + [False] * 4
    with pytest.raises(ConfigError, match="expected 8 to 500 examples, got 7"):
        read_topic_examples(write(rows[:7]))
    with pytest.raises(ConfigError, match="got 0 and 8"):
        read_topic_examples(write([row | {"label": False} for row in rows]))
    with pytest.raises(DataError, match="line 2: field 'label': expected true, false, positive or negative, got 1"):
        read_topic_examples(write([rows[0], rows[1] | {"label": 1}]))
    with pytest.raises(DataError, match="line 2: field 'text': expected a text of its own, got the text of line 1"):
        read_topic_examples(write([rows[0], rows[0]]))


def test_texts_without_labels_are_a_sample_beside_the_examples(tmp_path: Path) -> None:
    path = tmp_path / "stream.csv"
    path.write_text("text\n" + "".join(f"shares <b>fall</b> {index}\n" for index in range(400)) + "shares fall 7\n")
    texts = read_texts(path, [TopicExample("shares fall 7", True, "en")])
    assert len({text.text for text in texts}) == 300
    assert "shares fall 7" not in {text.text for text in texts}
    assert texts == read_texts(path, [TopicExample("shares fall 7", True, "en")])
    assert {(text.positive, text.lang) for text in texts} == {(False, "en")}
    path.write_text("text\nshares fall 7\n")
    with pytest.raises(ConfigError, match=r"stream\.csv: expected texts beside the examples"):
        read_texts(path, [TopicExample("shares fall 7", True, "en")])


def test_examples_in_no_language_of_the_model_are_refused(bundle: Bundle) -> None:
    rows = [TopicExample(one.text, one.positive, "other") for one in _examples()]
    with pytest.raises(ConfigError, match="in en or zh, got none"):
        fit_topic(bundle, TopicName("Strike"), rows)


def test_a_bundle_that_cannot_serve_the_topic_is_refused_at_once(tmp_path: Path) -> None:
    bundle = without_output(tiny_bundle(tmp_path), "pooled")
    require_served(tiny_bundle(tmp_path / "other"))
    with pytest.raises(ConfigError, match="it has no output pooled; export the model again, or only try"):
        CliRunner().invoke(topic_app, ["add", "Strike", "--bundle", str(bundle.folder)], catch_exceptions=False)


@pytest.mark.slow
def test_commands_add_list_and_remove(bundle: Bundle, tmp_path: Path) -> None:
    file = tmp_path / "examples.jsonl"
    file.write_text("".join(json.dumps({"text": one.text, "label": one.positive}) + "\n" for one in _examples()))
    runner, where = CliRunner(), ["--bundle", str(bundle.folder)]
    shown = runner.invoke(topic_app, ["add", "Data breach", "--examples", str(file), *where], catch_exceptions=False)
    output = " ".join(shown.output.split())
    assert "16 texts (8 of the topic), for a stream of which 5.0 % is: F1 1.000" in output
    assert "without --texts" in output
    assert "zero-shot" in runner.invoke(topic_app, ["add", "Strike", *where], catch_exceptions=False).output
    listed = runner.invoke(topic_app, ["list", *where], catch_exceptions=False).output
    assert "data_breach" in listed
    assert "strike" in listed
    assert runner.invoke(topic_app, ["remove", "strike", *where], catch_exceptions=False).exit_code == 0
    assert not topic_path(bundle.folder, "strike").exists()
    with pytest.raises(ConfigError, match=r"added topics \['data_breach'\], got 'strike'"):
        runner.invoke(topic_app, ["remove", "strike", *where], catch_exceptions=False)
