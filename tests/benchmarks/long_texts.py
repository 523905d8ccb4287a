"""What reading texts sentence by sentence does: `python -m tests.benchmarks.long_texts`.

Three figures, each for the whole alone, as the model says it, and for whole and sentences: the share of right labels
among texts of several sentences of the development splits (where `../shared/data` is); the share of right sentiments of
plain texts with bad, good or no news in the middle or at the end (sentences of our own, `data/long_texts.yaml`); the
seconds of a report of 20 pages.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import yaml

from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from services.inference.documents import MOST_SENTENCES, read_documents
from services.inference.scores import NEGATIVE, NEUTRAL, POSITIVE, Scores, Triple
from services.settings import load_settings
from services.text.clean import clean_text
from services.text.language import detect
from services.text.mentions import Named
from services.text.sentences import sentences
from training.config import TrainConfig
from training.data.corpus import corpus_of
from training.data.registry import data_root
from training.options import DEFAULT_CONFIG

OWN = Path(__file__).resolve().parent / "data" / "long_texts.yaml"
SIDES = {"negative": NEGATIVE, "plain": NEUTRAL, "positive": POSITIVE}
LENGTHS = (1, 3, 8, 40)
REPORT = {"en": 65_000, "zh": 30_000}
"""Characters of 20 pages."""


def both(
    classifier: Classifier, texts: Sequence[str], langs: Sequence[str], entities: Sequence[Sequence[Named]]
) -> Iterator[tuple[Scores, Scores]]:
    """Of each text, what the model says of the whole, and what is made of whole and sentences."""
    whole = classifier.score(texts, entities=entities, langs=langs)
    readings = read_documents(texts, classifier.score, entities=entities, langs=langs, most_sentences=MOST_SENTENCES)
    yield from ((one, reading.scores) for one, reading in zip(whole, readings, strict=True))


def development(classifier: Classifier) -> None:
    """Labelled texts of several sentences."""
    rows = [row for row in corpus_of(TrainConfig.load(DEFAULT_CONFIG)).dev if len(sentences(row.text)) > 1]
    rows = [row for row in rows if row.allowed or row.entities]
    langs = [detect(row.text) for row in rows]
    entities = [[entity.named for entity in row.entities] for row in rows]
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row, pair in zip(rows, both(classifier, [row.text for row in rows], langs, entities), strict=True):
        for name, scores in zip(("whole", "sentences"), pair, strict=True):
            if row.allowed:
                tallies[f"texts {row.lang}"][name] += _right(scores.sentiment, row.classes, row.allowed)
            for entity, found in zip(row.entities, scores.entities, strict=True):
                tallies[f"entities {row.set_name}"][name] += _right(found, entity.classes, entity.allowed)
        tallies[f"texts {row.lang}"]["all"] += bool(row.allowed)
        tallies[f"entities {row.set_name}"]["all"] += len(row.entities)
    _show(tallies)


def generated(classifier: Classifier) -> None:
    """One piece of news in a plain text, or none."""
    own = yaml.safe_load(OWN.read_text(encoding="utf-8"))
    draw = random.Random(3)
    cases: list[tuple[str, str, str]] = []
    for lang, kinds in own.items():
        for kind in SIDES:
            for news in kinds[kind][:15]:
                for length in LENGTHS:
                    plain = [draw.choice(kinds["plain"]) for _ in range(length)]
                    for place in {length, length // 2 or length}:
                        pieces = [*plain[:place], news, *plain[place:]]
                        cases.append((lang, kind, clean_text((" " if lang == "en" else "").join(pieces))))
    texts, langs = [text for _, _, text in cases], [lang for lang, _, _ in cases]
    tallies: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for (lang, kind, _), pair in zip(cases, both(classifier, texts, langs, [()] * len(cases)), strict=True):
        for name, scores in zip(("whole", "sentences"), pair, strict=True):
            tallies[f"generated {lang}, {kind}"][name] += _right(scores.sentiment, (0, 1, 2), (SIDES[kind],))
        tallies[f"generated {lang}, {kind}"]["all"] += 1
    for lang, kinds in own.items():
        for kind, side in SIDES.items():
            alone = classifier.score(list(map(clean_text, kinds[kind])), langs=[lang] * len(kinds[kind]))
            right = sum(_right(scores.sentiment, (0, 1, 2), (side,)) for scores in alone)
            print(f"the sentences alone {lang}, {kind}: {right / len(alone):.2f} of {len(alone)}")
    _show(tallies)


def reports(classifier: Classifier) -> None:
    """The time that a long text takes."""
    for lang, kinds in yaml.safe_load(OWN.read_text(encoding="utf-8")).items():
        page = (" " if lang == "en" else "").join(kinds["plain"])
        text = clean_text(page * 100)[: REPORT[lang]]
        started = perf_counter()
        (reading,) = read_documents(
            [text], classifier.score, entities=[()], langs=[lang], most_sentences=MOST_SENTENCES
        )
        seconds = perf_counter() - started
        count = len(sentences(text))
        print(f"a report {lang}: {len(text)} characters, {count} sentences, cut {reading.cut}, {seconds:.1f} s")


def _right(shares: Triple, classes: Sequence[int], allowed: Sequence[int]) -> bool:
    return max(classes, key=shares.__getitem__) in allowed


def _show(tallies: dict[str, Counter[str]]) -> None:
    for name, tally in sorted(tallies.items()):
        if tally["all"]:
            whole, found = (tally[key] / tally["all"] for key in ("whole", "sentences"))
            print(f"{name}: {whole:.3f} by the whole, {found:.3f} by whole and sentences, of {tally['all']}")


def main() -> None:
    """Print all figures."""
    settings = load_settings()
    classifier = Classifier(current_bundle(settings.model.folder, settings.model.name))
    if data_root().exists():
        development(classifier)
    generated(classifier)
    reports(classifier)


if __name__ == "__main__":
    main()
