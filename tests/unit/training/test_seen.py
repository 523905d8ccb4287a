"""What a model was trained on is known to it, and a file out of it is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from services.common.bundle import SEEN
from training.config import TrainConfig
from training.data.corpus import build_corpus
from training.data.registry import load_registry
from training.data.seen import Hashes, SeenRows, find_seen, read_seen, require_unseen, write_seen
from training.data.taxonomy import load_taxonomy
from training.errors import SeenInTraining, TrainingError
from training.learning.run import run_training

TRAINED = ["Profit rises 4%", "Oil is flat", "!!!", "Profit rises 4%"]


def seen_of(folder: Path) -> Hashes:
    seen = read_seen(folder)
    assert seen is not None
    return seen


def test_repeats_are_found_whatever_their_digits_and_links(tmp_path: Path) -> None:
    write_seen(tmp_path, TRAINED)
    tests = ["new", "profit rises 7%", "Profit falls 4%", "Profit  rises 4% https://t.co/x", "!!!", "???", ""]
    found = find_seen(seen_of(tmp_path), tests)
    assert found == SeenRows((False, True, False, True, True, False, False), exact=2, example="profit rises 7%")
    assert find_seen(seen_of(tmp_path), ["https://t.co/1"]) == SeenRows((False,), exact=0, example="")
    assert find_seen(seen_of(tmp_path), []) == SeenRows((), exact=0, example="")


@pytest.mark.parametrize(
    ("seen", "rows", "refused"),
    [(10, 10, False), (11, 11, True), (11, 110, False), (100, 1000, False), (101, 1000, True)],
)
def test_more_than_ten_rows_and_a_tenth_are_refused(seen: int, rows: int, refused: bool) -> None:
    found = SeenRows((True,) * seen + (False,) * (rows - seen), exact=3, example="Oil is flat")
    assert found.count == seen
    assert found.tolerable is not refused
    if not refused:
        require_unseen(found, "test.jsonl")
        return
    message = rf"test\.jsonl: .* {seen} of {rows} .*3 to the letter, {seen - 3} but.*'Oil is flat'.*--allow-seen"
    with pytest.raises(SeenInTraining, match=message):
        require_unseen(found, "test.jsonl")


def test_a_folder_without_the_file_knows_nothing(tmp_path: Path) -> None:
    assert read_seen(tmp_path) is None
    assert read_seen(tmp_path / "absent") is None


def test_the_file_is_sorted_small_and_the_same_for_any_order(tmp_path: Path) -> None:
    words = [f"word {chr(97 + index % 26)} {index // 26:x}" for index in range(2_000)]
    write_seen(tmp_path, words)
    content = (tmp_path / SEEN).read_bytes()
    write_seen(tmp_path, words[::-1])
    assert (tmp_path / SEEN).read_bytes() == content
    assert len(content) <= 8 * 2_000 + 128  # 80,000 texts: 640 kB
    assert bool((np.diff(seen_of(tmp_path).astype(object)) > 0).all())


def test_what_the_base_model_saw_counts_too(tmp_path: Path) -> None:
    write_seen(tmp_path, ["Oil is flat"])
    write_seen(tmp_path, ["Profit rises 4%"], seen_of(tmp_path))
    assert find_seen(seen_of(tmp_path), ["Oil is flat", "Profit rises 4%", "Gold is flat"]).rows == (True, True, False)


@pytest.mark.parametrize("content", [b"", b"broken", b"\x93NUMPY\x01\x00"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / SEEN).write_bytes(content)
    with pytest.raises(TrainingError, match=r"seen\.bin"):
        read_seen(tmp_path)


def test_another_array_is_refused(tmp_path: Path) -> None:
    with (tmp_path / SEEN).open("wb") as stream:
        np.save(stream, np.arange(3))
    with pytest.raises(TrainingError, match="expected a row of uint64, got int64"):
        read_seen(tmp_path)


def test_training_leaves_what_it_saw(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    torch.set_num_threads(1)
    run_training(replace(tiny_config, steps=1), tmp_path, resume=False)
    corpus = build_corpus(tiny_config, load_registry(), load_taxonomy(), tiny_data)
    assert all(find_seen(seen_of(tmp_path), [example.text for example in corpus.train]).rows)
    assert not any(find_seen(seen_of(tmp_path), [example.text for example in corpus.dev]).rows)
