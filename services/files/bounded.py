"""Small files that a user wrote, read whole: never more than expected."""

from __future__ import annotations

from pathlib import Path

from services.domain.errors import InvalidInput


def read_bytes(path: Path, most_bytes: int) -> bytes:
    """A file of at most `most_bytes`.

    :raises InvalidInput: when it cannot be read, or has more.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(most_bytes + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > most_bytes:
        raise InvalidInput(f"{path}: expected at most {most_bytes} bytes, got more")
    return data


def read_text(path: Path, most_bytes: int) -> str:
    """The text of a file in UTF-8 that has at most `most_bytes`.

    :raises InvalidInput: naming the first thing that is wrong, and where.
    """
    data = read_bytes(path, most_bytes)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{path}:{line}: expected UTF-8, got the byte 0x{data[error.start]:02x}") from error
