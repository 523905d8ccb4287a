"""A base model is a folder, a bundle or a name of the hub; what is missing is said before anything is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from transformers import RobertaConfig, RobertaModel, XLMRobertaConfig, XLMRobertaModel

from tests.harness.hub_server import HubServer, serve_hub
from training.config import TrainConfig
from training.errors import ConfigError, HubError
from training.learning.run import run_training
from training.model.base import base_folder, licence_of
from training.model.encoder import load_encoder, tokenizer_file


@pytest.fixture
def hub(base_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A hub that has the tiny base model as owner/tiny."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with serve_hub({f"owner/tiny/{file.name}": file.read_bytes() for file in base_model.iterdir()}) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
        yield served


def test_a_base_of_the_hub_comes_once_and_is_the_same(
    hub: HubServer, base_model: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with caplog.at_level("INFO", "training.model.base"):
        folder = base_folder("owner/tiny")
    assert "base: downloading config.json, tokenizer.json, model.safetensors of owner/tiny" in caplog.text
    caplog.clear()
    assert tokenizer_file("owner/tiny").read_bytes() == (base_model / "tokenizer.json").read_bytes()
    assert caplog.text == ""
    ours, theirs = (load_encoder(place, 0.0)[0].state_dict() for place in (str(base_model), "owner/tiny"))
    assert all(theirs[name].equal(value) for name, value in ours.items())
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between the attempts of huggingface_hub
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert base_folder("owner/tiny") == folder


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlanguage: en\nlicense: cc-by-nc-4.0\n---\nText", "cc-by-nc-4.0"),
        ("---\nlicense: 'mit'\n---\n", "mit"),
        ("---\nlanguage: en\n---\nlicense: mit", "not stated"),
        ("license: mit", "not stated"),
        (None, "not stated"),
    ],
)
def test_the_licence_of_a_base_is_that_of_its_card(tmp_path: Path, card: str | None, licence: str) -> None:
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert licence_of(tmp_path) == licence


def test_older_weights_will_do(hub: HubServer) -> None:
    hub.files = {name.replace("model.safetensors", "pytorch_model.bin"): data for name, data in hub.files.items()}
    assert (base_folder("owner/tiny") / "pytorch_model.bin").is_file()


def test_a_base_that_is_nowhere_is_named_before_the_data_is_read(
    hub: HubServer, tiny_config: TrainConfig, tmp_path: Path
) -> None:
    for base, error, message in (
        ("owner/nothing", HubError, "there is no model owner/nothing on the hub"),
        (
            "../models/gone",
            ConfigError,
            r"base: no folder \.\./models/gone; --base takes .* intfloat/multilingual-e5-small",
        ),
        ("exported_models/gone/1", HubError, "'exported_models/gone/1' is neither a folder nor a name of the hub"),
    ):
        config = tiny_config.replace(model=tiny_config.model.replace(base=base), sets={"no_such_set": 1})
        with pytest.raises(error, match=message):
            run_training(config, tmp_path / "run", resume=False)
    assert not (tmp_path / "run").exists()


def test_texts_longer_than_the_base_reads_are_refused(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    with pytest.raises(ConfigError, match="max_tokens: expected at most 64, what the base reads, got 65"):
        run_training(tiny_config.replace(max_tokens=65), tmp_path, resume=False)


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("config.json", "no config.json in "),
        ("tokenizer.json", "no tokenizer.json in "),
        ("model.safetensors", "no model.safetensors or pytorch_model.bin in "),
    ],
)
def test_a_folder_without_a_file_is_named(base_model: Path, tmp_path: Path, gone: str, message: str) -> None:
    folder = Path(shutil.copytree(base_model, tmp_path / "base"))
    (folder / gone).unlink()
    with pytest.raises(ConfigError, match=message):
        base_folder(str(folder))


def test_another_kind_of_encoder_is_refused(base_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(base_model, tmp_path / "base"))
    (folder / "config.json").write_text(json.dumps({"model_type": "distilbert"}))
    with pytest.raises(ConfigError, match=r"kinds bert, camembert, ernie, roberta, xlm-roberta, got 'distilbert'"):
        base_folder(str(folder))
    (folder / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"config\.json: KeyError: 'model_type'"):
        base_folder(str(folder))


@pytest.mark.parametrize(
    ("layout", "model"), [(RobertaConfig, RobertaModel), (XLMRobertaConfig, XLMRobertaModel)], ids=["roberta", "xlm"]
)
def test_a_kin_of_roberta_is_a_bert_that_computes_the_same(
    layout: type[RobertaConfig], model: type[RobertaModel], base_model: Path, tmp_path: Path
) -> None:
    torch.manual_seed(3)
    config = layout(
        vocab_size=40,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=22,
        pad_token_id=1,
        initializer_range=0.5,
    )
    theirs = model(config, add_pooling_layer=False)
    theirs.train(False)
    theirs.save_pretrained(tmp_path)
    shutil.copyfile(base_model / "tokenizer.json", tmp_path / "tokenizer.json")
    ours = load_encoder(str(tmp_path), 0.0)[0]
    ours.train(False)
    assert (ours.config.model_type, ours.config.max_position_embeddings) == ("bert", 20)
    tokens = torch.tensor([[0, 7, 9, 11, 2], [0, 8, 2, 1, 1]])
    mask = (tokens != 1).long()
    with torch.no_grad():
        same, expected = (one(tokens, attention_mask=mask).last_hidden_state for one in (ours, theirs))
    assert torch.allclose(same[mask.bool()], expected[mask.bool()], atol=1e-5)
