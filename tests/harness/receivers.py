"""Receivers of alerts that only write down what they are told: everything that speaks HTTP, and a mail server."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """One HTTP request."""

    path: str
    body: dict[str, Any]


Answer = Callable[[Received], tuple[int, object]]


def taken(request: Received) -> tuple[int, object]:
    """The answer of each service to a message that it takes."""
    if request.path.startswith("/slack"):
        return 200, "ok"
    if request.path.startswith("/bot"):
        return 200, {"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "group"}}}
    return 200, {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}


@dataclass
class HttpReceivers:
    """All receivers that speak HTTP, told apart by their paths; `answer` can be replaced at any time."""

    answer: Answer = taken
    url: str = ""
    received: list[Received] = field(default_factory=list)

    def at(self, path: str) -> list[Received]:
        """What came to paths that start so."""
        return [request for request in list(self.received) if request.path.startswith(path)]

    @contextmanager
    def running(self, port: int = 0) -> Iterator[HttpReceivers]:
        """Listen on `port`, or a free one."""
        receivers = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                request = Received(self.path, json.loads(self.rfile.read(length)))
                status, said = receivers.answer(request)
                receivers.received.append(request)
                body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain" if isinstance(said, str) else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Stay silent."""

        with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
            self.url = f"http://127.0.0.1:{server.server_port}"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


@dataclass
class MailReceiver:
    """An SMTP server that asks for a password and keeps every mail."""

    address: str = ""
    mails: list[Message] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)

    def about(self, word: str) -> list[tuple[Message, str, str]]:
        """The mails that have `word` in their text, each with its text and its HTML."""
        found = []
        for mail in list(self.mails):
            parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
            text, html = (part.decode().replace("\r\n", "\n") for part in parts if isinstance(part, bytes))
            found += [(mail, text, html)] if word in text else []
        return found

    @contextmanager
    def running(self) -> Iterator[MailReceiver]:
        """Listen on a free port."""
        receiver = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.say("220 mail.example")
                while line := self.rfile.readline().decode().strip():
                    verb, _, rest = line.partition(" ")
                    match verb.upper():
                        case "EHLO":
                            self.say("250-mail.example", "250 AUTH PLAIN")
                        case "AUTH":
                            _, user, password = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
                            receiver.logins.append((user, password))
                            self.say("235 welcome")
                        case "DATA":
                            self.say("354 go on")
                            receiver.mails.append(message_from_bytes(self.mail()))
                            self.say("250 kept")
                        case "QUIT":
                            self.say("221 bye")
                            return
                        case _:
                            if verb.upper() == "RCPT":
                                receiver.recipients.append(rest)
                            self.say("250 ok")

            def mail(self) -> bytes:
                lines = []
                while (line := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
                return b"".join(lines)

            def say(self, *lines: str) -> None:
                self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
            self.address = f"127.0.0.1:{server.server_address[1]}"
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()
