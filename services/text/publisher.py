"""Who publishes a text: sections of one site are one publisher."""

from __future__ import annotations

from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList


def publisher_of(source: str, url: str | None, stated: str | None = None) -> str:
    """The publisher as its user `stated` it, or else the registrable domain of the text's address, or of a source that
    is one (feeds are called by host and path), or else the source's own name.

    A domain is registrable one label below a public suffix (publicsuffix.org), under which anybody may publish: blogs
    of one host are publishers of their own.
    """
    if stated:
        return stated.casefold()
    host = _host(url) if url else ""
    return _registrable(host) or _registrable(source.partition("/")[0].casefold()) or source.casefold()


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=4096)
def _registrable(host: str) -> str | None:
    """None for what is no host below a known suffix."""
    found: str | None = _suffixes().privatesuffix(host) if "." in host and " " not in host else None
    return found


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False)
