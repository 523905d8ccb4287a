"""The crash-only rule of our workers: nothing unexpected is survived, so that no offset is committed past it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator

from services.domain.errors import CRASHED, UNUSABLE, TooManyDead

log = logging.getLogger(__name__)


@contextlib.contextmanager
def crash_only(what: str) -> Iterator[None]:
    """Body of an agent: the unexpected is logged and ends the process, which its supervisor starts again.

    So does `TooManyDead`, in one line and with a status of its own.
    """
    try:
        yield
    except (asyncio.CancelledError, GeneratorExit):
        raise
    except BaseException as error:
        reason = _too_many_dead(error)
        if reason is None:
            log.critical("%s met the unexpected; the process ends and is started again", what, exc_info=True)
        else:
            log.critical("%s stops: %s", what, reason)
        os._exit(CRASHED if reason is None else UNUSABLE)


def _too_many_dead(error: BaseException) -> TooManyDead | None:
    """It may have come through a group of tasks."""
    if isinstance(error, BaseExceptionGroup):
        return next((found for one in error.exceptions if (found := _too_many_dead(one)) is not None), None)
    return error if isinstance(error, TooManyDead) else None
