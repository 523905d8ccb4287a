"""What a model bundle must be, and how each fault is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

from services.domain.errors import BundleInvalid
from services.domain.limits import MAX_DEPTH
from services.inference import bundle as bundles
from tests.harness.tiny_bundle import describe, tiny_bundle


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / bundles.MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_bundle(tmp_path).folder


def test_a_written_bundle_reads_back(tmp_path: Path) -> None:
    written = tiny_bundle(tmp_path, "2026.11.1")
    read = bundles.current_bundle(tmp_path, "tiny")
    assert read == written
    assert read.model_version == "tiny/2026.11.1"
    assert [topic.id for topic in read.manifest.topics] == ["earnings", "outage"]
    assert read.manifest.files["model.onnx"].bytes == read.model_path.stat().st_size


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "manifest.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleInvalid) as caught:
        bundles.load_bundle(folder)
    assert (caught.value.path, caught.value.why) == (str(folder / name), "missing")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_truncated_file_is_named_with_both_sizes(folder: Path, name: str) -> None:
    data = (folder / name).read_bytes()
    (folder / name).write_bytes(data[:100])
    with pytest.raises(BundleInvalid) as caught:
        bundles.load_bundle(folder)
    assert caught.value.path == str(folder / name)
    assert caught.value.why == f"truncated: expected {len(data)} bytes, got 100"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_one_changed_bit_is_found(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[50] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleInvalid, match="tampered with: expected SHA-256") as caught:
        bundles.load_bundle(folder)
    assert caught.value.path == str(folder / name)


def test_a_longer_file_is_found(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"more")
    with pytest.raises(BundleInvalid, match=r"tampered with: expected \d+ bytes"):
        bundles.load_bundle(folder)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda m: m.update(schema=2), "expected schema 1, got 2"),
        (lambda m: m.pop("schema"), "expected schema 1, got None"),
        (
            lambda m: m.update(sentiment_labels=["positive", "neutral", "negative"]),
            "expected sentiment_labels",
        ),
        (lambda m: m.update(max_tokens="128"), "max_tokens"),
        (lambda m: m.update(created_at="yesterday"), "created_at as an ISO 8601 time, got 'yesterday'"),
        (lambda m: m.update(max_tokens=0), "expected max_tokens between 2 and 8192, got 0"),
        (lambda m: m.pop("topics"), "topics"),
        (lambda m: m["topics"][0].update(languages=["fr"]), "got {'earnings': ('fr',)}"),
        (lambda m: m["topic_thresholds"].pop("outage"), "these do not match: ['outage']"),
        (lambda m: m["topic_thresholds"].update(outage=1.5), "{'outage': 1.5}"),
        (lambda m: m["topics"].append(m["topics"][0]), "distinct ids"),
        (lambda m: m["files"].pop("tokenizer.json"), "`files` does not list tokenizer.json"),
        (lambda m: m.update(version="../../etc"), "plain folder name"),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(
    folder: Path, change: Callable[[dict[str, Any]], object], why: str
) -> None:
    edit(folder, change)
    with pytest.raises(BundleInvalid) as caught:
        bundles.load_bundle(folder)
    assert caught.value.path == str(folder / "manifest.json")
    assert why in caught.value.why


@pytest.mark.parametrize("data", [b"{", b"", b"\xff\xfe", b'{"schema": 1, "name": "\xff"}'])
def test_a_manifest_that_is_no_json_says_so(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(BundleInvalid, match="not JSON"):
        bundles.load_bundle(folder)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"schema": 1, "label_maps": ' + b'{"a":' * 100_000])
def test_a_manifest_of_deep_json_is_refused_in_one_line(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    with pytest.raises(BundleInvalid) as caught:
        bundles.load_bundle(folder)
    assert caught.value.why == f"expected at most {MAX_DEPTH} levels of objects and lists, got more"


def test_weights_in_another_file_are_refused(folder: Path) -> None:
    model = onnx.load(str(folder / "model.onnx"))
    onnx.save_model(
        model, str(folder / "model.onnx"), save_as_external_data=True, location="weights.bin", size_threshold=0
    )
    assert (folder / "weights.bin").exists()
    with pytest.raises(BundleInvalid, match="keeps weights in other files") as caught:
        bundles.write_manifest(folder, describe())
    assert caught.value.path == str(folder / "model.onnx")


@pytest.mark.parametrize("content", ["../secret", "", "a/b", ".hidden", "/etc"])
def test_current_cannot_lead_out_of_the_folder(tmp_path: Path, content: str) -> None:
    tiny_bundle(tmp_path)
    (tmp_path / "tiny" / "CURRENT").write_text(content, encoding="utf-8")
    with pytest.raises(BundleInvalid, match="plain folder name"):
        bundles.current_bundle(tmp_path, "tiny")


def test_no_current_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="train and export"):
        bundles.current_bundle(tmp_path, "tiny")


def test_a_bundle_under_another_models_name_is_refused(tmp_path: Path) -> None:
    tiny_bundle(tmp_path)
    (tmp_path / "tiny").rename(tmp_path / "other")
    with pytest.raises(BundleInvalid, match="expected other/1, got tiny/1"):
        bundles.current_bundle(tmp_path, "other")


def test_current_does_not_move_to_a_broken_version(tmp_path: Path) -> None:
    tiny_bundle(tmp_path, "1")
    broken = tiny_bundle(tmp_path, "2").folder
    bundles.make_current(tmp_path, "tiny", "1")
    (broken / "model.onnx").unlink()
    with pytest.raises(BundleInvalid):
        bundles.make_current(tmp_path, "tiny", "2")
    assert bundles.current_version(tmp_path, "tiny") == "1"


def test_a_manifest_cannot_be_written_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match=r"model\.onnx: missing"):
        bundles.write_manifest(tmp_path, describe())


def test_topics_count_only_in_languages_they_were_taught_in(folder: Path) -> None:
    manifest = bundles.load_bundle(folder).manifest
    assert manifest.thresholds_in("en") == {"earnings": 0.5, "outage": 0.5}
    assert manifest.thresholds_in("zh") == {"earnings": 0.5}
    assert manifest.thresholds_in("other") == {}
