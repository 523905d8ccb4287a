"""Which addresses are public."""

from __future__ import annotations

import pytest

from services.ingest.sources.rss.addresses import check_addresses, is_public
from services.ingest.sources.rss.refusal import Refusal


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public(address: str) -> None:
    assert is_public(address)
    assert check_addresses("a.test", [address], allow_private=False) == [address]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
     "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1",
     "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:0:0:0:0:80ff:fffe"],
)  # fmt: skip
def test_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(Refusal, match=r"a\.test is at .* not a public address") as caught:
        check_addresses("a.test", ["8.8.8.8", address], allow_private=False)
    assert caught.value.result == "private_address"
    assert check_addresses("a.test", [address], allow_private=True) == [address]


def test_no_address() -> None:
    with pytest.raises(Refusal, match=r"a\.test: no address found"):
        check_addresses("a.test", [], allow_private=False)
