"""Foreign text made plain: on one line, nothing hidden, and nothing that a chat service takes for markup."""

from __future__ import annotations

import re

from services.text.untrusted import one_line

_LOOK_ALIKE = str.maketrans("<>[]*_`~#@\\&", "＜＞［］＊＿｀～＃＠＼＆")
#: A ticker such as 600519.SH, which stays, or the dot in a name such as example.com.
_DOTTED = re.compile(r"(?<![A-Za-z0-9.-])\d{4,6}\.[A-Z]{2}(?![A-Za-z0-9-])|(?<=\w)\.(?=[^\W\d_]{2})")
_LINK = re.compile(r"https?://[A-Za-z0-9._~:/?#@!$&*+,;=%-]{1,490}")
_COMMAND = re.compile(r"\w(?:(?!//)[\w .:@|+/#'-])*")
MORE = "…"


def unlinked(text: str) -> str:
    """One line in which no client finds an address to make a link of."""
    parted = one_line(text).replace("://", ":／／")
    return _DOTTED.sub(lambda found: found[0] if len(found[0]) > 1 else "．", parted)


def inert(text: str) -> str:
    """One line without links and without the signs of Markdown, HTML and mentions: look-alikes stand for them.

    None of the services documents an escape for its signs.
    """
    return unlinked(text).translate(_LOOK_ALIKE)


def command(text: str) -> str:
    """A command or an id as it is, so that it can be copied, when it has harmless signs only; inert otherwise."""
    return text if _COMMAND.fullmatch(text) and text == one_line(text) else inert(text)


def link(address: str | None) -> str | None:
    """`address` when it is an http address that cannot end the markup around it, else None."""
    return address if address and _LINK.fullmatch(address) else None


def cut(text: str, limit: int) -> str:
    """`text` in at most `limit` bytes of UTF-8, cut between characters and marked with "…"."""
    encoded = text.encode()
    if len(encoded) <= limit:
        return text
    return encoded[: limit - len(MORE.encode())].decode(errors="ignore") + MORE
