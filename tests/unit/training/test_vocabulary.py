"""Trimming a vocabulary: kept pieces cut texts as before and keep their rows, in every form of a model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
import typer
import yaml
from onnx import numpy_helper
from safetensors.torch import load_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from typer.testing import CliRunner

from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from training.config import TrainConfig
from training.data.contamination import read_seen
from training.errors import CheckpointError, ConfigError, DataError, ExportError
from training.export.bundle import export_bundle
from training.export.cost import read_costs
from training.export.target import Target
from training.learning.trained_model import load_trained
from training.model.encoder import load_encoder
from training.vocabulary.choose import Rule, choose
from training.vocabulary.commands import trim_vocabulary as command
from training.vocabulary.embedding_rows import TABLE, trim_layout
from training.vocabulary.pieces import Vocabulary, read_vocabulary, trimmed
from training.vocabulary.trim import trim_vocabulary
from training.vocabulary.usage import Usage, count_pieces, read_texts

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "ab", "a", "bc", "▁ab", "b", "c", "abc", "cc"]
SPECIAL = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
EVERY_WORD = Rule(least_count=1)


@pytest.fixture(scope="module", autouse=True)
def _data(tiny_data: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(tiny_data))
        yield


@pytest.fixture(scope="module")
def texts(tiny_data: Path) -> list[str]:
    """All texts of the tiny data: 19 of the 32 words."""
    return read_texts(sorted(tiny_data.rglob("train.jsonl.gz")))


def unigram(file: Path) -> Vocabulary:
    """A Unigram tokenizer with special pieces, single characters and longer pieces."""
    scores = [0.0] * 4 + [-3.0, -4.0, -6.0, -4.5, -3.5, -6.0, -6.0, -4.2, -9.0]
    tokenizer = Tokenizer(models.Unigram(list(zip(PIECES, scores, strict=True)), unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.save(str(file))
    return read_vocabulary(file, pad_id=1)


def test_special_pieces_and_characters_are_indispensable(tmp_path: Path) -> None:
    vocabulary = unigram(tmp_path / "tokenizer.json")
    assert vocabulary.pieces == tuple(PIECES)
    assert vocabulary.special == frozenset({0, 1, 2, 3})
    assert vocabulary.unknown == 3
    assert vocabulary.indispensable == {0, 1, 2, 3, 4, 6, 9, 10}


def test_what_is_kept_follows_the_counts(tmp_path: Path) -> None:
    vocabulary = unigram(tmp_path / "tokenizer.json")
    counts = [0] * 13
    counts[5], counts[7], counts[8], counts[11] = 2, 1, 3, 2
    assert choose(vocabulary, counts, Rule(2)) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11]
    assert choose(vocabulary, counts, Rule(1, most=10)) == [0, 1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert choose(vocabulary, counts, Rule(3, most=10)) == [0, 1, 2, 3, 4, 6, 8, 9, 10]
    with pytest.raises(ConfigError, match=r"cannot keep 7 pieces: .* alone are 8"):
        choose(vocabulary, counts, Rule(1, most=7))


def test_texts_of_kept_pieces_are_cut_as_before(tmp_path: Path) -> None:
    vocabulary = unigram(tmp_path / "tokenizer.json")
    kept = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10]  # without ab, abc and cc
    document = trimmed(vocabulary, kept)
    (tmp_path / "new.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    old, new = (Tokenizer.from_file(str(tmp_path / name)) for name in ("tokenizer.json", "new.json"))
    for text in ("ab", "bc", "ab bc", "a", "abxab"):
        before = old.encode(text)
        if set(before.ids) <= set(kept):
            after = new.encode(text)
            assert after.tokens == before.tokens
            assert after.ids == [kept.index(index) for index in before.ids]
    assert old.encode("bab").tokens == ["<s>", "▁", "b", "ab", "</s>"]
    assert new.encode("bab").tokens == ["<s>", "▁", "b", "a", "b", "</s>"]
    assert new.encode("bab").ids == [0, 4, 8, 5, 8, 2]
    assert vocabulary.document["model"]["vocab"][5][0] == "ab"  # the original is left as it is
    with pytest.raises(ValueError, match="special pieces"):
        trimmed(vocabulary, kept[1:])


def test_special_ids_move_with_their_pieces(tmp_path: Path) -> None:
    tokenizer = Tokenizer(models.WordLevel({"oil": 0, "fed": 1, "[PAD]": 2, "[UNK]": 3, "gas": 4}, unk_token="[UNK]"))
    tokenizer.add_special_tokens(["[PAD]"])
    tokenizer.enable_padding(pad_id=2, pad_token="[PAD]")
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    vocabulary = read_vocabulary(tmp_path / "tokenizer.json", pad_id=2)
    assert vocabulary.special == {2, 3}
    document = trimmed(vocabulary, [1, 2, 3])
    assert document["padding"]["pad_id"] == 1
    assert document["model"]["vocab"] == {"fed": 0, "[PAD]": 1, "[UNK]": 2}
    assert [token["id"] for token in document["added_tokens"]] == [1]
    layout = trim_layout({"vocab_size": 5, "pad_token_id": 2, "hidden_size": 2, "bos_token_id": None}, [1, 2, 3])
    assert layout == {"vocab_size": 3, "pad_token_id": 1, "hidden_size": 2, "bos_token_id": None}


def test_other_tokenizers_are_refused(tmp_path: Path) -> None:
    Tokenizer(models.BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ConfigError, match="expected a tokenizer of Unigram or WordLevel, got BPE"):
        read_vocabulary(tmp_path / "tokenizer.json", pad_id=0)
    with pytest.raises(ConfigError, match="FileNotFoundError"):
        read_vocabulary(tmp_path / "none.json", pad_id=0)
    tokenizer = Tokenizer(models.WordLevel({"a": 0, "<unk>": 1}, unk_token="<unk>"))
    tokenizer.post_processor = processors.BertProcessing(("a", 0), ("a", 0))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(ConfigError, match="expected a post-processor of TemplateProcessing, got BertProcessing"):
        read_vocabulary(tmp_path / "tokenizer.json", pad_id=0)


def test_pieces_are_counted(tmp_path: Path) -> None:
    vocabulary = unigram(tmp_path / "tokenizer.json")
    usage = count_pieces(Tokenizer.from_file(str(tmp_path / "tokenizer.json")), ["ab ab", "cx"], vocabulary.unknown)
    assert usage == Usage(2, (0, 0, 0, 1, 1, 0, 0, 0, 2, 0, 1, 0, 0), 1)
    assert (usage.tokens, usage.unknown_share, usage.share_of([8, 10])) == (5, 0.2, 0.6)


def test_texts_need_a_text(tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    file.write_text('{"text": "Fed  rises http://x.y"}\n{"title": "b"}\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"texts.jsonl, line 2: field 'text': expected a string, got nothing"):
        read_texts([file])
    file.write_text('{"text": "Fed  rises http://x.y"}\n', encoding="utf-8")
    assert read_texts([file]) == ["Fed rises"]
    file.write_text('{"text": "http://x.y"}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="no text to count"):
        read_texts([file])


def test_a_base_model_keeps_the_rows_of_its_pieces(
    base_model: Path, texts: list[str], tiny_config: TrainConfig, tmp_path: Path
) -> None:
    found = trim_vocabulary(base_model, tmp_path / "small", texts, EVERY_WORD, tiny_config)
    old, new = (Tokenizer.from_file(str(folder / "tokenizer.json")) for folder in (base_model, tmp_path / "small"))
    before, after = (load_file(folder / "model.safetensors")[TABLE] for folder in (base_model, tmp_path / "small"))
    assert (found.pieces_before, found.pieces_after, found.coverage, found.unknown_after) == (36, 23, 1.0, 0.0)
    assert found.bytes_after < found.bytes_before
    assert found.tokens_after == found.tokens_before
    assert after.shape == (23, 32)
    for piece, index in new.get_vocab().items():
        assert torch.equal(after[index], before[old.token_to_id(piece)])
    encoder, _ = load_encoder(str(tmp_path / "small"), 0.0)
    assert encoder.config.vocab_size == 23
    assert json.loads((tmp_path / "small" / "trimming.json").read_text())["pieces_after"] == 23
    with pytest.raises(ExportError, match="exists already"):
        trim_vocabulary(base_model, tmp_path / "small", texts, EVERY_WORD, tiny_config)


def test_a_checkpoint_answers_as_before(
    trained: Path, texts: list[str], tiny_config: TrainConfig, tmp_path: Path
) -> None:
    trim_vocabulary(trained, tmp_path / "trimmed", texts, EVERY_WORD, tiny_config)
    (entry,) = read_costs(tmp_path / "trimmed")
    assert (entry["step"], entry["points"], entry["pieces_after"]) == ("vocabulary trimming", 0.0, 23)
    seen, before = read_seen(tmp_path / "trimmed"), read_seen(trained)
    assert seen is not None
    assert before is not None
    assert np.array_equal(seen, before)
    answers = []
    for checkpoint in map(load_trained, (trained, tmp_path / "trimmed")):
        ids = torch.tensor([Tokenizer.from_file(str(checkpoint.tokenizer)).encode("shares outage 公司").ids])
        with torch.inference_mode():
            answers.append(checkpoint.model.eval()(ids, torch.ones_like(ids)))
    torch.testing.assert_close(answers[0], answers[1])
    export_bundle(tmp_path / "trimmed", Target(tmp_path, "tiny", "1", max_tokens=16))
    metrics = json.loads((current_bundle(tmp_path, "tiny").folder / "metrics.json").read_text())
    assert [cost["step"] for cost in metrics["cost"]] == ["vocabulary trimming", "fusion", "int8"]


@pytest.mark.parametrize("precision", ["int8", "fp16"])
def test_a_bundle_answers_as_before(
    trained: Path, texts: list[str], tiny_config: TrainConfig, tmp_path: Path, precision: str
) -> None:
    export_bundle(trained, Target(tmp_path, "tiny", "1", "int8" if precision == "int8" else "fp16", max_tokens=16))
    bundle = current_bundle(tmp_path, "tiny")
    trim_vocabulary(bundle.folder, tmp_path / "tiny" / "2", texts, EVERY_WORD, tiny_config)
    small = current_bundle(tmp_path, "tiny")
    assert (small.model_version, small.manifest.precision) == ("tiny/2", precision)
    graph = onnx.load(str(small.model_path)).graph
    rows = {len(numpy_helper.to_array(one)) for one in graph.initializer if TABLE in one.name}
    assert rows == {23}
    scores = [Classifier(one, threads=1).score(["shares outage 公司", "fed profit beat"]) for one in (bundle, small)]
    assert scores[0] == scores[1]
    metrics = json.loads((small.folder / "metrics.json").read_text())
    assert metrics["cost"][-1]["step"] == "vocabulary trimming"
    assert metrics["cost"][-1]["coverage"] == 1.0


def test_a_costly_trimming_is_refused(trained: Path, tiny_config: TrainConfig, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="vocabulary trimming costs"):
        trim_vocabulary(trained, tmp_path / "poor", ["shares fall"], EVERY_WORD, tiny_config)
    assert not list(tmp_path.iterdir())


def test_a_folder_without_a_model_is_refused(base_model: Path, tiny_config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((base_model / "tokenizer.json").read_bytes())
    with pytest.raises(CheckpointError, match="expected a base model, a checkpoint or a bundle"):
        trim_vocabulary(tmp_path, tmp_path / "out", ["shares"], EVERY_WORD, tiny_config)
    (tmp_path / "config.json").write_text('{"pad_token_id": 1}')
    with pytest.raises(CheckpointError, match=r"no model\.safetensors"):
        trim_vocabulary(tmp_path, tmp_path / "out", ["shares"], EVERY_WORD, tiny_config)


def test_command_reports_what_was_kept(base_model: Path, tiny_config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "texts.jsonl").write_text('{"text": "shares fall outage"}\n', encoding="utf-8")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(tiny_config.model_dump()), encoding="utf-8")
    app = typer.Typer()
    app.command()(command)
    options = ["--texts", str(tmp_path / "texts.jsonl"), "--keep", "6", "--config", str(tmp_path / "config.yaml")]
    done = CliRunner().invoke(app, [str(base_model), str(tmp_path / "small"), *options])
    assert done.exit_code == 0, done.output
    assert "66.667 %" in done.output  # two of three occurrences keep their piece
