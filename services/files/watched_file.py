"""A file of settings that may change while a process runs; the caller polls, a bad file never replaces a good one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from services.domain.errors import InvalidInput

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class FileChange:
    """The file changed: it was taken up, or refused with `error` and what was in use stays."""

    error: str | None = None


class WatchedFile(Generic[Content]):
    """What `read` makes of the file at `path`; `without` where there is no path. `what` is what errors call it.

    :raises InvalidInput: when the file is missing or bad at the start.
    """

    def __init__(self, path: Path | None, read: Callable[[Path], Content], without: Content, what: str) -> None:
        self._path = path
        self._read = read
        self._what = what
        self._seen = _signature(path) if path else None
        self._current = read(path) if path else without

    def current(self) -> Content:
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
            self._current = self._read(self._path)
        except InvalidInput as error:
            return FileChange(f"{error}; the {self._what} in use stay")
        return FileChange()


def _signature(path: Path) -> tuple[int, ...] | None:
    """What changes with the file, also when another takes its place or only its rights change; None without it."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino
