"""fetch with a real certificate, and with the resolver of this machine."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from services.ingest.sources.rss.fetch import Limits, fetch, make_client
from services.ingest.sources.rss.refusal import Refusal

LIMITS = Limits(seconds=5, size_bytes=100_000, allow_private=True)


async def test_a_name_that_nobody_knows() -> None:
    async with make_client() as client:
        with pytest.raises(Refusal) as caught:
            await fetch(client, "http://no-such-host.invalid/", LIMITS)
    assert caught.value.result == "unreachable"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
async def test_tls_asks_for_the_host_by_name_and_checks_the_certificate(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=good.test"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]

    async def resolver(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with make_client() as client:
        with pytest.raises(Refusal, match="CERTIFICATE_VERIFY_FAILED"):
            await fetch(client, f"https://good.test:{port}/", LIMITS, resolver=resolver)
    server.close()
    assert names == ["good.test"]
