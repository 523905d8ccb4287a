"""The key of the author hash: whoever has it can try handles until one fits a hash."""

from __future__ import annotations

import secrets

from services.domain.errors import InvalidInput
from services.settings import HOW_TO_MAKE, Settings


def own_author_key(settings: Settings) -> bytes:
    """The key of this installation, for what is published.

    :raises InvalidInput: when there is none.
    """
    if settings.ingest.author_key is None:
        raise InvalidInput(
            "setting GROUNDSWELL_AUTHOR_KEY: expected a key of your own, which hides authors behind a hash, got none; "
            f"{HOW_TO_MAKE}, and keep it: with another one every author counts as new"
        )
    return settings.ingest.author_key.get_secret_value().encode()


def some_author_key(settings: Settings) -> bytes:
    """The key of this installation, or one for this run alone, which is as good for what is not published."""
    return secrets.token_bytes(32) if settings.ingest.author_key is None else own_author_key(settings)
