"""Addresses without what may be secret in them: the one place that decides what that is.

Whatever is logged or said as an error goes through `redact`, since libraries put whole addresses into their messages.
"""

from __future__ import annotations

import re

HIDDEN = "***"
_ADDRESS = re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*)://((?:(?!,[A-Za-z]+://)[^\s'\"<>])+)")
_END = ".,:;)]}"
"""What ends a sentence or a bracket around an address rather than the address."""
_KEY_CHARS = 16
"""A piece of a path that is as long and has a digit in it may be a key: those of Slack, Telegram and Feishu are."""


def redact(text: str) -> str:
    """`text` with each address in it cut down to its scheme, host and the plain pieces of its path."""
    return _ADDRESS.sub(_redacted, text) if "://" in text else text


def redact_address(value: str) -> str:
    """The same for what ought to be an address, and perhaps has no scheme: without a login, too."""
    scheme, mark, rest = value.rpartition("://")
    login, at, host = rest.rpartition("@")
    return redact(f"{scheme}{mark}{HIDDEN + at if login else at}{host}")


def _redacted(found: re.Match[str]) -> str:
    scheme, rest = found.groups()
    address = rest.rstrip(_END)
    before, query = _cut(address)
    host, slash, path = before.partition("/")
    if "@" in host:
        host = f"{HIDDEN}@{host.rpartition('@')[2]}"
    pieces = "/".join(HIDDEN if _may_be_key(piece) else piece for piece in path.split("/"))
    return f"{scheme}://{host}{slash}{pieces}{query}{rest[len(address) :]}"


def _cut(address: str) -> tuple[str, str]:
    """What stands before the query or the fragment, and a sign that there is one."""
    first = min((at for at in map(address.find, "?#") if at >= 0), default=len(address))
    return address[:first], address[first : first + 1] + HIDDEN if first < len(address) else ""


def _may_be_key(piece: str) -> bool:
    return len(piece) >= _KEY_CHARS and any(char.isdigit() for char in piece)
