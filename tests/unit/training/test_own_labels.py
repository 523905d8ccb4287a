"""Own files with text and label become registered sets; a run takes them, and sets by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
import yaml

from training.config import TrainConfig
from training.data.own_labels import own_registry, write_own_registry
from training.data.registry import registered_sets
from training.data.sources import read_set
from training.errors import ConfigError, DataError
from training.learning.commands import OWN_REGISTRY, _with_sets
from training.learning.run import read_run_inputs


def csv_file(path: Path, *labels: str, rows: int = 20) -> Path:
    lines = [f"Text {number} of {label},{label}\n" for label in labels for number in range(rows)]
    path.write_text("text,label\n" + "".join(lines), encoding="utf-8")
    return path


def test_a_csv_file_is_enough(tmp_path: Path) -> None:
    file = csv_file(tmp_path / "desk.csv", "negative", "Neutral", "pos")
    names, rows = write_own_registry([file], tmp_path / "run" / OWN_REGISTRY)
    assert (names, rows) == (["desk"], 60)
    spec = registered_sets(str(tmp_path / "run" / OWN_REGISTRY))["desk"]
    assert spec.sentiment == {"negative": (0,), "Neutral": (1,), "pos": (2,)}
    assert (spec.licence, spec.restricted, spec.languages) == ("own data", False, ("und",))
    assert [row.id for row in read_set(spec, Path("/nowhere"))[:2]] == ["desk-2", "desk-3"]


def test_json_lines_need_no_id_and_labels_may_be_chinese(tmp_path: Path) -> None:
    records = [
        {"text": f"第{number}条", "label": label, "lang": "zh"} for label in ("负面", "利好") for number in range(20)
    ]
    file = tmp_path / "论坛.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    registry, rows = own_registry([file])
    assert (rows, list(registry["sets"])) == (40, ["论坛"])
    assert registry["sets"]["论坛"]["sentiment"] == {"负面": ["negative"], "利好": ["positive"]}
    assert registry["sets"]["论坛"]["languages"] == ["zh"]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (("negative", "0"), "expected the labels negative, neutral, positive, got '0'; for other labels or topics"),
        (("negative",), "two or three sentiments with 20 rows or more each, got 20 negative"),
        ((), "got no rows"),
    ],
)
def test_labels_that_say_too_little_are_refused(tmp_path: Path, labels: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        own_registry([csv_file(tmp_path / "desk.csv", *labels)])


def test_wrong_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"desk\.csv: no such file; expected CSV or JSON Lines with text and label"):
        own_registry([tmp_path / "desk.csv"])
    file = csv_file(tmp_path / "desk.csv", "negative", rows=20)
    file.write_text(file.read_text() + "Up,positive\n" * 19)
    with pytest.raises(ConfigError, match="19 positive"):
        own_registry([file])
    with pytest.raises(ConfigError, match="different names, got desk twice"):
        own_registry([csv_file(tmp_path / "desk.csv", "negative", "positive"), tmp_path / "desk.jsonl"])
    (tmp_path / "desk.csv").write_text("text\nUp\n")
    with pytest.raises(DataError, match=r"desk\.csv, line 2: field 'label': expected a string, got nothing"):
        own_registry([tmp_path / "desk.csv"])


def test_own_files_take_the_place_of_the_sets_and_set_the_length_of_the_run(
    tiny_config: TrainConfig, tmp_path: Path
) -> None:
    config = tiny_config.replace(steps=3900, eval_every=650, save_every=150, batch_tokens=1024)
    file = csv_file(tmp_path / "desk.csv", "negative", "positive", rows=400)
    found = _with_sets(config, tmp_path / "run", [file], [])
    assert list(found.sets) == ["desk"]
    assert found.registry == str(tmp_path / "run" / OWN_REGISTRY)
    assert (found.steps, found.eval_every, found.save_every, found.dev_share) == (250, 41, 83, 0.2)
    assert _with_sets(config, tmp_path / "run", [csv_file(file, "negative", "positive")], []).steps == 60
    both = _with_sets(config, tmp_path / "run", [file], ["fpb", "sentfin"])
    assert dict(both.sets) == {"fpb": config.sets["fpb"], "sentfin": 10_000_000, "desk": 10_000_000}
    assert both.steps == 3900
    assert _with_sets(config, tmp_path / "none", [], []) == config


def test_a_registry_and_a_file_are_not_mixed(tiny_config: TrainConfig, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"sets": {}}))
    with pytest.raises(typer.BadParameter, match="give --data or --registry"):
        _with_sets(tiny_config.replace(registry="mine.yaml"), tmp_path, [tmp_path / "a.csv"], [])


def test_a_run_that_teaches_no_topics_says_so(
    tiny_config: TrainConfig, tiny_data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    read_run_inputs(tiny_config.replace(sets={"fpb": 100, "twitter_fin_topic": 100}))
    assert "no set teaches topics" not in caplog.text
    read_run_inputs(tiny_config.replace(sets={"fpb": 100}))
    assert "no set teaches topics: the model will give none" in caplog.text
