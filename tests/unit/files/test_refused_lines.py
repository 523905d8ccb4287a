"""RefusedLines: the first ones by name, all of them by reason."""

from __future__ import annotations

import pytest

from services.files import refused_lines
from services.files.refused_lines import RefusedLines


def test_the_first_are_named_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(refused_lines, "MOST_NAMED", 2)
    lines = RefusedLines()
    lines.add(3, "bad_date", "expected a date, got 'soon'")
    lines.add(4, "invalid_json", "a \x1b[31m[bold]sign")
    lines.add(9, "bad_date", "not named")
    lines.close("they are kept")
    assert capsys.readouterr().err.splitlines() == [
        "line 3: bad_date: expected a date, got 'soon'",
        "line 4: invalid_json: a \ufffd[31m[bold]sign",
        "3 lines left out (2 bad_date, 1 invalid_json); they are kept",
    ]


def test_nothing_is_said_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    RefusedLines().close("they are kept")
    assert capsys.readouterr().err == ""
