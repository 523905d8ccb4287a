"""Local ports: a free one, whether something listens on one, and those that stay from start to start."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from time import monotonic, sleep
from typing import Protocol

from services.domain.errors import InvalidInput, PortTaken
from services.files.replace import replace_file

LOCALHOST = "127.0.0.1"
RELEASE_SECONDS = 10.0
"""A process whose parent was killed ends within five seconds, and gives its port back then."""

_given: set[int] = set()
_giving = threading.Lock()


def free_port(host: str = LOCALHOST) -> int:
    """A TCP port that nothing uses at this moment, and that this process was not given before."""
    with _giving:
        while True:
            with socket.socket() as probe:
                probe.bind((host, 0))
                port = int(probe.getsockname()[1])
            if port not in _given:
                _given.add(port)
                return port


def is_taken(host: str, port: int) -> bool:
    """Whether `host:port` cannot be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
        return False


class Ports(Protocol):
    """Where the processes of a stack listen."""

    def port_of(self, name: str) -> int:
        """Of a program, such as prometheus."""

    def metrics_port_of(self, worker: str) -> int:
        """Of the metrics of a worker."""


class FreePorts:
    """Any that are free."""

    def port_of(self, _name: str) -> int:
        """A free one."""
        return free_port()

    metrics_port_of = port_of


class RememberedPorts:
    """Ports by the name of what listens there, the same at each start: a JSON object in `file`."""

    def __init__(self, file: Path) -> None:
        """:raises InvalidInput: when the file is there and is no such object."""
        self._file = file
        try:
            self._ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
            if not all(isinstance(port, int) and 0 < port < 65_536 for port in self._ports.values()):
                raise ValueError("a port is a number from 1 to 65535")
        except (OSError, ValueError, AttributeError) as error:
            raise InvalidInput(f"{file}: expected an object of names and ports ({error}); delete it") from error

    def port(self, name: str, usual: int, host: str = LOCALHOST, asked: int | None = None, option: str = "") -> int:
        """The port that was `asked` for by `option`, else that of the last start, else the `usual` one, else any.

        :raises PortTaken: when the first, or after ten seconds the second, is in use.
        """
        remembered = self._ports.get(name)
        if asked is not None:
            port = asked
            if is_taken(host, port) and not (port == remembered and _wait_until_free(host, port)):
                raise PortTaken(host, port, name, option)
        elif remembered is not None:
            port = remembered
            if not _wait_until_free(host, port):
                raise PortTaken(host, port, name, option)
        else:
            port = free_port(host) if usual in self._ports.values() or is_taken(host, usual) else usual
        self._ports[name] = port
        return port

    def save(self) -> None:
        """Remember them.

        :raises InvalidInput: when the file cannot be written.
        """
        try:
            replace_file(self._file, json.dumps(self._ports, indent=2).encode())
        except OSError as error:
            raise InvalidInput(f"{self._file}: cannot be written: {error.strerror}") from error


def _wait_until_free(host: str, port: int) -> bool:
    deadline = monotonic() + RELEASE_SECONDS
    while is_taken(host, port):
        if monotonic() > deadline:
            return False
        sleep(0.1)
    return True
