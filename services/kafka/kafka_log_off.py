"""Silence of kafka-python, for whoever says in one line of ours what it would say in many."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kafka_log_off() -> Iterator[None]:
    """kafka-python logs every try of a connection, and every end of one."""
    log = logging.getLogger("kafka")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)
