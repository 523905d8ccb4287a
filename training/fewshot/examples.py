"""The examples of a new topic."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.common.jsonl import BadLine, read_lines
from services.common.language import detect
from services.common.text import clean_text
from training.errors import ConfigError, DataError

FEWEST, MOST = 8, 64
"""Rows of an examples file."""
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
    :raises ConfigError: when there are not 8 to 64 rows, or fewer than 2 of either kind.
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


def _rows(path: Path) -> Iterator[TopicExample]:
    seen: dict[str, int] = {}
    for line in read_lines(path):
        if isinstance(line, BadLine):
            got = f"{line.reason}: {line.detail}"
            raise DataError(file=path.name, line=line.number, field="(line)", expected="a JSON object", got=got)
        text, label = line.record.get("text"), line.record.get("label")
        cleaned = clean_text(text) if isinstance(text, str) else ""
        if not cleaned:
            raise DataError(file=path.name, line=line.number, field="text", expected="a text", got=repr(text))
        if not isinstance(label, bool | str) or label not in _LABELS:
            expected = "true, false, positive or negative"
            raise DataError(file=path.name, line=line.number, field="label", expected=expected, got=repr(label))
        if cleaned in seen:
            got = f"the text of line {seen[cleaned]}"
            raise DataError(file=path.name, line=line.number, field="text", expected="a text of its own", got=got)
        seen[cleaned] = line.number
        yield TopicExample(cleaned, _LABELS[label], detect(cleaned))
