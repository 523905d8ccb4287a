"""What a chat service's group robot wants: a message of a limited size, perhaps a signature, and how it answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from services.alerting.receivers.digest import Digest, shorter

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request that is ready to be sent."""

    url: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class ChatService:
    """One chat service. The codes are those of its answers; 0 is success."""

    render: Callable[[Digest], Payload]
    size: Callable[[Payload], int]
    """Bytes of what `limit` limits."""
    limit: int
    sign: Callable[[ChatRequest, str, int], ChatRequest]
    """(request, secret, ms since 1970) -> the request with its signature."""
    code: str
    """Name of the answer's field with its code."""
    reason: str
    """Name of the answer's field with its words."""
    too_fast: frozenset[int]
    """Codes of "too many messages"."""
    unfit: frozenset[int] = frozenset()
    """Codes of "such content is not passed on"."""


def fitted(service: ChatService, message: Digest) -> Payload:
    """The message as the service takes it, with as many texts as its limit allows."""
    payload = service.render(message)
    while service.size(payload) > service.limit:
        less = shorter(message)
        if less is None:
            break
        message = less
        payload = service.render(message)
    return payload


def unsigned(request: ChatRequest, _secret: str, _now_ms: int) -> ChatRequest:
    """The signature of a service that has none."""
    return request


def hmac_base64(key: str, text: str) -> str:
    """HMAC-SHA256 in base64."""
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def body_bytes(payload: Mapping[str, Any]) -> int:
    """Bytes of the payload as JSON."""
    return len(msgspec.json.encode(payload))
