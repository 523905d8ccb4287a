"""Log lines of every process: one line each, UTC, to standard error."""

from __future__ import annotations

import logging
import sys
import time

from stamina.instrumentation import set_on_retry_hooks

from services.domain.redact import redact
from services.observability.repeats import RepeatFilter
from services.observability.retries import log_retry


class _OneLine(logging.Formatter):
    """Formats a record, its traceback included, without a raw line break (log injection, log shippers)."""

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        """UTC."""
        return time.gmtime(seconds)

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line, without what may be secret in an address."""
        return redact(super().format(record)).replace("\r", "\\r").replace("\n", "\\n")


def setup_logging(process: str, level: str = "INFO") -> None:
    """Send all logs to standard error as `time level process logger: message`, those of stamina's retries too.

    Libraries that repeat themselves are cut short, unless `level` is DEBUG.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _OneLine(f"%(asctime)s.%(msecs)03dZ %(levelname)s {process} %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    )
    if level != "DEBUG":
        handler.addFilter(RepeatFilter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("kafka", "aiokafka", "faust", "mode", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    set_on_retry_hooks([log_retry])
