"""A bundle refuses to be judged on texts it was trained on."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from training.config import TrainConfig
from training.data.corpus import build_corpus
from training.data.registry import load_registry
from training.data.seen import SEEN, read_seen, refuse_seen, write_seen
from training.data.taxonomy import load_taxonomy
from training.errors import SeenInTraining, TrainingError
from training.learning.run import run_training

TRAINED = ["Profit rises 4%", "Oil is flat", "!!!", "Profit rises 4%"]


def test_new_texts_pass_and_seen_ones_are_counted(tmp_path: Path) -> None:
    write_seen(tmp_path, TRAINED)
    refuse_seen(tmp_path, ["Profit falls 4%", "???", "https://t.co/1", ""], "test.jsonl")
    tests = ["new", "profit rises 7%", "Profit  rises 4% https://t.co/x", "!!!"]
    with pytest.raises(
        SeenInTraining, match=r"test\.jsonl: .* 3 of 4 .*2 to the letter, 1 but.*'profit rises 7%'"
    ) as e:
        refuse_seen(tmp_path, tests, "test.jsonl")
    assert (e.value.seen, e.value.exact) == (3, 2)


def test_a_bundle_without_the_file_refuses_nothing(tmp_path: Path) -> None:
    assert read_seen(tmp_path) is None
    refuse_seen(tmp_path, TRAINED, "test.jsonl")


def test_the_file_is_sorted_small_and_the_same_for_any_order(tmp_path: Path) -> None:
    words = [f"word {chr(97 + index % 26)} {index // 26:x}" for index in range(2_000)]
    write_seen(tmp_path, words)
    content = (tmp_path / SEEN).read_bytes()
    write_seen(tmp_path, words[::-1])
    assert (tmp_path / SEEN).read_bytes() == content
    assert len(content) <= 12 * 2_000 + 128  # 80,000 texts: 960 kB
    seen = read_seen(tmp_path)
    assert seen is not None
    assert bool((np.diff(seen["key"].astype(object)) >= 0).all())


@pytest.mark.parametrize("content", [b"", b"broken", b"\x93NUMPY\x01\x00"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SEEN).write_bytes(content)
    with pytest.raises(TrainingError, match=r"seen\.bin"):
        refuse_seen(tmp_path, ["x"], "test.jsonl")


def test_another_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / SEEN).open("wb") as stream:
        np.save(stream, np.arange(3))
    with pytest.raises(TrainingError, match="expected rows of"):
        read_seen(tmp_path)


def test_training_leaves_what_it_saw(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    torch.set_num_threads(1)
    run_training(replace(tiny_config, steps=1), tmp_path, resume=False)
    seen = read_seen(tmp_path)
    assert seen is not None
    corpus = build_corpus(tiny_config, load_registry(), load_taxonomy(), tiny_data)
    with pytest.raises(SeenInTraining, match="1 of 2"):
        refuse_seen(tmp_path, ["new words", corpus.train[0].text], "t")
    refuse_seen(tmp_path, [example.text for example in corpus.dev], "t")
