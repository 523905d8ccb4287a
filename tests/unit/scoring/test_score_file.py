"""`groundswell score-file`: the same core without Kafka."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from services.files.jsonl import GoodLine
from services.inference.bundle import current_bundle
from services.scoring import score_file as core
from services.scoring.commands import score_file
from services.text.mentions import Named
from tests.harness.tiny_bundle import add_topic, tiny_bundle

app = typer.Typer()
app.command()(score_file)


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_bundle(tmp_path / "models")
    monkeypatch.setenv("GROUNDSWELL_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("GROUNDSWELL_MODEL", "tiny")


def run(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(app, [*arguments, "--threads", "1"], input=given)


def summary(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stderr.strip().splitlines()[-1])
    return found


def lines(*records: object) -> bytes:
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def test_each_object_comes_back_with_its_scores_in_order(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(
        lines(
            {"id": 1, "text": "bad earnings", "keep": [1, None]},
            {"id": 2, "text": "这只股票涨了,明天还会继续 outage"},
            {"id": 3, "text": "<b>good</b> outage", "sentiment": "old"},
        )
    )
    result = run(str(source), str(target))
    assert result.exit_code == 0, result.output
    out = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in out] == [1, 2, 3]
    assert out[0]["keep"] == [1, None]
    assert [max(record["sentiment"], key=record["sentiment"].get) for record in out] == [
        "negative",
        "positive",
        "positive",
    ]
    assert list(out[0]["sentiment"]) == ["negative", "neutral", "positive"]
    assert sum(out[0]["sentiment"].values()) == pytest.approx(1, abs=1e-5)
    assert [{t: p > 0.5 for t, p in record["topics"].items()} for record in out] == [
        {"earnings": True, "outage": False},
        {"earnings": False, "outage": False},
        {"earnings": False, "outage": True},
    ]
    assert [record["lang"] for record in out] == ["en", "zh", "en"]
    assert out[1]["topics"]["outage"] == 0.0  # was taught in English only
    assert {record["model_version"] for record in out} == {"tiny/1"}
    counts = summary(result)
    assert (counts["texts"], counts["bad"]) == (3, 0)


def test_a_title_and_other_names_are_read_as_in_the_stream(tmp_path: Path) -> None:
    rows = "headline,content,label\nbad earnings,,x\n,bad earnings,y\nbad,earnings,z\n"
    (tmp_path / "in.csv").write_text(rows)
    assert run(str(tmp_path / "in.csv"), str(tmp_path / "out.jsonl")).exit_code == 0
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    joined = run("-", "-", given=lines({"text": "bad earnings"}, {"text": "bad. earnings"}))
    whole, parted = map(json.loads, joined.stdout.splitlines()[:2])
    assert [row["sentiment"] for row in out] == [whole["sentiment"], whole["sentiment"], parted["sentiment"]]
    assert [row["label"] for row in out] == ["x", "y", "z"]
    other = run(str(tmp_path / "in.csv"), "-", "--field", "text=label", "--field", "title=none")
    assert json.loads(other.stdout.splitlines()[0])["sentiment"] != whole["sentiment"]


def test_an_entity_is_found_by_its_place_in_the_text_beside_a_title() -> None:
    record = {"title": "Acme and Acme", "text": "Acme falls, Acme rises", "entities": [{"name": "Acme", "start": 12}]}
    assert core.entities_of(GoodLine(1, record)) == (Named("Acme", 3),)
    del record["title"]
    assert core.entities_of(GoodLine(1, record)) == (Named("Acme", 1),)


def test_companies_come_with_their_places_in_the_text_as_it_was_given() -> None:
    texts = ["bad earnings of <b>騰訊</b> &amp; Tesla", "ＴＳＬＡ.US outage", "the apple tree outage"]
    result = run("-", "-", given=lines(*({"text": text} for text in texts)))
    out = [json.loads(line) for line in result.stdout.splitlines()]
    found = [
        [(one["id"], one["name"], one["mention"], one["start"], one["end"]) for one in each["companies"]]
        for each in out
    ]
    assert found == [
        [("00700.HK", "Tencent 腾讯", "騰訊", 19, 21), ("TSLA", "Tesla 特斯拉", "Tesla", 32, 37)],
        [("TSLA", "Tesla 特斯拉", "ＴＳＬＡ.US", 0, 7)],
        [],
    ]
    assert [
        text[one["start"] : one["end"]] for text, each in zip(texts, out, strict=True) for one in each["companies"]
    ] == [
        "騰訊",
        "Tesla",
        "ＴＳＬＡ.US",
    ]
    assert [list(one["sentiment"]) for one in out[0]["companies"]] == [["negative", "neutral", "positive"]] * 2


def test_tickers_of_the_source_win_and_entities_stay_apart() -> None:
    record = {"text": "Tesla outage", "tickers": ["META", "0700.HK"], "entities": [{"name": "Tesla"}]}
    result = run("-", "-", given=lines(record))
    out = json.loads(result.stdout)
    assert [(one["id"], one["mention"], one["start"], one["end"]) for one in out["companies"]] == [
        ("FB", "META", None, None),
        ("00700.HK", "0700.HK", None, None),
    ]
    assert [sorted(entity) for entity in out["entities"]] == [["name", "sentiment"]]


def test_added_topics_are_shown_in_the_languages_of_their_examples(tmp_path: Path) -> None:
    add_topic(current_bundle(tmp_path / "models", "tiny"))
    given = lines({"text": "earnings the shares are"}, {"text": "earnings 这只股票涨了,明天还会继续"})
    result = run("-", str(tmp_path / "out.jsonl"), given=given)
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(one["lang"], one["topics"]["profits"]) for one in found] == [("en", 0.993307), ("zh", 0.0)]


def test_bad_lines_are_named_counted_and_not_fatal(tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    given = b"\n".join(
        [
            b'{"id": "a", "text": "good"}',
            b"{nonsense",
            b'{"id": "b"}',
            b'{"id": "c", "text": 5}',
            b'{"id": "d", "text": " <p> </p> "}',
            b'{"id": "e", "text": "\xff"}',
            b'["a list"]',
            b'{"id": "f", "text": "bad", "x": NaN}',
            b'{"id": "g", "text": "bad"}',
        ]
    )
    result = run("-", str(target), given=given)
    assert result.exit_code == 3
    out = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in out] == ["a", "g"]
    counts = summary(result)
    assert (counts["texts"], counts["bad"]) == (2, 7)
    assert counts["reasons"] == {"invalid_json": 3, "invalid_field": 2, "empty_text": 1, "invalid_utf8": 1}
    for number in range(2, 9):
        assert f"line {number}: " in result.stderr


def test_pipes_and_gz_work_and_standard_output_holds_nothing_but_the_result(tmp_path: Path) -> None:
    packed = tmp_path / "in.jsonl.gz"
    packed.write_bytes(gzip.compress(lines({"text": "good"}, {"text": "bad"})))
    result = run(str(packed), "-")
    assert result.exit_code == 0
    assert [json.loads(line)["sentiment"]["positive"] > 0.5 for line in result.stdout.splitlines()] == [
        True,
        False,
    ]


def test_chunks_do_not_change_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "CHUNK_LINES", 7)
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl.gz"
    source.write_bytes(lines(*({"id": n, "text": "good " * (n % 9 + 1)} for n in range(50))))
    assert run(str(source), str(target)).exit_code == 0
    with gzip.open(target, "rt", encoding="utf-8") as out:
        assert [json.loads(line)["id"] for line in out] == list(range(50))


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"")
    result = run(str(source), str(target))
    assert (result.exit_code, target.read_bytes(), summary(result)["texts"]) == (0, b"", 0)


def test_entities_come_back_with_a_sentiment_each(tmp_path: Path) -> None:
    entities = [{"name": "shares", "start": 4, "end": 10, "keep": 1}, {"name": "bad"}]
    source = lines({"text": "bad shares good shares", "entities": entities}, {"text": "good", "entities": []})
    result = run("-", str(tmp_path / "out.jsonl"), given=source)
    assert result.exit_code == 0, result.output
    first, second = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert [(one["name"], one.get("keep")) for one in first["entities"]] == [("shares", 1), ("bad", None)]
    assert [max(one["sentiment"], key=one["sentiment"].get) for one in first["entities"]] == ["neutral", "negative"]
    assert second["entities"] == []
    assert first["unsure"] is False


@pytest.mark.parametrize("entities", ["bad", ["bad"], [{"name": 1}], [{"name": "bad", "start": "0"}]])
def test_a_line_with_wrong_entities_is_a_bad_line(tmp_path: Path, entities: object) -> None:
    result = run("-", str(tmp_path / "out.jsonl"), given=lines({"text": "bad", "entities": entities}))
    assert result.exit_code == 3
    assert summary(result)["reasons"] == {"invalid_field": 1}
    assert "entities" in result.stderr


def test_explained_lines_say_which_pieces_speak_for_their_sentiment(tmp_path: Path) -> None:
    records = [{"text": "the shares are <b>bad</b>"}, {"text": "good good"}, {"text": "the shares"}]
    plain, explained = tmp_path / "plain.jsonl", tmp_path / "explained.jsonl"
    assert run("-", str(plain), given=lines(*records)).exit_code == 0
    assert run("-", str(explained), "--explain", given=lines(*records)).exit_code == 0
    found = [json.loads(line) for line in explained.read_text().splitlines()]
    explanations = [record.pop("because") for record in found]
    assert found == [json.loads(line) for line in plain.read_text().splitlines()]
    assert [[(one["text"], one["start"], one["end"]) for one in each] for each in explanations] == [
        [("bad", 15, 18)],
        [("good", 0, 4), ("good", 5, 9)],
        [],
    ]
    assert explanations[0][0]["effect"] == pytest.approx(found[0]["sentiment"]["negative"] - 0.211942, abs=1e-5)
    assert explanations[1][0]["effect"] == explanations[1][1]["effect"] > 0


PLAIN = " ".join(f"The {number} of the shares stand on a list of the shares." for number in range(30))


def test_a_long_text_says_what_decided_and_what_was_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    end = "In the end it is all bad for them."
    given = lines(
        {"text": f"{PLAIN} {end}"}, {"text": PLAIN}, {"text": "x " * 60_000}, {"text": "bad, and the 2nd is good"}
    )
    out = tmp_path / "out.jsonl"
    result = run("-", str(out), "--explain", given=given)
    assert result.exit_code == 0, result.output
    bad, plain, long, short = (json.loads(line) for line in out.read_text(encoding="utf-8").splitlines())
    assert max(bad["sentiment"], key=bad["sentiment"].get) == "negative"
    start = len(PLAIN) + 1
    assert bad["passage"] == {"text": end, "start": start, "end": start + len(end)}
    assert [one["text"] for one in bad["because"]] == ["bad"]
    assert (bad["because"][0]["start"], bad["because"][0]["end"]) == (start + 21, start + 24)
    assert max(plain["sentiment"], key=plain["sentiment"].get) == "neutral"
    assert [one["cut"] for one in (bad, plain, long, short)] == [False, False, True, False]
    assert (short["passage"], summary(result)["cut"]) == (None, 1)

    monkeypatch.setenv("GROUNDSWELL_MOST_SENTENCES", "2")
    assert summary(run("-", str(out), given=given))["cut"] == 3
