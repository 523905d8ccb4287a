"""The table of `make faults`, and the file that it goes on from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults import __main__ as command
from tests.faults import kept
from tests.faults.kept import KeptResults, Result
from tests.faults.row import Outcome
from tests.faults.rows import ROWS
from tests.faults.table import COLUMNS, head, line
from tests.faults.texts import texts_of

OUTCOME = Outcome(sent=1608, lost=0, copies=32, left=0, equal=(4, 4), late=0, recovered=25.4, notes="3 faults")


def cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.strip("|").split(" | ")]


def test_a_line_has_a_cell_for_each_column() -> None:
    found = cells(line(Result(row="killed", status="ok", outcome=OUTCOME, seconds=269.3)))
    assert found == ["killed", "1608", "0", "32", "0", "4 of 4", "0", "25 s", "ok", "3 faults; 269 s in all"]
    assert len(found) == len(COLUMNS)


def test_what_was_not_measured_is_blank() -> None:
    found = cells(
        line(Result(row="ingest-killed", status="FAILED", outcome=Outcome(sent=2, lost=1), why="1 texts lost"))
    )
    assert found == ["ingest-killed", "2", "1", "0", "", "", "", "", "FAILED", "1 texts lost; 0 s in all"]


def test_a_row_that_did_not_run_says_why() -> None:
    found = cells(line(Result(row="broker-away", status="skipped", why="it ends the broker")))
    assert found == ["broker-away", *[""] * 7, "skipped", "it ends the broker"]


def test_the_head_says_what_the_table_was_made_on() -> None:
    first, *_, names, rule = head("Apache Kafka 4.3.1, one node", "memory", 7, "abc1234").splitlines()
    assert first.startswith("Apache Kafka 4.3.1, one node; store memory; ")
    assert first.endswith(" cores; seed 7; commit abc1234")
    assert cells(names) == [name for name, _ in COLUMNS]
    assert len(names.split("|")) == len(rule.split("|"))


def test_a_run_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    results = KeptResults("abc-seed-1")
    assert results.finished() == {}
    failed = Result(row="killed", status="FAILED", why="1 texts lost")
    passed = Result(row="killed", status="ok", outcome=OUTCOME)
    for one in (failed, Result(row="frozen", status="skipped", why="no broker"), passed):
        results.add(one)
    assert KeptResults("abc-seed-1").finished() == {"killed": passed}
    assert KeptResults("abc-seed-2").finished() == {}


def test_the_texts_follow_from_the_seed() -> None:
    first = texts_of(1, per_day=6)
    assert (len(first), texts_of(1, per_day=6) == first, texts_of(2, per_day=6) == first) == (600, True, False)
    assert [text.published_at for text in first] == sorted(text.published_at for text in first)
    assert len({text.event_id for text in first}) == 600


def test_rows_are_listed_and_an_unknown_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list"]) == 0
    assert [listed.split()[0] for listed in capsys.readouterr().out.splitlines()] == list(ROWS)
    with pytest.raises(SystemExit) as ended:
        command.main(["nonsense"])
    assert ended.value.code == 2
    assert "invalid choice: 'nonsense'" in capsys.readouterr().err
