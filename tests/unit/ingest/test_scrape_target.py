"""How Prometheus finds a process that `up` did not start."""

from __future__ import annotations

import json
import os
from pathlib import Path

from services.ingest.scrape_target import FOLDER, forget_ended, scraped


def test_it_is_named_while_it_runs(tmp_path: Path) -> None:
    with scraped(tmp_path, "ingest", "0.0.0.0", 9101):
        (file,) = (tmp_path / FOLDER).iterdir()
        assert file.name == f"ingest-{os.getpid()}.json"
        assert json.loads(file.read_text()) == [{"targets": ["127.0.0.1:9101"], "labels": {"job": "ingest"}}]
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_what_a_killed_process_left_is_forgotten(tmp_path: Path) -> None:
    with scraped(tmp_path, "ingest-run", "127.0.0.1", 9101):
        (tmp_path / FOLDER / "ingest-4194999.json").write_text("[]")
        (tmp_path / FOLDER / "ingest-x.json").write_text("[]")
        forget_ended(tmp_path)
        assert [file.name for file in (tmp_path / FOLDER).iterdir()] == [f"ingest-run-{os.getpid()}.json"]


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with scraped(tmp_path / "file", "ingest", "127.0.0.1", 9101):
        pass
