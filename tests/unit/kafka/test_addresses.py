"""Broker addresses as users write them."""

from __future__ import annotations

import pytest

from services.domain.errors import InvalidInput
from services.kafka.addresses import bootstrap_servers, split_addresses


def test_addresses_are_split() -> None:
    assert split_addresses("a.example:9092, [::1]:9093") == [("a.example", 9092), ("::1", 9093)]

    assert bootstrap_servers("a.example:9092, [::1]:9093") == ["a.example:9092", "[::1]:9093"]


@pytest.mark.parametrize("given", ["", "localhost", "localhost:", ":9092", "a:9092,b", "a:99999", "a:port"])
def test_what_is_no_address_is_named(given: str) -> None:
    with pytest.raises(InvalidInput, match="expected host:port"):
        split_addresses(given)
