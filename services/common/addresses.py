"""The addresses of a broker setting."""

from __future__ import annotations


def addresses(broker: str) -> list[str]:
    """`host:port[,host:port]` as a list, spaces around them left out."""
    return [address.strip() for address in broker.split(",")]
