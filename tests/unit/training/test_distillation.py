"""A student begins as layers of its teacher, learns its answers and states, resumes exactly and is exported."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import typer
import yaml
from typer.testing import CliRunner

from services.inference.bundle import current_bundle
from training.config import TrainConfig
from training.data.contamination import read_seen
from training.data.unlabelled import UnlabelledSource, UnlabelledText
from training.distillation.commands import STUDENT_CONFIG, distil
from training.distillation.comparison import Comparison
from training.distillation.config import Origin, StudentFile, load_student_config, student_config
from training.distillation.hidden_states import layer_states
from training.distillation.losses import hidden_loss, soft_loss
from training.distillation.run import run_distillation
from training.distillation.student import mapped_layers, student_of
from training.distillation.task import unlabelled_example
from training.errors import ConfigError
from training.export.bundle import export_bundle
from training.export.cost import read_costs
from training.export.target import Target
from training.learning.checkpoint import LAST, load_tensors, read_run
from training.model.multitask import new_model

ORIGIN = Origin("base", "MIT")
STREAM = UnlabelledSource("stream", "stream.jsonl", ("en", "zh"), "none", restricted=False)
TEXTS = ["shares outage company", "oil yields rise", "央行 利好 公司", "crypto bank merger"]


@pytest.fixture(scope="module", autouse=True)
def _data(tiny_data: Path) -> Iterator[None]:
    """The data root, with one unlabelled stream."""
    lines = [json.dumps({"id": str(row), "text": text}) for row, text in enumerate(TEXTS)]
    (tiny_data / STREAM.path).write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(tiny_data))
        patch.setattr("training.distillation.run.registered_streams", lambda own: {"stream": STREAM})
        yield


@pytest.fixture(scope="module")
def teacher(trained: Path) -> Path:
    """A checkpoint of the tiny model with its two layers."""
    return trained


def settings(tiny_config: TrainConfig, folder: Path, **changes: Any) -> Path:
    """The file of a student's configuration."""
    values = tiny_config.replace(**changes).model_dump()
    del values["adversarial"]
    values["model"] = {"layers": 1, "frozen_layers": 0, "encoder_dropout": 0.1, "head_dropout": 0.0}
    values["distillation"] = {"temperature": 2.0, "soft": 1.0, "hidden": 1.0, "hard": 0.2, "streams": {"stream": 3}}
    (folder / "student.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return folder / "student.yaml"


@pytest.fixture(scope="module")
def distilled(
    teacher: Path, tiny_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Comparison]:
    """A student's checkpoint and what it cost."""
    folder = tmp_path_factory.mktemp("student")
    config = settings(tiny_config, folder, steps=100, eval_every=50, save_every=100)
    found = run_distillation(teacher, config, folder / "run", resume=False)
    assert found is not None
    return folder / "run", found


def test_layers_are_evenly_spread_and_end_with_the_last() -> None:
    assert mapped_layers(12, 6) == (1, 3, 5, 7, 9, 11)
    assert mapped_layers(12, 5) == (1, 3, 6, 8, 11)
    assert mapped_layers(2, 1) == (1,)
    with pytest.raises(ConfigError, match="the teacher has 2 layers"):
        mapped_layers(2, 3)


def test_a_student_begins_as_layers_of_the_teacher(tiny_config: TrainConfig) -> None:
    model = new_model(tiny_config.model.replace(frozen_layers=-1), topics=3, conventions=("fpb",)).eval()
    torch.nn.init.normal_(model.convention.weight)
    student = student_of(model, 1, tiny_config.model.replace(frozen_layers=0)).eval()
    theirs, own = model.state_dict(), student.state_dict()
    layer = "encoder.encoder.layer.{}.output.dense.weight"
    assert torch.equal(own[layer.format(0)], theirs[layer.format(1)])
    assert not torch.equal(own[layer.format(0)], theirs[layer.format(0)])
    same = [name for name in own if "encoder.layer" not in name]
    assert len(own) == len(theirs) - 16  # weights and biases of one layer
    assert all(torch.equal(own[name], theirs[name]) for name in same)
    assert student.conventions == ("fpb",)
    assert student.encoder.config.num_hidden_layers == 1
    assert model.encoder.config.num_hidden_layers == 2
    frozen = {name for name, parameter in student.named_parameters() if not parameter.requires_grad}
    assert frozen == {name for name in own if "embeddings" in name and "position_ids" not in name}


def test_states_are_those_of_each_layer(tiny_config: TrainConfig) -> None:
    model = new_model(tiny_config.model, topics=3).eval()
    ids = torch.tensor([[0, 5, 6, 2]])
    with layer_states(model) as states:
        model(ids, torch.ones_like(ids))
    every = model.encoder(ids, torch.ones_like(ids), output_hidden_states=True).hidden_states
    assert len(states) == 2
    torch.testing.assert_close(states, list(every[1:]))
    model(ids, torch.ones_like(ids))
    assert len(states) == 2  # nothing is kept outside


def test_soft_loss_by_hand(tiny_config: TrainConfig) -> None:
    heads = tiny_config.loss.replace(sentiment=1.0, topic_binary=0.5, entity=2.0)
    mask = torch.tensor([[1, 0]])
    even = (torch.zeros(1, 2, 3), torch.zeros(1, 2), torch.zeros(1, 2, 2, 3))
    assert soft_loss(even, even, mask, 2.0, heads).item() == pytest.approx(0.0, abs=1e-7)
    # The teacher is sure of a half for one class in one of two readings, of 0.8 for one of two topics, and at the
    # padded token only of an entity.
    sentiment, topics, tokens = (value.clone() for value in even)
    sentiment[0, 1] = 2.0 * torch.tensor([math.log(2.0), 0.0, 0.0])
    topics[0, 1] = 2.0 * math.log(4.0)
    tokens[0, 1] = torch.tensor([9.0, 0.0, 0.0])
    categorical = (0.5 * math.log(1.5) + 0.5 * math.log(0.75)) / 2
    binary = 0.8 * math.log(1.6) + 0.2 * math.log(0.4)
    found = soft_loss(even, (sentiment, topics, tokens), mask, 2.0, heads)
    assert found.item() == pytest.approx(4.0 * (categorical + 0.5 * binary), rel=1e-5)


def test_hidden_loss_by_hand() -> None:
    own = torch.tensor([[[1.0, 0.0], [0.0, 2.0], [5.0, 5.0]]])
    target = torch.tensor([[[3.0, 0.0], [1.0, 0.0], [-1.0, -1.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert hidden_loss([own], [target], mask).item() == pytest.approx(0.5)
    assert hidden_loss([own, own], [target, own], mask).item() == pytest.approx(0.25)
    with pytest.raises(ValueError, match="shorter"):
        hidden_loss([own, own], [target], mask)


def test_an_unlabelled_text_has_no_label_loss() -> None:
    example = unlabelled_example(UnlabelledText("1", "oil rises", "stream", "oil rises"))
    assert not example.teaches
    assert (example.set_name, example.labels) == ("stream", ())


def test_a_student_learns_and_says_what_it_cost(distilled: tuple[Path, Comparison], teacher: Path) -> None:
    folder, found = distilled
    assert found.cost.macro_f1_before > 0.9
    assert found.cost.macro_f1_after > 0.9
    assert [one.set for one in found.sets] == ["fpb", "cn_guba_sentiment", "twitter_fin_topic", "fincuge_finnl"]
    first = found.sets[0]
    assert first.points == pytest.approx(100 * (first.teacher_macro_f1 - first.student_macro_f1), abs=0.01)
    (entry,) = read_costs(folder)
    assert entry["step"] == "distillation"
    assert entry["teacher"] == "run"
    assert len(entry["sets"]) == 4
    assert entry["streams"] == {"stream": {"licence": "none", "restricted": False, "kept": 3}}
    record = read_run(folder)
    assert record.config.model.base == read_run(teacher).config.model.base
    assert record.conventions == read_run(teacher).conventions
    seen, before = read_seen(folder), read_seen(teacher)
    assert seen is not None
    assert before is not None
    assert set(before.tolist()) <= set(seen.tolist())


def test_a_student_is_exported_with_its_cost(distilled: tuple[Path, Comparison], tmp_path: Path) -> None:
    folder, found = distilled
    export_bundle(folder, Target(tmp_path, "small", "1", max_tokens=16))
    metrics = json.loads((current_bundle(tmp_path, "small").folder / "metrics.json").read_text())
    assert [cost["step"] for cost in metrics["cost"]] == ["distillation", "fusion", "int8"]
    assert metrics["cost"][0]["points"] == pytest.approx(found.cost.points, abs=1e-3)
    card = (current_bundle(tmp_path, "small").folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "distilled from run, on these texts and on 3 unlabelled texts: stream (none)." in card


def test_a_bundle_teaches_too(distilled: tuple[Path, Comparison], tiny_config: TrainConfig, tmp_path: Path) -> None:
    export_bundle(distilled[0], Target(tmp_path, "small", "1", max_tokens=16))
    bundle = current_bundle(tmp_path, "small")
    found = run_distillation(bundle.folder, settings(tiny_config, tmp_path), tmp_path / "run", resume=False)
    assert found is not None
    assert found.teacher == "small/1"
    assert read_run(tmp_path / "run").config.model.licence == bundle.manifest.base_model["licence"]


def test_a_resumed_distillation_ends_with_the_same_weights(
    teacher: Path, tiny_config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings(tiny_config, tmp_path)
    whole = run_distillation(teacher, config, tmp_path / "whole", resume=True)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.learning.loop._validate", interrupt)  # at step 4, after the save of step 3
        with pytest.raises(KeyboardInterrupt):
            run_distillation(teacher, config, tmp_path / "parts", resume=True)
    assert load_tensors(tmp_path / "parts" / LAST)["step"] == 3
    torch.manual_seed(0)
    assert run_distillation(teacher, config, tmp_path / "parts", resume=True) == whole
    straight, resumed = (load_tensors(tmp_path / name / LAST)["model"] for name in ("whole", "parts"))
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)


def test_the_shipped_configuration_is_valid() -> None:
    config = load_student_config(STUDENT_CONFIG, ORIGIN)
    assert config.layers == 6
    assert (config.run.model.base, config.run.model.licence) == ("base", "MIT")
    assert config.run.model.adapter.kind == config.run.adversarial.kind == "none"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("distillation", "temperature"), 0.0, "distillation.temperature: expected a number above 0"),
        (("distillation", "hard"), -1.0, "distillation.hard: expected 0 or more, got -1.0"),
        (("distillation", "streams"), ["stocknet"], "distillation.streams: expected a mapping"),
        (("model", "layers"), 0, "model.layers: expected a number above 0"),
        (("model", "base"), "x", "model.base: expected no such key, got 'x'"),
        (("adversarial",), {}, "without an adversary"),
        (("steps",), "many", "steps: expected a valid integer, got 'many'"),
    ],
)
def test_wrong_values_are_named(path: tuple[str, ...], value: object, message: str) -> None:
    document = yaml.safe_load(STUDENT_CONFIG.read_text(encoding="utf-8"))
    place = document if len(path) == 1 else document[path[0]]
    place[path[-1]] = value
    with pytest.raises(ConfigError, match=message):
        student_config(StudentFile.parse(document), ORIGIN)


def test_a_student_without_a_teacher_to_learn_from_is_refused() -> None:
    document = yaml.safe_load(STUDENT_CONFIG.read_text(encoding="utf-8"))
    document["distillation"] |= {"soft": 0.0, "hidden": 0.0}
    with pytest.raises(ConfigError, match="nothing is learnt from the teacher"):
        student_config(StudentFile.parse(document), ORIGIN)
    with pytest.raises(ConfigError, match="config: model: expected a value, got nothing"):
        StudentFile.parse({"steps": 1})


def test_distil_command_prints_the_costs(teacher: Path, tiny_config: TrainConfig, tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(distil)
    config = settings(tiny_config, tmp_path, steps=2, eval_every=1)
    done = CliRunner().invoke(app, [str(teacher), str(tmp_path / "run"), "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert "run beside run, development splits" in done.output
    assert "next: groundswell export" in done.output
