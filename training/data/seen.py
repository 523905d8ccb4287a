"""Which texts a model was trained on, as hashes: an evaluation refuses test rows among them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.examples import prepare
from training.data.split import near_duplicate_key
from training.errors import SeenInTraining, TrainingError

SEEN = "seen.bin"
_DTYPE = np.dtype([("key", "<u8"), ("text", "<u4")])
"""12 bytes a text: the hash of its near-duplicate key, and that of the text among those with the same key."""


def write_seen(folder: Path, texts: Iterable[str]) -> None:
    """Write ``folder/seen.bin``: the sorted hashes of prepared training texts."""
    rows = sorted({_hashes(text) for text in texts})
    with (folder / SEEN).open("wb") as stream:
        np.save(stream, np.array(rows, dtype=_DTYPE), allow_pickle=False)


def read_seen(folder: Path) -> NDArray[Any] | None:
    """Read what ``write_seen`` wrote; None when the folder has no such file.

    :raises TrainingError: when the file is broken.
    """
    path = folder / SEEN
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream:
            seen: NDArray[Any] = np.load(stream, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(f"{path}: {type(error).__name__}: {error}") from error
    if seen.dtype != _DTYPE:
        raise TrainingError(f"{path}: expected rows of {_DTYPE}, got {seen.dtype}")
    return seen


def refuse_seen(folder: Path, texts: Sequence[str], file: str) -> None:
    """Refuse raw test texts that the model in ``folder`` was trained on; without a seen.bin, do nothing.

    A text counts as seen when it has the near-duplicate key of a training text: the same words, whatever the links,
    digits, case and punctuation. ``file`` names the texts in the error.

    :raises SeenInTraining: naming how many were seen, how many of them to the letter, and the first of them.
    :raises TrainingError: when seen.bin is broken.
    """
    seen = read_seen(folder)
    if seen is None:
        return
    keys, exact = set(seen["key"].tolist()), set(seen.tolist())
    prepared = [prepare(text) for text in texts]
    hashes = [_hashes(text) for text in prepared]
    found = [row for row, pair in enumerate(hashes) if prepared[row] and pair[0] in keys]
    if found:
        same = sum(hashes[row] in exact for row in found)
        raise SeenInTraining(file=file, rows=len(texts), seen=len(found), exact=same, example=prepared[found[0]])


def _hashes(text: str) -> tuple[int, int]:
    """Hashes of the near-duplicate key (of the text itself where nothing is left of it) and of the text."""
    return _hash(near_duplicate_key(text) or text, 8), _hash(text, 4)


def _hash(text: str, size: int) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size, person=b"gs-seen").digest()
    return int.from_bytes(digest, "little")
