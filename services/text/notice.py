"""What a command says to the person at the terminal, beside its output."""

from __future__ import annotations

import sys

from services.text.untrusted import masked


def notice(what: str) -> None:
    """Print one inert line on standard error."""
    print(f"groundswell: {masked(what)}", file=sys.stderr, flush=True)
