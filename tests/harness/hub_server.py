"""A hub of one's own: the addresses that huggingface_hub asks, answered by a server in this process (`HF_ENDPOINT`)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GATED = "gated/private"


@dataclass
class HubServer:
    """Files by address, such as `datasets/owner/name/file.csv` or `owner/name/config.json`.

    `cut`: answers end after so many bytes until it is None again. `ranges`: the Range headers that came.
    """

    files: Mapping[str, bytes]
    cut: int | None = None
    endpoint: str = ""
    ranges: list[str] = field(default_factory=list)

    def repositories(self) -> set[str]:
        """The repositories that have a file."""
        return {"/".join(name.split("/")[: 3 if name.startswith("datasets/") else 2]) for name in self.files}


@contextmanager
def serve_hub(files: Mapping[str, bytes]) -> Iterator[HubServer]:
    """A running hub with these files."""
    hub = HubServer(files)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            repository, found, rest = unquote(self.path).lstrip("/").partition("/resolve/")
            content = hub.files.get(f"{repository}/{rest.partition('/')[2]}")
            if repository.endswith(GATED):
                return self._refuse(403, "GatedRepo")
            if not found or repository not in hub.repositories():
                return self._refuse(404, "RepoNotFound")
            if content is None:
                return self._refuse(404, "EntryNotFound")
            start = 0
            if asked := self.headers.get("Range"):
                hub.ranges.append(asked)
                start = int(asked.removeprefix("bytes=").partition("-")[0])
            self.send_response(206 if asked else 200)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(content) - start))
            if asked:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            if body:
                self.wfile.write(content[start : None if hub.cut is None else start + hub.cut])
                self.close_connection = hub.cut is not None
            return None

        def _refuse(self, status: int, reason: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", reason)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
