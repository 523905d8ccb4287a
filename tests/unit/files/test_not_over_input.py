"""No command writes over what it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.files.not_over_input import refuse_input_as_output


def test_the_same_file_is_refused_under_whatever_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = tmp_path / "texts.jsonl"
    read.write_text("{}\n")
    (tmp_path / "link.jsonl").symlink_to(read)
    (tmp_path / "hard.jsonl").hardlink_to(read)
    monkeypatch.chdir(tmp_path)
    for written in (read, "texts.jsonl", "./texts.jsonl", "link.jsonl", "hard.jsonl"):
        with pytest.raises(InvalidInput, match=r"--alerts: expected another file than .*would be overwritten"):
            refuse_input_as_output(written, "--alerts", [None, read])


def test_other_files_pipes_and_devices_are_fine(tmp_path: Path) -> None:
    read = tmp_path / "texts.jsonl"
    read.write_text("{}\n")
    other = tmp_path / "other.jsonl"
    refuse_input_as_output(other, "OUT", [read])
    other.write_text("{}\n")
    refuse_input_as_output(other, "OUT", [read, "-", None])
    for written in (None, "-", "/dev/stdout"):
        refuse_input_as_output(written, "OUT", [read, "-"])
