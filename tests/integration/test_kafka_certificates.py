"""The end of a certificate, and what is said when one is not taken."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from pydantic import SecretStr

from services.domain.errors import BrokerRefused, InvalidInput
from services.kafka.broker import Broker
from services.kafka.certificates import end_of, end_of_file
from services.kafka.reach import reach
from services.kafka.security import tls_context
from services.settings import KafkaSettings
from tests.harness.certificates import OPENSSL, Authority, openssl
from tests.harness.support import wait_until

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="certificates are made with openssl, which is not installed")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextmanager
def tls_server(certificate: Path) -> Iterator[int]:
    """The port of a server that shakes hands, and hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True):
                        pass
                except OSError:
                    connection.close()

        thread = Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def refusal(servers: str, ca_file: Path) -> str:
    with pytest.raises(BrokerRefused) as refused:
        reach(Broker(servers, KafkaSettings(security="SSL", ca_file=ca_file)))
    return str(refused.value)


def expired(authority: Authority) -> Path:
    """A certificate whose last second is over."""
    found = authority.issue("expired", days=0)
    wait_until(lambda: end_of_file(found) < datetime.now(UTC) - timedelta(seconds=1), what="the certificate expires")
    return found


def test_the_end_of_a_certificate(authority: Authority, tmp_path: Path) -> None:
    found = authority.issue("ours", days=40)
    assert abs(end_of_file(found) - datetime.now(UTC) - timedelta(days=40)) < timedelta(minutes=5)
    late = authority.issue("late", days=40_000)  # after 2049 the time has four digits for the year
    assert end_of_file(late).year > 2100
    (tmp_path / "none.pem").write_text("nothing")
    with pytest.raises(InvalidInput, match=r"none\.pem: expected a certificate in PEM, found none"):
        end_of_file(tmp_path / "none.pem")


def test_bytes_that_are_no_certificate_are_refused(authority: Authority) -> None:
    der = ssl.PEM_cert_to_DER_cert(authority.issue("cut").with_suffix(".crt").read_text())
    assert end_of(der) > datetime.now(UTC)
    for length in range(0, 60, 7):
        with pytest.raises(ValueError, match=r".+"):
            end_of(der[:length])


def test_an_expired_certificate(authority: Authority) -> None:
    with tls_server(expired(authority)) as port:
        found = refusal(f"localhost:{port}", authority.ca_file)
    assert f"the certificate that localhost:{port} shows has expired: renew it on the broker" in found


def test_a_certificate_of_an_unknown_ca(authority: Authority, tmp_path: Path) -> None:
    with tls_server(authority.issue("localhost")) as port:
        found = refusal(f"localhost:{port}", Authority(tmp_path, "other").ca_file)
    assert "is signed by a CA that is not known here: set GROUNDSWELL_KAFKA_CA_FILE" in found


def test_a_certificate_for_another_host(authority: Authority) -> None:
    with tls_server(authority.issue("elsewhere", host="kafka.example.org")) as port:
        found = refusal(f"localhost:{port}", authority.ca_file)
    assert "is not made for localhost: use the name that it is made for" in found


def test_a_port_without_tls(authority: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        thread = Thread(target=answer)
        thread.start()
        found = refusal(f"localhost:{port}", authority.ca_file)
        thread.join()
    assert f"localhost:{port} speaks no TLS: check the port and GROUNDSWELL_KAFKA_SECURITY" in found


@pytest.mark.parametrize("password", ["right", "wrong", None])
def test_an_encrypted_key_is_opened_by_its_password_and_nobody_is_asked(
    authority: Authority, tmp_path: Path, password: str | None
) -> None:
    ours, key = authority.issue("encrypted"), tmp_path / "encrypted.key"
    openssl("pkey", "-in", ours.with_suffix(".key"), "-aes256", "-passout", "pass:right", "-out", key)
    settings = KafkaSettings(
        security="SSL",
        ca_file=authority.ca_file,
        certificate_file=ours.with_suffix(".crt"),
        key_file=key,
        key_password=None if password is None else SecretStr(password),
    )
    if password == "right":
        tls_context(settings)
        return
    with pytest.raises(InvalidInput, match=r"GROUNDSWELL_KAFKA_CERTIFICATE_FILE: .+ and that key's password, got "):
        tls_context(settings)


def test_our_own_expired_certificate_is_not_even_shown(authority: Authority) -> None:
    ours = expired(authority)
    settings = KafkaSettings(
        security="SSL",
        ca_file=authority.ca_file,
        certificate_file=ours.with_suffix(".crt"),
        key_file=ours.with_suffix(".key"),
    )
    with pytest.raises(
        BrokerRefused, match=r"our certificate .+expired\.crt has expired, on \d{4}-\d\d-\d\d: renew it"
    ):
        reach(Broker("127.0.0.1:1", settings))
