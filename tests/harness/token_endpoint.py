"""A token endpoint over TLS that gives unsecured tokens (RFC 7519, 6), as a Kafka for development takes them."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import time
from urllib.parse import parse_qs


class TokenEndpoint(ThreadingHTTPServer):
    """Gives every client that knows `secret` a token with its name; counts them."""

    def __init__(self, secret: str, life_seconds: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.secret, self.life_seconds = secret, life_seconds
        self.given = 0
        self.scopes: list[str] = []

    @property
    def url(self) -> str:
        """Its address; its certificate is for localhost."""
        return f"https://localhost:{self.server_address[1]}/token"


class _Handler(BaseHTTPRequestHandler):
    server: TokenEndpoint

    def do_POST(self) -> None:
        """Client credentials (RFC 6749, 4.4)."""
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        basic = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
        user, _, secret = basic.partition(":")
        if secret != self.server.secret or form["grant_type"] != ["client_credentials"]:
            self._answer(401, {"error": "invalid_client"})
            return
        self.server.given += 1
        self.server.scopes += form.get("scope", [])
        now = int(time())
        claims = {"sub": user, "iat": now, "exp": now + self.server.life_seconds}
        token = f"{_part({'alg': 'none'})}.{_part(claims)}."
        self._answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": self.server.life_seconds})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: object) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


@contextmanager
def token_endpoint(certificate: Path, secret: str, life_seconds: int = 3600) -> Iterator[TokenEndpoint]:
    """A running one, with the key and certificate of a PEM file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with TokenEndpoint(secret, life_seconds) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()
