"""One feed over HTTP: limits on time, size and redirects; connects only to an address that was checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from services.ingest.sources.rss.addresses import check_addresses
from services.ingest.sources.rss.page import Page, read_response
from services.ingest.sources.rss.refusal import Refusal

MAX_REDIRECTS = 5
_MAX_ADDRESSES = 3

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to addresses."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost, redirects included, and whether private addresses are allowed; a larger feed is cut."""

    seconds: float = 20.0
    size_bytes: int = 20_000_000
    allow_private: bool = False


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of `host`, from the system's resolver.

    :raises Refusal: when there are none.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, OverflowError) as error:
        raise Refusal("unreachable", f"{host}: its address cannot be found ({error})") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def make_client() -> httpx.AsyncClient:
    """The client for `fetch`. It keeps no connections, as one made for a host must not serve another."""
    return httpx.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_keepalive_connections=0),
        headers={"User-Agent": "groundswell (feed reader)", "Accept-Encoding": "gzip"},
    )


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    limits: Limits,
    etag: str | None = None,
    last_modified: str | None = None,
    resolver: Resolver = resolve,
) -> Page:
    """Fetch `url` by http or https, only if it changed since `etag` or `last_modified`.

    :raises Refusal: with the reason, when it must not or cannot be fetched.
    """
    conditions = {
        name: value for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified)) if value
    }
    try:
        async with asyncio.timeout(limits.seconds):
            for _ in range(MAX_REDIRECTS + 1):
                found = await _hop(client, url, limits, conditions, resolver)
                if isinstance(found, Page):
                    return found
                url = found
    except TimeoutError as error:
        raise Refusal("too_slow", f"{url}: not complete within {limits.seconds:.0f} s") from error
    except (httpx.InvalidURL, ValueError, OverflowError) as error:  # what is no address is often found out late
        raise Refusal("bad_url", f"{url[:200]!r}: {type(error).__name__}: {error}") from error
    raise Refusal("too_many_redirects", f"{url}: more than {MAX_REDIRECTS} redirects")


async def _hop(
    client: httpx.AsyncClient, url: str, limits: Limits, conditions: dict[str, str], resolver: Resolver
) -> Page | str:
    """One request: the page, or where it was redirected to."""
    target = parse_url(url)
    port = target.port or (443 if target.scheme == "https" else 80)
    addresses = check_addresses(target.host, await resolver(target.host, port), limits.allow_private)
    failure: Exception = OSError("no address")
    for address in addresses[:_MAX_ADDRESSES]:
        request = client.build_request(
            "GET",
            target.copy_with(host=address),
            headers={"Host": target.netloc.decode("ascii"), **conditions},
            extensions={"sni_hostname": target.raw_host.decode("ascii")},
        )
        try:
            response = await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            failure = error
            continue
        except httpx.HTTPError as error:
            raise _explain(error, url) from error
        try:
            return await read_response(response, url, limits.size_bytes)
        except httpx.HTTPError as error:
            raise _explain(error, url) from error
        finally:
            await response.aclose()
    raise Refusal("unreachable", f"{url}: {type(failure).__name__}: {failure}") from failure


def _explain(error: httpx.HTTPError, url: str) -> Refusal:
    result = "too_slow" if isinstance(error, httpx.TimeoutException) else "unreachable"
    return Refusal(result, f"{url}: {type(error).__name__}: {error}")


def parse_url(url: str) -> httpx.URL:
    """The address of a feed.

    :raises Refusal: `bad_url` when it is not http or https, names no host, or holds a password.
    """
    try:
        target = httpx.URL(url)
        host = target.host  # decodes it
    except (httpx.InvalidURL, ValueError, TypeError) as error:
        raise Refusal("bad_url", f"{url[:200]!r}: {error}") from error
    if not 0 < (target.port or 1) < 65_536:
        raise Refusal("bad_url", f"{url[:200]!r}: expected a port below 65536, got {str(target.port)[:20]}")
    if target.scheme not in ("http", "https") or not host or target.userinfo:
        raise Refusal("bad_url", f"{url[:200]!r}: expected http:// or https:// and a host, without a password")
    return target
