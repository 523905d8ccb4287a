"""One connection to a broker, made to learn why there is none: kafka-python itself tries again in silence."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime
from typing import Any

from kafka.errors import KafkaError
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector
from kafka.protocol.metadata import MetadataRequest

from services.domain.errors import BrokerRefused, BrokerUnavailable, GroundswellError
from services.kafka.addresses import split_addresses
from services.kafka.broker import Broker
from services.kafka.certificates import end_of_file
from services.kafka.errors import explain_login, explain_tls
from services.kafka.kafka_log_off import kafka_log_off
from services.kafka.security import client_options

CONNECT_SECONDS = 5.0
ANSWER_MS = 5_000


def reach(broker: Broker) -> None:
    """Connect, shake hands and log in at the first address where that works.

    :raises InvalidInput: when the address is none, or a file of the settings cannot be used.
    :raises BrokerRefused: when a certificate or the login is at fault, and no other address does.
    :raises BrokerUnavailable: when nobody answers, or what answers is no Kafka broker.
    """
    options = client_options(broker)
    _check_our_certificate(broker)
    failures: list[BrokerUnavailable] = []
    for host, port in split_addresses(broker.servers):
        try:
            shake_hands(broker, host, port, options.get("ssl_context"))
            _log_in(broker, options, host, port)
            return
        except BrokerUnavailable as error:
            failures.append(error)
    raise next((each for each in failures if isinstance(each, BrokerRefused)), failures[-1])


def shake_hands(broker: Broker, host: str, port: int, context: ssl.SSLContext | None) -> bytes:
    """Connect, with TLS where there is a context; the broker's certificate (DER), empty without TLS.

    :raises BrokerRefused: when the certificate is not taken, or there is no TLS.
    :raises BrokerUnavailable: when nobody answers.
    """
    try:
        connection = socket.create_connection((host, port), timeout=CONNECT_SECONDS)
    except OSError as error:
        raise BrokerUnavailable(broker, "nobody answers there; is it running, and is the address right?") from error
    with connection:
        if context is None:
            return b""
        try:
            with context.wrap_socket(connection, server_hostname=host) as secured:
                return secured.getpeercert(binary_form=True) or b""
        except OSError as error:  # ssl.SSLError is one
            raise explain_tls(error, broker, f"{host}:{port}") from error


@kafka_log_off()
def _log_in(broker: Broker, options: dict[str, Any], host: str, port: int) -> None:
    """What every client does first: ask for the versions, log in, ask for the brokers."""
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    net = NetworkSelector()
    manager = KafkaConnectionManager(net, **{**options, "bootstrap_servers": address, "request_timeout_ms": ANSWER_MS})

    connection = manager.get_connection("bootstrap-0", pop_on_close=False, refresh_metadata_on_err=False)

    async def ask() -> None:
        await connection
        await connection.send_request(MetadataRequest(topics=[], allow_auto_topic_creation=False))

    try:
        manager.run(ask)
    except (KafkaError, GroundswellError) as error:
        # kafka-python 3.0.12 drops an answer that comes together with the end of the connection, as a refusal may.
        in_login = (
            broker.has_login and connection.broker_version_data is not None and not connection.init_future.succeeded()
        )
        raise explain_login(error, broker, f"{host}:{port}", in_login) from error
    finally:
        manager.close()
        net.close()


def _check_our_certificate(broker: Broker) -> None:
    """Brokers do not say what is wrong with a certificate that they do not take."""
    path = broker.security.certificate_file if broker.security else None
    if path is None:
        return
    end = end_of_file(path)
    if end < datetime.now(UTC):
        raise BrokerRefused(broker, f"our certificate {path} has expired, on {end:%Y-%m-%d}: renew it")
