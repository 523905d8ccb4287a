"""Which texts a model was trained on, as hashes: an evaluation refuses a file that was in training."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.inference.bundle import SEEN
from training.data.examples import prepare
from training.data.near_duplicates import near_duplicate_key
from training.errors import SeenInTraining, TrainingError

Hashes = NDArray[np.uint64]
"""One number a text, sorted: 48 bits of the hash of its near-duplicate key, then 16 of the hash of the text itself."""
TOLERATED_SHARE = 0.1
"""Of a file's rows. In a random fifth of a set up to 4 % have the words of a text in the rest (FinNL's templates with
other numbers), in a stream split by time 6 % (retweets); published splits that leak begin at 17 %."""
TOLERATED_ROWS = 10
"""So many rows are never refused, however short the file is."""
_TEXT_BITS = 16
_TEXT_MASK = 2**_TEXT_BITS - 1


@dataclass(frozen=True)
class SeenRows:
    """Which rows of a file a model was trained on: those with the words of a training text, whatever the links,
    digits, case and punctuation; `exact` of them to the letter.
    """

    rows: tuple[bool, ...]
    exact: int
    example: str

    @property
    def count(self) -> int:
        """How many rows were seen."""
        return sum(self.rows)

    @property
    def tolerable(self) -> bool:
        """Whether they are few enough to be chance: accidental repeats, and templates with other numbers."""
        return self.count <= max(TOLERATED_ROWS, TOLERATED_SHARE * len(self.rows))


def write_seen(folder: Path, texts: Iterable[str], base: Hashes | None = None) -> None:
    """Write `folder/seen.bin`: the hashes of prepared training texts, and those of the model that a run goes on
    from. It is the same for any order of the texts.
    """
    hashes = np.unique(_hashes(texts))
    with (folder / SEEN).open("wb") as stream:
        np.save(stream, hashes if base is None else np.union1d(hashes, base), allow_pickle=False)


def read_seen(folder: Path) -> Hashes | None:
    """Read what `write_seen` wrote into a checkpoint's or bundle's folder; None when there is no such file.

    :raises TrainingError: when the file is broken.
    """
    path = folder / SEEN
    if not path.is_file():
        return None
    try:
        with path.open("rb") as stream:
            seen: Hashes = np.load(stream, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(f"{path}: {type(error).__name__}: {error}") from error
    if seen.dtype != np.uint64 or seen.ndim != 1:
        raise TrainingError(f"{path}: expected a row of uint64, got {seen.dtype} of shape {seen.shape}")
    return seen


def find_seen(seen: Hashes, texts: Sequence[str]) -> SeenRows:
    """Look raw texts up among those of the training."""
    prepared = [prepare(text) for text in texts]
    hashes = _hashes(prepared)
    found = np.isin(hashes >> _TEXT_BITS, seen >> _TEXT_BITS)
    example = prepared[int(found.argmax())] if found.any() else ""
    return SeenRows(tuple(found.tolist()), int(np.isin(hashes, seen).sum()), example)


def require_unseen(found: SeenRows, file: str) -> None:
    """Refuse a file with too many rows that were seen; `file` names it in the error.

    :raises SeenInTraining: when there are more than 10 and they are more than a tenth of the rows.
    """
    if not found.tolerable:
        raise SeenInTraining(
            file=file, rows=len(found.rows), seen=found.count, exact=found.exact, example=found.example
        )


def _hashes(texts: Iterable[str]) -> Hashes:
    """The number of each prepared text; where nothing is left of its near-duplicate key, the text stands for it."""
    numbers = [_hash(near_duplicate_key(text) or text, 8) & ~_TEXT_MASK | _hash(text, 4) & _TEXT_MASK for text in texts]
    return np.array(numbers, dtype=np.uint64)


def _hash(text: str, size: int) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=size, person=b"gs-seen").digest()
    return int.from_bytes(digest, "little")
