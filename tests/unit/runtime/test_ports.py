"""Free ports."""

from __future__ import annotations

from services.runtime.ports import free_port


def test_no_port_is_given_twice() -> None:
    given = [free_port() for _ in range(500)]
    assert len(set(given)) == 500
