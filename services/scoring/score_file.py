"""Scores a stream of JSON objects in bounded chunks, in order; the core of `groundswell score-file`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, cast

from msgspec.structs import asdict

from services.companies import CompanyLinker
from services.files.jsonl import BadLine, GoodLine
from services.inference.classifier import Classifier
from services.inference.explanation import ExplanationRequest, explain, highlights
from services.inference.scores import SENTIMENT_LABELS, Scores, Triple, leading
from services.scoring.placed_companies import Placed, described, placed_companies
from services.text.clean import clean_text
from services.text.language import detect
from services.text.mentions import Named, occurrence_at
from services.text.segments import MOST_SEGMENTS

CHUNK_LINES = 1024


def score_lines(
    lines: Iterable[GoodLine | BadLine],
    classifier: Classifier,
    linker: CompanyLinker,
    batch_tokens: int,
    refuse: Callable[[BadLine], None],
    *,
    explained: bool = False,
) -> Iterator[dict[str, Any]]:
    """Each good object with `sentiment`, `unsure`, `topics`, `companies`, `lang` and `model_version`; `refuse` gets the
    others.

    `companies` are `{id, name, mention, start, end, sentiment}`: `start` and `end` are characters of the text as it was
    given, null where only the source's `tickers` name the company.

    Each of its `entities`, objects with a `name` and, where known, `start` and `end` in the text, comes back with a
    `sentiment` of its own; one whose name is not in the text gets that of the whole text.

    A topic that the model was not taught in the text's language has the probability 0. Memory is bounded
    by `CHUNK_LINES` objects.

    `explained` adds `because`: the pieces of the cleaned text that speak most for its sentiment, strongest first.
    """
    source = iter(lines)
    while chunk := list(islice(source, CHUNK_LINES // (MOST_SEGMENTS if explained else 1))):
        records: list[dict[str, Any]] = []
        texts: list[str] = []
        entities: list[tuple[Named, ...]] = []
        for line in chunk:
            checked = line if isinstance(line, BadLine) else _text_of(line)
            wanted = line if isinstance(line, BadLine) else entities_of(line)
            if isinstance(checked, BadLine) or isinstance(wanted, BadLine):
                refuse(checked if isinstance(checked, BadLine) else cast(BadLine, wanted))
            elif isinstance(line, GoodLine):
                records.append(line.record)
                texts.append(checked)
                entities.append(wanted)
        langs = [detect(text) for text in texts]
        linked = [placed_companies(record, text, linker) for record, text in zip(records, texts, strict=True)]
        asked = [(*given, *_named(companies)) for given, companies in zip(entities, linked, strict=True)]
        found = classifier.score(texts, batch_tokens, entities=asked, langs=langs)
        explanations = _explanations(texts, langs, found, classifier, batch_tokens) if explained else [{}] * len(texts)
        for record, companies, lang, scores, explanation in zip(
            records, linked, langs, found, explanations, strict=True
        ):
            rules = classifier.decision_rules(lang)
            given = record.get("entities") or []
            named = [
                {**entity, "sentiment": _sentiment(one)}
                for entity, one in zip(given, scores.entities[: len(given)], strict=True)
            ]
            placed = [
                {**described(company, place, record["text"], linker), "sentiment": _sentiment(one)}
                for (company, place), one in zip(companies, scores.entities[len(given) :], strict=True)
            ]
            yield {
                **record,
                **({"entities": named} if "entities" in record else {}),
                "sentiment": _sentiment(scores.sentiment),
                "unsure": rules.is_unsure(scores.sentiment),
                "topics": {
                    topic: _short(p) if topic in rules.thresholds else 0.0 for topic, p in scores.topics.items()
                },
                "companies": placed,
                "lang": lang,
                "model_version": classifier.bundle.model_version,
                **explanation,
            }


def _named(companies: Sequence[Placed]) -> tuple[Named, ...]:
    return tuple(Named(company.mention) for company, _ in companies)


def _explanations(
    texts: Sequence[str], langs: Sequence[str], found: Sequence[Scores], classifier: Classifier, batch_tokens: int
) -> list[dict[str, Any]]:
    """The field `because` of each text, for its leading sentiment."""
    requests = [ExplanationRequest(text, lang, scores) for text, lang, scores in zip(texts, langs, found, strict=True)]
    effects = explain(requests, partial(classifier.score, batch_tokens=batch_tokens))
    chosen = [
        highlights(one.text, each.text, leading(one.scores.sentiment))
        for one, each in zip(requests, effects, strict=True)
    ]
    return [{"because": [{**asdict(one), "effect": _short(one.effect)} for one in each]} for each in chosen]


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


def entities_of(line: GoodLine) -> tuple[Named, ...] | BadLine:
    """The entities that a line asks about, or what is wrong with them."""
    text, entities = line.record.get("text"), line.record.get("entities")
    if entities is None:
        return ()
    if not isinstance(entities, list):
        detail = f"expected a list of objects in the field entities, got {type(entities).__name__}"
        return BadLine(line.number, "invalid_field", detail, b"")
    found: list[Named] = []
    for entity in entities:
        name = entity.get("name") if isinstance(entity, dict) else None
        start = entity.get("start") if isinstance(entity, dict) else None
        if not isinstance(name, str) or not (start is None or isinstance(start, int)):
            detail = f"expected entities with a string name and whole numbers start and end, got {entity!r:.100}"
            return BadLine(line.number, "invalid_field", detail, b"")
        occurrence = occurrence_at(text, name, start) if isinstance(start, int) and isinstance(text, str) else None
        found.append(Named(clean_text(name), occurrence))
    return tuple(found)


def _sentiment(shares: Triple) -> dict[str, float]:
    return dict(zip(SENTIMENT_LABELS, map(_short, shares), strict=True))


def _short(probability: float) -> float:
    return round(probability, 6)
