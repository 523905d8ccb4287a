"""`groundswell companies find` and `show`."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from services.companies.commands import companies_app
from services.domain.errors import InvalidInput


def run(*arguments: str) -> str:
    result = CliRunner().invoke(companies_app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_find_says_what_a_text_names_and_what_a_mere_name_is() -> None:
    found = [json.loads(line) for line in run("find", "WhatsApp outage, 騰訊 falls", "--json").splitlines()]
    assert found == [
        {"id": "FB", "name": "Facebook 脸书", "mention": "WhatsApp"},
        {"id": "00700.HK", "name": "Tencent 腾讯", "mention": "騰訊"},
    ]
    assert json.loads(run("find", "target", "--json"))["id"] == "TGT"
    assert "00700.HK" in run("find", "0700.HK")


def test_show_says_all_that_is_known() -> None:
    shown = json.loads(run("show", "海通证券", "--json"))
    assert (shown["id"], shown["zh"]) == ("601211.SH", "国泰海通")
    assert {"name": "海通证券", "until": "2025-03-14"} in shown["former"]
    assert shown["dictionary"]["date"] >= "2026-11-30"
    text = run("show", "META")
    assert [each for each in ("FB", "Instagram", "former 曾用名", "dictionary 词典") if each not in text] == []


@pytest.mark.parametrize("command", ["find", "show"])
def test_nothing_found_names_the_nearest(command: str) -> None:
    with pytest.raises(InvalidInput, match=r"'Teslla'.*nearest: TSLA Tesla"):
        run(command, "Teslla")
