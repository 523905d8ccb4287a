"""A unit test starts no process and talks to nobody outside of this process: one that does fails.

A server in the test's own process, on this machine's loopback address, is allowed: since nothing else may be started,
nothing else can answer there.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ELSEWHERE = "tests that start processes or use the network belong in tests/integration"


def _no_process(*_arguments: object, **_options: object) -> None:
    pytest.fail(f"a unit test started a process; {ELSEWHERE}")


def _only_loopback(connect: Any) -> Any:
    def guarded(own: socket.socket, address: Any) -> Any:
        if own.family != socket.AF_UNIX and address[0] not in LOOPBACK:
            pytest.fail(f"a unit test connected to {address[0]}; {ELSEWHERE}")
        return connect(own, address)

    return guarded


@contextmanager
def _alone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", _no_process)
        patch.setattr(os, "fork", _no_process)
        patch.setattr(os, "posix_spawn", _no_process)
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _only_loopback(getattr(socket.socket, name)))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    """Fixtures are made alone."""
    with _alone():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """Tests run alone."""
    with _alone():
        yield
