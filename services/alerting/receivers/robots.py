"""The robots of one installation: each service's address and secret, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from services.alerting.receivers.chat_service import ChatService
from services.alerting.receivers.dingtalk import DINGTALK
from services.alerting.receivers.feishu import FEISHU
from services.alerting.receivers.wecom import WECOM
from services.domain.errors import InvalidInput
from services.settings import Settings

CHAT_SERVICES: Mapping[str, ChatService] = {"wecom": WECOM, "feishu": FEISHU, "dingtalk": DINGTALK}


@dataclass(frozen=True, slots=True)
class Robot:
    """Where one service's messages go; its address holds a key and is never shown."""

    service: ChatService
    url: str = field(repr=False)
    secret: str = field(repr=False)


def robots(settings: Settings) -> dict[str, Robot]:
    """The robots that are set, by the name of their service.

    :raises InvalidInput: when an address is none, without showing it.
    """
    found = {}
    for name, service in CHAT_SERVICES.items():
        url = _revealed(getattr(settings.receivers, f"{name}_url"))
        if url:
            if not _is_address(url):
                raise InvalidInput(f"setting GROUNDSWELL_{name.upper()}_URL: expected an http or https address")
            found[name] = Robot(service, url, _revealed(getattr(settings.receivers, f"{name}_secret", None)))
    return found


def _revealed(secret: SecretStr | None) -> str:
    return secret.get_secret_value().strip() if secret else ""


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isprintable() and " " not in url
    except ValueError:
        return False
