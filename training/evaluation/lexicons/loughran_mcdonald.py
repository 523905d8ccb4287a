"""The tone of English texts by the Loughran-McDonald dictionary.

Loughran & McDonald 2011, When Is a Liability Not a Liability?, Journal of Finance 66(1).
"""

from __future__ import annotations

import re
from pathlib import Path

from training.data.records import file_records
from training.evaluation.lexicons.lexicon import Lexicon, polarity, tones

FILE = "lexicons/en_loughran_mcdonald.jsonl"
"""Under the data root: JSON Lines with `text`, a word, and `label`."""
NEGATIONS = frozenset({"no", "not", "none", "neither", "never", "nobody"})
"""Those of the paper. Within three words before a positive word they take it back; negative words stay as they are."""
_REACH = 3
_SMALLEST = 1e-9
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def load(path: Path) -> Lexicon:
    """Read the dictionary. A text is positive or negative as soon as one side has more words than the other.

    :raises DataError: when a line is wrong.
    :raises InvalidInput: when the file cannot be read.
    """
    positive, negative = tones(file_records(path, path.name), path.name)
    return Lexicon("Loughran-McDonald", "en", _SMALLEST, lambda text: score(text, positive, negative))


def score(text: str, positive: frozenset[str], negative: frozenset[str]) -> float:
    """(positive - negative) / (positive + negative) words of a text; negated positive words do not count."""
    words = _WORD.findall(text.casefold())
    good = sum(
        word in positive and NEGATIONS.isdisjoint(words[max(0, place - _REACH) : place])
        for place, word in enumerate(words)
    )
    return polarity(good, sum(word in negative for word in words))
