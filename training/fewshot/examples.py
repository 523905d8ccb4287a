"""The examples of a new topic, and texts without labels beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from services.text.clean import clean_text
from services.text.language import detect
from training.data.records import file_records
from training.errors import ConfigError, DataError

FEWEST, MOST = 8, 500
"""Rows of an examples file."""
MOST_TEXTS = 300
"""Texts without labels: more are a sample."""
FEWEST_OF_A_KIND = 2
"""Examples and counter-examples each: cross validation leaves some out."""
_LABELS = {True: True, False: False, "true": True, "false": False, "positive": True, "negative": False}


@dataclass(frozen=True)
class TopicExample:
    """One text, and whether it is about the topic."""

    text: str
    positive: bool
    lang: str


def read_topic_examples(path: Path) -> list[TopicExample]:
    """Read lines of {text, label}; label is true or false, or "positive" or "negative".

    :raises DataError: naming the line that is no object, has no text or no such label, or repeats a text.
    :raises ConfigError: when there are not 8 to 500 rows, or fewer than 2 of either kind.
    :raises InvalidInput: when the file cannot be read.
    """
    examples = list(_rows(path))
    positives = sum(example.positive for example in examples)
    if not FEWEST <= len(examples) <= MOST:
        raise ConfigError(f"{path.name}: expected {FEWEST} to {MOST} examples, got {len(examples)}")
    if min(positives, len(examples) - positives) < FEWEST_OF_A_KIND:
        got = f"{positives} and {len(examples) - positives}"
        raise ConfigError(f"{path.name}: expected at least {FEWEST_OF_A_KIND} true and 2 false labels, got {got}")
    return examples


def read_texts(path: Path, examples: Sequence[TopicExample]) -> list[TopicExample]:
    """Read lines of {text} as texts that are not of the topic: of a rare topic hardly any is.

    Repeats and texts that are among the examples are left out; of more than 300 a fixed sample is taken.

    :raises DataError: naming the line that is no object or has no text.
    :raises ConfigError: when no text is left.
    :raises InvalidInput: when the file cannot be read.
    """
    labelled = {example.text for example in examples}
    texts = [text for text in dict.fromkeys(text for _, _, text in _texts(path)) if text not in labelled]
    if not texts:
        raise ConfigError(f"{path.name}: expected texts beside the examples, got none")
    chosen = Random(0).sample(texts, min(MOST_TEXTS, len(texts)))
    return [TopicExample(text, False, detect(text)) for text in chosen]


def _rows(path: Path) -> Iterator[TopicExample]:
    seen: dict[str, int] = {}
    for line, record, text in _texts(path):
        label = record.get("label")
        if not isinstance(label, bool | str) or label not in _LABELS:
            expected = "true, false, positive or negative"
            raise DataError(file=path.name, line=line, field="label", expected=expected, got=repr(label))
        if text in seen:
            got = f"the text of line {seen[text]}"
            raise DataError(file=path.name, line=line, field="text", expected="a text of its own", got=got)
        seen[text] = line
        yield TopicExample(text, _LABELS[label], detect(text))


def _texts(path: Path) -> Iterator[tuple[int, dict[str, Any], str]]:
    """The number, the fields and the cleaned text of each line, JSON Lines or CSV."""
    for line, record in file_records(path, path.name):
        text = record.get("text")
        cleaned = clean_text(text) if isinstance(text, str) else ""
        if not cleaned:
            raise DataError(file=path.name, line=line, field="text", expected="a text", got=repr(text))
        yield line, record, cleaned
