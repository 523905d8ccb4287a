"""What was fetched into a data root: `fetched.json`, by set."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from training.errors import ConfigError

FETCHED = "fetched.json"


@dataclass(frozen=True)
class Fetched:
    """One set: where it came from (`revision`: the commit on the hub), the digest of what came, the rows that became
    of it, and the licence that was accepted.
    """

    origin: str
    revision: str
    sha256: str
    rows: int
    licence: str


def read_fetched(root: Path) -> dict[str, Fetched]:
    """The sets that were fetched into a data root, by name.

    :raises ConfigError: when the file is damaged.
    """
    path = root / FETCHED
    if not path.is_file():
        return {}
    try:
        return {name: Fetched(**entry) for name, entry in json.loads(path.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: expected what `data fetch` wrote, got {type(error).__name__}: {error}") from error


def note_fetched(root: Path, name: str, entry: Fetched) -> None:
    """Write down that a set was fetched; a reader sees the old file or the new one."""
    entries = {**read_fetched(root), name: entry}
    content = {each: asdict(one) for each, one in sorted(entries.items())}
    temporary = root / f".{FETCHED}.{os.getpid()}.part"
    temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(root / FETCHED)
