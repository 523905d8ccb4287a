"""A base model is a folder, a bundle or a name of the hub; what is missing is said before anything is read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub.constants
import pytest

from tests.harness.hub_server import HubServer, serve_hub
from training.config import TrainConfig
from training.errors import ConfigError, HubError
from training.learning.run import run_training
from training.model.base import base_folder
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
