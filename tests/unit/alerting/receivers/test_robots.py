"""Which robots are set, from secret files; their addresses are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.alerting.receivers.robots import robots
from services.domain.errors import InvalidInput
from services.settings import load_settings


def write(folder: Path, **secrets: str) -> None:
    """Secret files."""
    for name, value in secrets.items():
        (folder / f"groundswell_{name}").write_text(value, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the secret files."""
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path))
    return tmp_path


def test_those_with_an_address(folder: Path) -> None:
    write(folder, wecom_url="https://qyapi.example/send?key=k1\n", feishu_url="\n", feishu_secret="s1\n")
    write(folder, dingtalk_url="https://oapi.example/send?access_token=t1\n", dingtalk_secret="SEC1\n")
    found = robots(load_settings())
    assert {name: (robot.url, robot.secret) for name, robot in found.items()} == {
        "wecom": ("https://qyapi.example/send?key=k1", ""),
        "dingtalk": ("https://oapi.example/send?access_token=t1", "SEC1"),
    }
    assert not any(secret in repr(found) for secret in ("k1", "t1", "SEC1"))


def test_none(folder: Path) -> None:
    assert robots(load_settings()) == {}


@pytest.mark.parametrize("url", ["k123", "ftp://k123.example", "https://", "https://k123 .example", "http://[k123"])
def test_what_is_no_address_is_refused_without_showing_it(folder: Path, url: str) -> None:
    write(folder, feishu_url=url)
    with pytest.raises(InvalidInput, match="GROUNDSWELL_FEISHU_URL: expected an http or https address") as raised:
        robots(load_settings())
    assert "k123" not in str(raised.value)
