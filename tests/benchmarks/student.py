"""Texts a second of two bundles in turn, and their ratio: `python -m tests.benchmarks.student TEACHER STUDENT [FILE]`.

Scores the same texts, the demo's stream or the JSON Lines of FILE, with the classifier that serves. The bundles
take turns in short rounds, so that a machine that gets slower or is shared slows both; medians are printed. The
languages of the texts are found out beforehand: that takes both the same time, and serving does it before scoring.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter

from services.files.jsonl import GoodLine
from services.files.records import read_records
from services.inference.bundle import load_bundle
from services.inference.classifier import Classifier
from services.repository import DEMO_STREAM
from services.text.clean import clean_text
from services.text.language import detect

TEXTS = 2_000
ROUND_TEXTS = 250


def read_texts(file: Path) -> list[str]:
    """The first texts of a file, cleaned."""
    records = (line.record for line in read_records(file) if isinstance(line, GoodLine))
    return [clean_text(record["text"]) for record in islice(records, TEXTS)]


def rates(classifiers: list[Classifier], texts: list[str]) -> list[float]:
    """The median of each classifier's texts a second over the rounds; before them each scores a few to get warm."""
    found: list[list[float]] = [[] for _ in classifiers]
    langs = [detect(text) for text in texts]
    for classifier in classifiers:
        classifier.score(texts[:32], langs=langs[:32])
    for start in range(0, len(texts), ROUND_TEXTS):
        part = slice(start, start + ROUND_TEXTS)
        for rate, classifier in zip(found, classifiers, strict=True):
            started = perf_counter()
            scored = classifier.score(texts[part], langs=langs[part])
            rate.append(len(scored) / (perf_counter() - started))
    return [median(rate) for rate in found]


def main() -> None:
    """Print both rates and their ratio."""
    parser = argparse.ArgumentParser(description="Compare the speed of two bundles.")
    parser.add_argument("teacher", type=Path, help="folder of a bundle")
    parser.add_argument("student", type=Path, help="folder of a bundle")
    parser.add_argument("file", type=Path, nargs="?", default=DEMO_STREAM, help="JSON Lines with a field text")
    parser.add_argument("--threads", type=int, default=0, help="inference threads; 0: one a core")
    asked = parser.parse_args()
    texts = read_texts(asked.file)
    classifiers = [Classifier(load_bundle(folder), threads=asked.threads) for folder in (asked.teacher, asked.student)]
    teacher, student = rates(classifiers, texts)
    for classifier, rate in zip(classifiers, (teacher, student), strict=True):
        print(f"{classifier.bundle.model_version}: {len(texts)} texts, {rate:.1f} texts/s on {classifier.provider}")
    print(f"ratio: {student / teacher:.2f}")


if __name__ == "__main__":
    main()
