"""A watchlist file that may change while a process runs; the caller polls, a bad file never replaces a good one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from services.companies import default_resolver
from services.domain.errors import InvalidInput
from services.watchlists.model import Watchlists
from services.watchlists.parse import parse_watchlists
from services.watchlists.values import Known

MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class FileChange:
    """The file changed: it was taken up, or refused with `error` and what was in use stays."""

    error: str | None = None


class WatchlistFile:
    """The watchlists in use; without a path those that follow everything.

    :raises InvalidInput: when the file is missing or bad at the start.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen = _signature(path) if path else None
        self._current = read_watchlists(path) if path else Watchlists()

    def current(self) -> Watchlists:
        """The last good content."""
        return self._current

    def check(self) -> FileChange | None:
        """Look at the file, cheap enough for once a second; None when it is as it was, good or bad."""
        if self._path is None:
            return None
        signature = _signature(self._path)
        if signature == self._seen:
            return None
        self._seen = signature
        try:
            self._current = read_watchlists(self._path)
        except InvalidInput as error:
            return FileChange(f"{error}; the watchlists in use stay")
        return FileChange()


def read_watchlists(path: Path, topics: Collection[str] | None = None) -> Watchlists:
    """The watchlists and rules of a file of at most 1 MB; `topics` are all there are, where that is known.

    Every company must be one of those in use.

    :raises InvalidInput: naming the first thing that is wrong, and where.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise InvalidInput(f"{path}: expected at most {MOST_BYTES} bytes, got more")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path}:{line}: expected UTF-8, got the byte 0x{data[error.start]:02x}") from error
    return parse_watchlists(text, str(path), Known(topics, default_resolver()))


def _signature(path: Path) -> tuple[int, ...] | None:
    """What changes with the file, also when another takes its place or only its rights change; None without it."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
