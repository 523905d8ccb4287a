"""Folders for processes that are set up alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.files.slot import take_slot


def test_each_takes_the_first_that_is_free(tmp_path: Path) -> None:
    assert take_slot(tmp_path, "monitor") == tmp_path
    assert take_slot(tmp_path, "monitor") == tmp_path / "monitor-2"
    assert take_slot(tmp_path, "other") == tmp_path
    assert take_slot(tmp_path, "monitor") == tmp_path / "monitor-3"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"state folder .*file: cannot be written: File exists"):
        take_slot(tmp_path / "file", "monitor")
