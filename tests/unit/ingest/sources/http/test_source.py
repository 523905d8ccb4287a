"""The HTTP server of ingest: it serves until it is stopped, on a port that is free."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from services.domain.errors import PortTaken
from services.ingest.normalise import SourceDefaults
from services.ingest.sources.http.source import HttpSource
from tests.harness.pipeline_bench import pipeline_bench


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with pipeline_bench(tmp_path) as bench, socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        source = HttpSource("127.0.0.1", port, SourceDefaults("http", "comment", b"key"), "secret")
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}: the port is taken"):
            source.run(bench.pipeline, threading.Event())
