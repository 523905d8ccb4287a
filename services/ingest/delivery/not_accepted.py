"""A record that was not accepted."""

from __future__ import annotations

from services.domain.errors import GroundswellError


class NotAccepted(GroundswellError):
    """The disk does not take a record, so that it is not safe: say so to whoever sent it, who may send it again."""
