"""Settings: from the environment, from secret files, and refused with the variable's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.settings import load_settings


def test_overrides_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_BROKER", "a:1")
    assert load_settings().broker == "a:1"
    assert load_settings(broker="b:2", model=None).broker == "b:2"


def test_a_secret_comes_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "groundswell_http_token").write_text("from the file\n")
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path))
    token = load_settings().http_token
    assert token is not None
    assert token.get_secret_value() == "from the file"
    assert "from the file" not in repr(load_settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [("METRICS_PORT", "70000"), ("LATENESS_MINUTES", "high"), ("STORE", "tape"), ("IDLE_SECONDS", "0")],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"GROUNDSWELL_{name}", value)
    with pytest.raises(InvalidInput, match=f"GROUNDSWELL_{name}.*{value}"):
        load_settings()
