"""Scores a stream of JSON objects in bounded chunks, in order; the core of `groundswell score-file`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, cast

from msgspec.structs import asdict

from services.companies import CompanyLinker
from services.domain.errors import InvalidMessage
from services.files.jsonl import BadLine, GoodLine
from services.inference.classifier import Classifier
from services.inference.documents import MOST_SENTENCES, Reading, read_documents
from services.inference.explanation import ExplanationRequest, Scoring, explain, highlights
from services.inference.scores import SENTIMENT_LABELS, Triple, leading
from services.scoring.placed_companies import Placed, described, placed_companies
from services.text.clean import clean_text
from services.text.field_names import USUAL_NAMES, FieldNames
from services.text.language import detect
from services.text.mentions import Named, Span, occurrence_at, occurrences
from services.text.record_text import TEXT_CUT, RecordText, record_text
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
    names: FieldNames = USUAL_NAMES,
    most_sentences: int = MOST_SENTENCES,
) -> Iterator[dict[str, Any]]:
    """Each good object with `sentiment`, `unsure`, `topics`, `companies`, `lang`, `passage`, `cut` and `model_version`;
    `refuse` gets the others.

    `passage` is the sentence of the cleaned text that decided its sentiment (None: the whole). `cut`: a part of the
    text was not read, being too long or behind `most_sentences`.

    `companies` are `{id, name, mention, start, end, sentiment}`: `start` and `end` are characters of the text as it was
    given, null where only its title or the source's `tickers` name the company.

    Each of its `entities`, objects with a `name` and, where known, `start` and `end` in the text, comes back with a
    `sentiment` of its own; one whose name is not in the text gets that of the whole text.

    A topic that the model was not taught in the text's language has the probability 0. Memory is bounded
    by `CHUNK_LINES` objects.

    `explained` adds `because`: the pieces of the cleaned text that speak most for its sentiment, strongest first.
    `names` says what the fields are called; a title stands before its text, as in the stream.
    """
    source = iter(lines)
    while chunk := list(islice(source, CHUNK_LINES // (MOST_SEGMENTS if explained else 1))):
        records: list[dict[str, Any]] = []
        texts: list[str] = []
        entities: list[tuple[Named, ...]] = []
        shorter: list[bool] = []
        for line in chunk:
            checked = line if isinstance(line, BadLine) else _text_of(line, names)
            wanted = line if isinstance(line, BadLine) else entities_of(line, names)
            if isinstance(checked, BadLine) or isinstance(wanted, BadLine):
                refuse(checked if isinstance(checked, BadLine) else cast(BadLine, wanted))
            elif isinstance(line, GoodLine):
                records.append(line.record)
                texts.append(checked.text)
                shorter.append(TEXT_CUT in checked.changes)
                entities.append(wanted)
        langs = [detect(text) for text in texts]
        score = partial(classifier.score, batch_tokens=batch_tokens)
        named_fields = [names.rename(record) for record in records]
        linked = [placed_companies(each, text, linker) for each, text in zip(named_fields, texts, strict=True)]
        asked = [(*given, *_named(companies)) for given, companies in zip(entities, linked, strict=True)]
        readings = read_documents(texts, score, entities=asked, langs=langs, most_sentences=most_sentences)
        explanations = _explanations(texts, langs, readings, score) if explained else [{}] * len(texts)
        for record, fields, companies, text, lang, reading, cut, explanation in zip(
            records, named_fields, linked, texts, langs, readings, shorter, explanations, strict=True
        ):
            scores, rules = reading.scores, classifier.decision_rules(lang)
            given = record.get("entities") or []
            named = [
                {**entity, "sentiment": _sentiment(one)}
                for entity, one in zip(given, scores.entities[: len(given)], strict=True)
            ]
            placed = [
                {**described(company, place, fields["text"] or "", linker), "sentiment": _sentiment(one)}
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
                "passage": None if reading.passage is None else _passage(text, reading.passage),
                "cut": cut or reading.cut,
                "model_version": classifier.bundle.model_version,
                **explanation,
            }


def _named(companies: Sequence[Placed]) -> tuple[Named, ...]:
    return tuple(Named(company.mention) for company, _ in companies)


def _explanations(
    texts: Sequence[str], langs: Sequence[str], readings: Sequence[Reading], score: Scoring
) -> list[dict[str, Any]]:
    """The field `because` of each text, for its leading sentiment: out of the passage that decided it, or the whole."""
    spans = [reading.passage or (0, len(text)) for text, reading in zip(texts, readings, strict=True)]
    parts = [text[start:end] for text, (start, end) in zip(texts, spans, strict=True)]
    alone = [place for place, reading in enumerate(readings) if reading.passage is not None]
    scores = [reading.scores for reading in readings]
    passages, spoken = [parts[place] for place in alone], [langs[place] for place in alone]
    found = score(passages, entities=[()] * len(alone), langs=spoken)
    for place, passage in zip(alone, found, strict=True):
        scores[place] = passage
    requests = [ExplanationRequest(*one) for one in zip(parts, langs, scores, strict=True)]
    chosen = [
        highlights(part, each.text, leading(reading.scores.sentiment))
        for part, each, reading in zip(parts, explain(requests, score), readings, strict=True)
    ]
    return [
        {
            "because": [
                {**asdict(one), "start": one.start + start, "end": one.end + start, "effect": _short(one.effect)}
                for one in each
            ]
        }
        for each, (start, _) in zip(chosen, spans, strict=True)
    ]


def _passage(text: str, span: Span) -> dict[str, Any]:
    return {"text": text[span[0] : span[1]], "start": span[0], "end": span[1]}


def _text_of(line: GoodLine, names: FieldNames) -> RecordText | BadLine:
    """The text of a line as the stream reads it, or what is wrong with it."""
    try:
        return record_text(names.rename(line.record))
    except InvalidMessage as error:
        return BadLine(line.number, error.reason, error.detail, b"")


def entities_of(line: GoodLine, names: FieldNames = USUAL_NAMES) -> tuple[Named, ...] | BadLine:
    """The entities that a line asks about, or what is wrong with them; their places are in its text, title apart."""
    entities = line.record.get("entities")
    if entities is None:
        return ()
    if not isinstance(entities, list):
        detail = f"expected a list of objects in the field entities, got {type(entities).__name__}"
        return BadLine(line.number, "invalid_field", detail, b"")
    record = names.rename(line.record)
    text = record["text"] if isinstance(record["text"], str) else ""
    found: list[Named] = []
    for entity in entities:
        name = entity.get("name") if isinstance(entity, dict) else None
        start = entity.get("start") if isinstance(entity, dict) else None
        if not isinstance(name, str) or not (start is None or isinstance(start, int)):
            detail = f"expected entities with a string name and whole numbers start and end, got {entity!r:.100}"
            return BadLine(line.number, "invalid_field", detail, b"")
        occurrence = occurrence_at(text, name, start) if isinstance(start, int) else None
        if occurrence is not None:
            occurrence += len(occurrences(_title_before(record), name))
        found.append(Named(clean_text(name), occurrence))
    return tuple(found)


def _title_before(record: dict[str, Any]) -> str:
    """What `record_text` puts before the text."""
    try:
        found = record_text(record)
    except InvalidMessage:
        return ""
    return found.text[: found.title_chars]


def _sentiment(shares: Triple) -> dict[str, float]:
    return dict(zip(SENTIMENT_LABELS, map(_short, shares), strict=True))


def _short(probability: float) -> float:
    return round(probability, 6)
