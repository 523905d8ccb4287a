"""How commands find the `up` that runs in a state folder."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from services.domain.errors import AlreadyRunning, InvalidInput
from services.running_up import FILE, RunningUp, find_running_up, the_only_up
from services.settings import load_settings

HERE = RunningUp(pid=4711, broker="127.0.0.1:19092", started_at="2026-12-01T08:00:00+00:00")


def test_it_is_found_while_it_runs(tmp_path: Path) -> None:
    assert find_running_up(tmp_path) is None
    with the_only_up(tmp_path) as say:
        say(HERE)
        assert find_running_up(tmp_path) == HERE
    assert find_running_up(tmp_path) is None


def test_a_second_one_in_the_folder_is_told_of_the_first(tmp_path: Path) -> None:
    message = (
        r"another `groundswell up` runs.*pid 4711, since 2026-12-01T08:00:00\+00:00, broker 127.0.0.1:19092.*STATE"
    )
    with the_only_up(tmp_path) as say:
        say(HERE)
        with pytest.raises(AlreadyRunning, match=message), the_only_up(tmp_path):
            pass
        assert find_running_up(tmp_path) == HERE


def test_what_a_killed_one_left_is_not_believed_and_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(msgspec.json.encode(HERE))
    assert find_running_up(tmp_path) is None
    with the_only_up(tmp_path) as say:
        say(HERE)


def test_its_broker_is_meant_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDSWELL_BROKER", raising=False)
    monkeypatch.setenv("GROUNDSWELL_STATE_DIR", str(tmp_path))
    assert load_settings().broker.servers == "127.0.0.1:9092"
    with the_only_up(tmp_path) as say:
        say(HERE)
        assert load_settings().broker.servers == "127.0.0.1:19092"
        assert load_settings(broker="kafka:1").broker.servers == "kafka:1"
        monkeypatch.setenv("GROUNDSWELL_BROKER", "kafka:2")
        assert load_settings().broker.servers == "kafka:2"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match=r"state folder .*file/var: expected one that can be written"):
        the_only_up(tmp_path / "file" / "var").__enter__()
