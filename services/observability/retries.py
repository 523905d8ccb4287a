"""The one log line of a call that is tried again, wherever stamina does so."""

from __future__ import annotations

import logging

from stamina.instrumentation import RetryDetails

log = logging.getLogger(__name__)

WORTH_A_LINE_SECONDS = 1.0
"""What passes within a shorter pause needs no line: a broker that is just starting, for one."""


def log_retry(details: RetryDetails) -> None:
    """Say what failed and when it is tried again."""
    if details.wait_for >= WORTH_A_LINE_SECONDS:
        log.warning("%s (next try in %.1f s)", details.caused_by, details.wait_for)
