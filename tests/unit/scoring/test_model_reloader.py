"""The exchange of the model while the worker runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import BundleInvalid
from services.inference.classifier import Classifier
from services.scoring.model_reloader import ModelReloader
from tests.harness.tiny_bundle import add_topic, tiny_bundle


def reloader(root: Path, seen: list[str]) -> ModelReloader:
    return ModelReloader(
        root,
        "tiny",
        load=lambda bundle: Classifier(bundle, threads=1),
        changed=lambda model: seen.append(model.bundle.model_version),
    )


def test_nothing_happens_while_current_stays(tmp_path: Path) -> None:
    tiny_bundle(tmp_path)
    seen: list[str] = []
    each = reloader(tmp_path, seen)
    assert each.refresh() is None
    assert seen == ["tiny/1"]


def test_a_new_version_is_swapped_in(tmp_path: Path) -> None:
    tiny_bundle(tmp_path)
    seen: list[str] = []
    each = reloader(tmp_path, seen)
    tiny_bundle(tmp_path, "2")
    assert each.refresh() is True
    assert each.model.bundle.model_version == "tiny/2"
    assert seen == ["tiny/1", "tiny/2"]
    assert each.refresh() is None


@pytest.mark.parametrize("fault", ["truncated", "no such version", "no CURRENT"])
def test_a_broken_one_leaves_the_old_in_use(tmp_path: Path, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    tiny_bundle(tmp_path)
    seen: list[str] = []
    each = reloader(tmp_path, seen)
    before = each.model
    current = tmp_path / "tiny" / "CURRENT"
    if fault == "truncated":
        path = tiny_bundle(tmp_path, "2").model_path
        path.write_bytes(path.read_bytes()[:99])
    elif fault == "no such version":
        current.write_text("7\n", encoding="utf-8")
    else:
        current.unlink()
    assert each.refresh() is False
    assert each.model is before
    assert each.model.score(["bad"])[0].sentiment[0] > 0.9
    assert seen == ["tiny/1"]
    assert "tiny/1 stays in use" in caplog.text
    tiny_bundle(tmp_path, "2")
    assert each.refresh() is True


def test_a_topic_comes_into_use_and_goes_again(tmp_path: Path) -> None:
    bundle = tiny_bundle(tmp_path)
    seen: list[str] = []
    each = reloader(tmp_path, seen)
    path = add_topic(bundle)
    assert each.refresh() is True
    assert each.model.score(["earnings"])[0].topics["profits"] > 0.99
    assert each.refresh() is None
    path.unlink()
    assert each.refresh() is True
    assert list(each.model.score(["earnings"])[0].topics) == ["earnings", "outage"]
    assert seen == ["tiny/1"] * 3


def test_a_broken_topic_leaves_the_model_in_use(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bundle = tiny_bundle(tmp_path)
    each = reloader(tmp_path, [])
    before = each.model
    path = add_topic(bundle, threshold=7)
    assert each.refresh() is False
    assert each.model is before
    assert "profits.json: expected a threshold between 0 and 1, got 7" in caplog.text
    path.unlink()
    assert each.refresh() is None


def test_without_a_first_model_there_is_no_reloader(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="CURRENT: missing"):
        reloader(tmp_path, [])
