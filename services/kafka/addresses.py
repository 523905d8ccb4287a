"""The addresses of a broker setting."""

from __future__ import annotations

from services.domain.errors import InvalidInput


def split_addresses(broker: str) -> list[tuple[str, int]]:
    """`host:port[,host:port]` to pairs; IPv6 addresses stand in brackets.

    :raises InvalidInput: when an address has no host or no port number.
    """
    pairs = []
    for address in broker.split(","):
        host, _, port = address.strip().rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise InvalidInput(f"broker address: expected host:port[,host:port], got {broker!r}")
        pairs.append((host.strip("[]"), int(port)))
    return pairs


def bootstrap_servers(broker: str) -> list[str]:
    """`host:port[,host:port]` as Kafka's clients take it: one string an address.

    :raises InvalidInput: as `split_addresses` does.
    """
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in split_addresses(broker)]
