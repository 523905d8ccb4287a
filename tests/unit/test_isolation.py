"""The guard around unit tests: no process, and nobody but this machine."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys

import pytest


def test_a_unit_test_cannot_start_a_process() -> None:
    with pytest.raises(pytest.fail.Exception, match="a unit test started a process"):
        subprocess.run([sys.executable, "-c", ""], check=True)
    with pytest.raises(pytest.fail.Exception, match="a unit test started a process"):
        asyncio.run(asyncio.create_subprocess_exec(sys.executable, "-c", ""))
    with pytest.raises(pytest.fail.Exception, match="a unit test started a process"):
        os.fork()


def test_a_unit_test_cannot_connect_to_another_machine() -> None:
    for attempt in (socket.socket.connect, socket.socket.connect_ex):
        with (
            socket.socket() as own,
            pytest.raises(pytest.fail.Exception, match=r"connected to 192\.0\.2\.1; .* belong in tests/integration"),
        ):
            attempt(own, ("192.0.2.1", 80))


def test_a_server_of_the_test_itself_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as own:
        assert own.getpeername() == server.getsockname()
