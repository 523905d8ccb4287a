"""The crash-only rule of our workers: nothing unexpected is survived, so that no offset is committed past it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator

from services.domain.errors import CRASHED

log = logging.getLogger(__name__)


@contextlib.contextmanager
def crash_only(what: str) -> Iterator[None]:
    """Body of an agent: the unexpected is logged and ends the process, which its supervisor starts again."""
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException:
        log.critical("%s met the unexpected; the process ends and is started again", what, exc_info=True)
        os._exit(CRASHED)
