"""A model bundle made in a moment, whose answers follow from the words: tests assert on its values.

Sentiment: each of `bad`, `跌` adds `STEP` to the negative logit, each of `good`, `涨` to the positive one, and
neutral starts at 1. Topics: `earnings` and `outage` (taught in English only) are those whose word
occurs. Unknown words count for nothing. An entity has the mean sentiment of its own words. The pooled text, which
added topics read, is what the words add to the five logits.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from services.inference.added_topics import topic_path
from services.inference.bundle import MODEL, TOKENIZER, Bundle, make_current, write_manifest
from services.inference.manifest import Description, TopicLabel

NAME = "tiny"
VERSION = "1"
STEP = 5.0
TOPICS = (
    TopicLabel("earnings", "Earnings", "业绩", ("en", "zh")),
    TopicLabel("outage", "Outages", "故障", ("en",)),
)
SPECIAL = ("[CLS]", "[PAD]", "[SEP]", "[UNK]")
WORDS = ("bad", "跌", "good", "涨", "earnings", "outage", "shares", "the")
EFFECTS = {
    "bad": (0, STEP),
    "跌": (0, STEP),
    "good": (2, STEP),
    "涨": (2, STEP),
    "earnings": (3, 8.0),
    "outage": (4, 8.0),
}
BIAS = (0.0, 1.0, 0.0, -4.0, -4.0)


def tiny_bundle(root: Path, version: str = VERSION, *, max_tokens: int = 32, name: str = NAME) -> Bundle:
    """Write `<root>/<name>/<version>` and make it current."""
    folder = root / name / version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    vocabulary = {token: index for index, token in enumerate(SPECIAL + WORDS)}
    onnx.save(_graph(vocabulary), str(folder / MODEL))
    _tokenizer(vocabulary).save(str(folder / TOKENIZER))
    bundle = write_manifest(folder, describe(name, version, max_tokens))
    make_current(root, name, version)
    return bundle


def add_topic(bundle: Bundle, topic_id: str = "profits", **changes: Any) -> Path:
    """Add a topic, in English only, of the texts in which `earnings` outweighs the words for a tone: P is
    sigmoid(10 * share - 5), `share` being that of `earnings` in the length of the pooled text.
    """
    topic = {
        "schema": 1,
        "id": topic_id,
        "name_en": topic_id.capitalize(),
        "name_zh": "利润",
        "description": "",
        "languages": ["en"],
        "model_version": bundle.model_version,
        "weights": [0.0, 0.0, 0.0, 10.0, 0.0],
        "bias": -5.0,
        "threshold": 0.9,
        "quality": None,
    }
    path = topic_path(bundle.folder, topic_id)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(topic | changes), encoding="utf-8")
    return path


def without_output(bundle: Bundle, name: str) -> Bundle:
    """The bundle with a graph that does not give one of its outputs."""
    model = onnx.load(str(bundle.model_path))
    kept = [output for output in model.graph.output if output.name != name]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    onnx.save(model, str(bundle.model_path))
    return write_manifest(bundle.folder, describe(bundle.manifest.name, bundle.manifest.version))


def describe(name: str = NAME, version: str = VERSION, max_tokens: int = 32) -> Description:
    """The manifest's content but for the files."""
    return Description(
        name=name,
        version=version,
        created_at="2026-11-01T00:00:00Z",
        precision="fp32",
        languages=("en", "zh"),
        max_tokens=max_tokens,
        topics=TOPICS,
        topic_thresholds={"earnings": 0.5, "outage": 0.5},
        label_maps={},
        base_model={"name": "none"},
        training_data=[],
        pad_token_id=1,
    )


def _tokenizer(vocabulary: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, handle_chinese_chars=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(token, vocabulary[token]) for token in ("[CLS]", "[SEP]")]
    )
    return tokenizer


def _graph(vocabulary: dict[str, int]) -> onnx.ModelProto:
    """Sum over the unmasked tokens of a row of numbers per token, plus a bias, cut into the two heads."""
    table = np.zeros((len(vocabulary), len(BIAS)), dtype=np.float32)
    for word, (column, step) in EFFECTS.items():
        table[vocabulary[word], column] = step
    table[vocabulary["[PAD]"]] = 100.0  # padding that is not masked would show in every score
    constants: dict[str, np.ndarray[Any, Any]] = {
        "table": table,
        "bias": np.array(BIAS, dtype=np.float32),
        "last": np.array([2], dtype=np.int64),
        "tokens": np.array([1], dtype=np.int64),
        "zero": np.array([0], dtype=np.int64),
        "three": np.array([3], dtype=np.int64),
        "end": np.array([len(BIAS)], dtype=np.int64),
        "tone_bias": np.array(BIAS[:3], dtype=np.float32),
    }
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["wide_mask"]),
        helper.make_node("Mul", ["rows", "wide_mask"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "tokens"], ["pooled"], keepdims=0),
        helper.make_node("Add", ["pooled", "bias"], ["logits"]),
        helper.make_node("Slice", ["logits", "zero", "three", "tokens"], ["sentiment_logits"]),
        helper.make_node("Slice", ["logits", "three", "end", "tokens"], ["topic_logits"]),
        helper.make_node("Slice", ["kept", "zero", "three", "last"], ["tones"]),
        helper.make_node("Add", ["tones", "tone_bias"], ["entity_logits"]),
    ]
    shape = ["batch", "seq"]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(each, TensorProto.INT64, shape) for each in ("input_ids", "attention_mask")],
        [
            helper.make_tensor_value_info("sentiment_logits", TensorProto.FLOAT, ["batch", 3]),
            helper.make_tensor_value_info("topic_logits", TensorProto.FLOAT, ["batch", len(TOPICS)]),
            helper.make_tensor_value_info("entity_logits", TensorProto.FLOAT, ["batch", "seq", 3]),
            helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", len(BIAS)]),
        ],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
