"""Which hosts a feed may be fetched from: public addresses only, unless the configuration allows others."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from services.ingest.sources.rss.refusal import Refusal

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def check_addresses(host: str, addresses: Sequence[str], allow_private: bool) -> list[str]:
    """The addresses that `host` resolved to, each of them checked.

    One address that is not public refuses them all: a host that mixes them is not to be trusted.

    :raises Refusal: naming the host and the address.
    """
    if not addresses:
        raise Refusal("unreachable", f"{host}: no address found")
    for address in addresses:
        if not allow_private and not is_public(address):
            raise Refusal(
                "private_address",
                f"{host} is at {address}, which is not a public address; "
                "GROUNDSWELL_ALLOW_PRIVATE_FEEDS=true allows it",
            )
    return list(addresses)


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is in the public internet, also where IPv6 wraps an IPv4 address."""
    ip: IPAddress = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _wrapped(ip)
        if inner is not None:
            return is_public(str(inner))
        if ip.is_site_local:
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback)


def _wrapped(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside a mapped, 6to4, Teredo or NAT64 address."""
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None
