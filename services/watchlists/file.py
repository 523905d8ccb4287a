"""A watchlist file that may change while a process runs."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from services.companies import default_resolver
from services.files.bounded import read_text
from services.files.watched_file import WatchedFile
from services.watchlists.model import Watchlists
from services.watchlists.parse import parse_watchlists
from services.watchlists.values import Known

MOST_BYTES = 1_000_000


class WatchlistFile(WatchedFile[Watchlists]):
    """The watchlists in use; without a path those that follow everything.

    :raises InvalidInput: when the file is missing or bad at the start.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, read_watchlists, Watchlists(), "watchlists")


def read_watchlists(path: Path, topics: Collection[str] | None = None) -> Watchlists:
    """The watchlists and rules of a file of at most 1 MB; `topics` are all there are, where that is known.

    Every company must be one of those in use.

    :raises InvalidInput: naming the first thing that is wrong, and where.
    """
    return parse_watchlists(read_text(path, MOST_BYTES), str(path), Known(topics, default_resolver()))
