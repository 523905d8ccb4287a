"""The lexicons that can be had: VADER always, the others where their files lie under the data root."""

from __future__ import annotations

from pathlib import Path

from training.evaluation.lexicons import jiang, loughran_mcdonald, vader
from training.evaluation.lexicons.lexicon import Lexicon


def load_lexicons(root: Path) -> tuple[list[Lexicon], list[str]]:
    """Return the lexicons, and the files below `root` that are missing.

    :raises DataError: when a line of a file is wrong.
    :raises InvalidInput: when a file cannot be read.
    """
    found, missing = [vader.load()], []
    for source in (loughran_mcdonald, jiang):
        if (root / source.FILE).is_file():
            found.append(source.load(root / source.FILE))
        else:
            missing.append(source.FILE)
    return found, missing
