"""Who calls an HTTP server of ours: programs that hold its token, and no page in somebody's browser."""

from __future__ import annotations

import hmac

from aiohttp import web


def has_token(request: web.Request, token: bytes) -> bool:
    """Whether a request brings the bearer token; takes the same time however much of it is right."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), token)
    return right and scheme.lower() == "bearer"


def is_browser(request: web.Request) -> bool:
    """Whether a page sends the request: a browser says so in headers that no page can leave out or change."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers
