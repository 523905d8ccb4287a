"""The Python surface: the same results as the commands, and an example in the documentation that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.api import backtest, for_everything, link_companies, load_model, score_texts
from services.backtest.commands import backtest as backtest_command
from services.domain.errors import BundleInvalid, InvalidInput
from services.domain.event_time import format_iso
from services.domain.messages import Company, ScoredText
from services.inference.classifier import Classifier
from tests.factories import DAY, START
from tests.harness.brokers import ROOT
from tests.harness.streams import in_order, quiet, wave
from tests.harness.tiny_bundle import NAME, tiny_bundle

DOCS = ROOT / "docs" / "python.md"
APPLE, TESLA, MOUTAI = "AAPL", "TSLA", "600519.SH"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Classifier:
    """The tiny bundle, found as a user's model is."""
    tiny_bundle(tmp_path / "models")
    monkeypatch.setenv("GROUNDSWELL_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("GROUNDSWELL_MODEL", NAME)
    return load_model(threads=1)


@pytest.fixture(scope="module")
def history() -> list[dict[str, Any]]:
    """Twelve quiet days of one company and a wave on the last of them, with given sentiment, the latest first."""
    return [
        {
            "id": text.event_id,
            "text": text.text,
            "created_at": format_iso(text.published_at),
            "author": text.author,
            "source": "forum",
            "tickers": ["JPM"],
            "sentiment": text.sentiment,
        }
        for text in reversed(in_order(quiet(12), wave(20, START + 11 * DAY)))
    ]


def test_texts_are_scored_in_their_order(model: Classifier) -> None:
    bad, good = score_texts(["bad $AAPL", {"text": "涨 good earnings", "created_at": "2024-05-06T07:08:09Z"}], model)
    negative, neutral, positive = bad.sentiment
    assert negative == pytest.approx(148.413 / (148.413 + 2.718 + 1), rel=1e-3)  # logits 5, 1 and 0
    assert (neutral, positive) == pytest.approx((2.718 / 152.131, 1 / 152.131), rel=1e-3)
    assert (bad.topics, [company.id for company in bad.companies]) == ({}, [APPLE])
    assert [(each.company, each.sentiment.index(max(each.sentiment))) for each in bad.entities] == [(APPLE, 1)]
    assert good.sentiment.index(max(good.sentiment)) == 2
    assert good.topics == {"earnings": pytest.approx(0.982, abs=1e-3)}  # logit 8 - 4
    assert format_iso(good.published_at) == "2024-05-06T07:08:09Z"
    assert {text.model_version for text in (bad, good)} == {"tiny/1"}


def test_dates_are_read_in_the_zone_that_is_given() -> None:
    record = {"text": "down", "created_at": "2024-05-06 07:08:09", "sentiment": [0.8, 0.1, 0.1]}
    assert [
        format_iso(score_texts([record], timezone=zone)[0].published_at) for zone in (None, "UTC", "Asia/Shanghai")
    ] == ["2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z", "2024-05-05T23:08:09Z"]


def test_companies_are_linked_without_a_model() -> None:
    assert link_companies("$AAPL and 贵州茅台") == (
        Company(id=APPLE, mention="$AAPL"),
        Company(id=MOUTAI, mention="贵州茅台"),
    )
    assert link_companies("nobody") == ()


def test_a_backtest_finds_what_the_command_finds(
    history: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = backtest(history, watchlists=for_everything(alerts_per_day=0.05))
    file, alerts = tmp_path / "history.jsonl", tmp_path / "alerts.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in history))
    backtest_command(str(file), alerts=str(alerts), alerts_per_day=0.05)
    assert json.loads(capsys.readouterr().out)["texts"] == len(history)
    expected = [json.loads(line) for line in alerts.read_text().splitlines()]
    assert [(each["entity"], each["time"][:10]) for each in expected] == [("JPM", "2014-08-12")]
    assert [
        (one.raised.id, format_iso(one.first_at), one.raised.severity, float(f"{one.p_value:.4g}")) for one in found
    ] == [(each["id"], each["time"], each["severity"], each["p_value"]) for each in expected]


def test_scored_texts_records_and_repeats_give_the_same_incidents(history: list[dict[str, Any]]) -> None:
    scored = score_texts(history)
    assert [text.published_at for text in scored] == sorted((text.published_at for text in scored), reverse=True)
    once = backtest(scored, threshold=0.8)
    assert len(once) == 1
    mixed: list[ScoredText | dict[str, Any]] = [*scored[:50], *history[40:]]
    assert msgspec.to_builtins(backtest(mixed, threshold=0.8)) == msgspec.to_builtins(once)
    assert backtest(scored, threshold=50.0) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["fine", " "], "text 1: empty_text: expected a text, nothing visible is left of it"),
        ([{"text": "no date"}], "text 0: bad_date: created_at: expected a date such as 2014-09-"),
        ([{"text": "bad date", "created_at": "soon"}], "text 0: bad_date"),
        (["no model"], "expected a model, since not every text brings its sentiment"),
    ],
)
def test_what_cannot_be_used_is_named(texts: list[str | dict[str, Any]], expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        score_texts(texts)
    assert str(caught.value).startswith(expected)


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="mine/CURRENT: missing"):
        load_model("mine", tmp_path)


def test_the_example_of_the_documentation_runs(
    model: Classifier,
    history: list[dict[str, Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "history.jsonl").write_text("".join(json.dumps(record) + "\n" for record in history))
    monkeypatch.chdir(tmp_path)
    code = DOCS.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    exec(compile(code, str(DOCS), "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == f"0.98 0.01 [] ['{APPLE}', '{TESLA}']"
    assert [line.split()[0] for line in printed[1:3]] == [APPLE, TESLA]
    assert printed[3] == f"0.01 0.98 ['earnings'] ['{APPLE}']"
    assert MOUTAI in printed[5]
    assert printed[6].startswith("JPMorgan")
    assert len(printed) == 7
