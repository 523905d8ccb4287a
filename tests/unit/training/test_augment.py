"""Augmentation: fixed by seed, step and row, and a resumed run equals an uninterrupted one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from services.text.mentions import Named
from training.augmentation.augment import augmented
from training.config import AugmentConfig, TrainConfig
from training.data.examples import EntityTarget, Example
from training.learning.checkpoint import LAST, load_tensors
from training.learning.run import run_training

EXAMPLE = Example(
    id="1",
    set_name="fpb",
    lang="en",
    text="Apple shares fell after the company reported weak revenue",
    labels=("negative",),
    allowed=(0,),
    classes=(0, 1, 2),
    topics=(),
    known=(),
    exclusive=False,
    entities=(EntityTarget(Named("Apple"), "negative", (0,), (0, 1, 2)),),
)


def texts(share: float, seed: int = 1) -> list[str]:
    config = AugmentConfig(share=share, words=0.2)
    return [augmented(EXAMPLE, config, seed=seed, step=step, row=4).text for step in range(200)]


def test_seed_step_and_row_decide() -> None:
    assert texts(0.5) == texts(0.5)
    assert texts(0.5) != texts(0.5, seed=2)
    assert len(set(texts(0.5))) > 20


def test_the_share_of_the_texts_is_changed_and_nothing_else_of_an_example() -> None:
    assert set(texts(0.0)) == {EXAMPLE.text}
    changed = sum(text != EXAMPLE.text for text in texts(0.3)) / 200
    assert changed == pytest.approx(0.3, abs=0.08)
    found = augmented(EXAMPLE, AugmentConfig(share=0.99, words=0.2), seed=1, step=1, row=1)
    assert found.text != EXAMPLE.text
    assert replace(found, text=EXAMPLE.text) == EXAMPLE
    assert "Apple" in found.text


def test_a_text_in_another_language_stays() -> None:
    korean = replace(EXAMPLE, lang="und", text="삼성전자 주가가 크게 떨어졌다")
    assert augmented(korean, AugmentConfig(share=0.99, words=0.5), seed=1, step=1, row=1) == korean


@pytest.mark.slow
def test_a_resumed_run_with_augmentation_equals_an_uninterrupted_one(
    tiny_config: TrainConfig, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROUNDSWELL_DATA", str(tiny_data))
    config = tiny_config.replace(augment=AugmentConfig(share=0.6, words=0.5))
    whole = run_training(config, tmp_path / "whole", resume=True)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("training.learning.loop._validate", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run_training(config, tmp_path / "parts", resume=True)
    assert load_tensors(tmp_path / "parts" / LAST)["step"] == 3
    assert run_training(config, tmp_path / "parts", resume=True) == whole
    straight, resumed = (load_tensors(tmp_path / name / LAST)["model"] for name in ("whole", "parts"))
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)
    run_training(tiny_config, tmp_path / "plain", resume=True)
    plain = load_tensors(tmp_path / "plain" / LAST)["model"]
    assert any(not torch.equal(straight[name], plain[name]) for name in straight)
