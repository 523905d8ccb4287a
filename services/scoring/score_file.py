"""Scores a stream of JSON objects in bounded chunks, in order; the core of `groundswell score-file`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from services.common.bundle import SENTIMENT_LABELS
from services.common.classifier import Classifier
from services.common.jsonl import BadLine, GoodLine
from services.common.language import detect
from services.common.text import clean_text

CHUNK_LINES = 1024


def score_lines(
    lines: Iterable[GoodLine | BadLine],
    classifier: Classifier,
    batch_tokens: int,
    refuse: Callable[[BadLine], None],
) -> Iterator[dict[str, Any]]:
    """Each good object with `sentiment`, `topics`, `lang` and `model_version` added; `refuse` gets the others.

    A topic that the model was not taught in the text's language has the probability 0. Memory is bounded
    by `CHUNK_LINES` objects.
    """
    source = iter(lines)
    while chunk := list(islice(source, CHUNK_LINES)):
        records: list[dict[str, Any]] = []
        texts: list[str] = []
        for line in chunk:
            checked = line if isinstance(line, BadLine) else _text_of(line)
            if isinstance(checked, BadLine):
                refuse(checked)
            elif isinstance(line, GoodLine):
                records.append(line.record)
                texts.append(checked)
        for record, text, scores in zip(records, texts, classifier.score(texts, batch_tokens), strict=True):
            lang = detect(text)
            counts = classifier.bundle.manifest.thresholds_in(lang)
            yield {
                **record,
                "sentiment": dict(zip(SENTIMENT_LABELS, map(_short, scores.sentiment), strict=True)),
                "topics": {topic: _short(p) if topic in counts else 0.0 for topic, p in scores.topics.items()},
                "lang": lang,
                "model_version": classifier.bundle.model_version,
            }


def _text_of(line: GoodLine) -> str | BadLine:
    """The cleaned text of a line, or what is wrong with it."""
    text = line.record.get("text")
    if not isinstance(text, str):
        got = "none" if text is None else type(text).__name__
        return BadLine(line.number, "invalid_field", f"expected a string in the field text, got {got}", b"")
    cleaned = clean_text(text)
    if not cleaned:
        return BadLine(line.number, "empty_text", "expected a text, got one without anything visible", b"")
    return cleaned


def _short(probability: float) -> float:
    return round(probability, 6)
