"""The error tree. Each docstring says what the process does next."""

from __future__ import annotations

BAD_LINES = 3
"""Exit status of a command that read a file to its end and left lines of it out."""
CRASHED = 70
"""Exit status of a process that met the unexpected; its supervisor starts it again (EX_SOFTWARE)."""
UNUSABLE = 65
"""Exit status of a process that stopped because most of what it read cannot be used (EX_DATAERR)."""


class GroundswellError(Exception):
    """Base of every error this project raises; a command prints it in one line and exits with 1."""


class InvalidMessage(GroundswellError):
    """A record that cannot be decoded or breaks the schema: dead-letter it with `reason` and go on.

    `reason` is one of `DEAD_REASONS`, so that it can be a metric label.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class TooManyDead(GroundswellError):
    """Most of what a worker reads cannot be used: stop before a bad deployment buries everything."""


class BundleInvalid(GroundswellError):
    """A model folder that is missing, truncated or tampered with: do not start, or keep the model in use."""

    def __init__(self, path: object, why: str) -> None:
        super().__init__(f"model bundle {path}: {why}")
        self.path = str(path)
        self.why = why


class BrokerUnavailable(GroundswellError):
    """No broker answers: retry with back-off, then say which broker and what to check."""

    def __init__(self, broker: object, why: str) -> None:
        super().__init__(f"Kafka broker {broker}: {why}")
        self.broker = str(broker)


class BrokerRefused(BrokerUnavailable):
    """A login, a certificate or a right is missing: a service tries again, a command ends; say what to change."""


class PortTaken(GroundswellError):
    """A port to listen on is in use: stop, name the port, and the option that chooses another."""

    def __init__(self, host: str, port: int, what: str, option: str = "") -> None:
        another = f"choose another with {option}" if option else "choose another"
        super().__init__(f"{what} cannot listen on {host}:{port}: the port is taken; free it or {another}")
        self.port = port


class AlreadyRunning(GroundswellError):
    """Something of which there may be one alone runs already: stop and say where it is."""


class InvalidInput(GroundswellError):
    """A line, field or option of a user's input: report it with its place, count it, go on where there is more."""


class FetchRefused(GroundswellError):
    """A feed that must not or cannot be fetched (scheme, private address, size, time): skip it, count it, say why."""


#: Why a record was dead-lettered; every value is a metric label.
DEAD_REASONS = (
    "invalid_utf8",
    "invalid_json",
    "invalid_field",
    "unknown_schema",
    "empty_text",
    "bad_date",
    "too_large",
    "too_deep",
    "poison",
)
