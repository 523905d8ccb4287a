"""The adapter beside the stack, where a robot of a chat service is set: its token, and Alertmanager's way to it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from services.domain.errors import InvalidInput
from services.settings import Settings

MOST_ALERTS = 20


class AdapterToken(NamedTuple):
    """The token, and the file from which Alertmanager reads it."""

    value: str
    file: Path


def make_token(settings: Settings) -> AdapterToken:
    """The token that is set, else one for this start alone, written to a file that only this user can read.

    :raises InvalidInput: when the state folder cannot be written.
    """
    given = settings.receivers.adapter_token
    value = secrets.token_hex(32) if given is None else given.get_secret_value().strip()
    file = settings.state.folder.absolute() / "adapter_token"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
            written.write(value)
    except OSError as error:
        raise InvalidInput(f"{file}: cannot be written: {error.strerror}") from error
    return AdapterToken(value, file)


def webhooks(receivers: Iterable[str], token: AdapterToken, port: int) -> list[dict[str, object]]:
    """Alertmanager's `webhook_configs` for the receivers of the adapter at `port`."""
    authorization = {"credentials_file": str(token.file)}
    return [
        {
            "url": f"http://127.0.0.1:{port}/{name}",
            "http_config": {"authorization": dict(authorization)},
            "max_alerts": MOST_ALERTS,
        }
        for name in receivers
    ]
