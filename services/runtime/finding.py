"""What one check of `groundswell doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "fix"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: `ok`, `note` (works, but know this) or `fix` (must be fixed before a run)."""

    check: str
    state: State
    found: str
    advice: str = ""
