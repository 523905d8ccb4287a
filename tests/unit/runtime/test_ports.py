"""Free ports, and ports that stay."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from services.domain.errors import InvalidInput, PortTaken
from services.runtime import ports
from services.runtime.ports import RememberedPorts, free_port


def test_a_port_is_not_given_twice() -> None:
    given = [free_port() for _ in range(50)]
    assert len(set(given)) == len(given)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "RELEASE_SECONDS", 0.2)


def listening(port: int = 0) -> socket.socket:
    taken = socket.socket()
    taken.bind(("127.0.0.1", port))
    taken.listen()
    return taken


def test_the_usual_port_is_taken_and_remembered(tmp_path: Path) -> None:
    usual, other = free_port(), free_port()
    first = RememberedPorts(tmp_path / "ports.json")
    assert first.port("broker", usual) == usual
    first.save()
    assert json.loads((tmp_path / "ports.json").read_text()) == {"broker": usual}
    assert RememberedPorts(tmp_path / "ports.json").port("broker", other) == usual


def test_where_the_usual_port_is_in_use_another_is_found_and_stays(tmp_path: Path) -> None:
    with listening() as taken:
        usual = taken.getsockname()[1]
        first = RememberedPorts(tmp_path / "ports.json")
        found = first.port("broker", usual)
        first.save()
    assert found != usual
    assert RememberedPorts(tmp_path / "ports.json").port("broker", usual) == found


def test_two_names_never_share_a_port(tmp_path: Path) -> None:
    usual = free_port()
    both = RememberedPorts(tmp_path / "ports.json")
    assert len({both.port(name, usual) for name in ("one", "two")}) == 2


@pytest.mark.usefixtures("impatient")
def test_a_port_that_was_asked_for_or_remembered_is_never_exchanged(tmp_path: Path) -> None:
    with listening() as taken:
        port = taken.getsockname()[1]
        remembered = RememberedPorts(tmp_path / "ports.json")
        with pytest.raises(PortTaken, match=rf"broker cannot listen on 127.0.0.1:{port}.*--broker-port"):
            remembered.port("broker", free_port(), asked=port, option="--broker-port")
        (tmp_path / "ports.json").write_text(json.dumps({"broker": port}))
        with pytest.raises(PortTaken):
            RememberedPorts(tmp_path / "ports.json").port("broker", free_port())


@pytest.mark.parametrize("content", ["[]", "{", '{"broker": "9092"}', '{"broker": 0}', '{"broker": 70000}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)
    with pytest.raises(InvalidInput, match=r"ports\.json: expected an object of names and ports.*delete it"):
        RememberedPorts(tmp_path / "ports.json")
