"""Texts of several sentences: read as a whole, and sentence by sentence, so that one bad sentence is not lost among
many plain ones.

The whole is what fits the model; a sentence outbids it where it is sure enough of a side by itself. A text of one
sentence is its whole. Pure but for the scoring function that it is given.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

from services.domain.limits import MAX_EVIDENCE_CHARS
from services.inference.explanation import Scoring
from services.inference.scores import NEGATIVE, NEUTRAL, POSITIVE, Scores, Triple, leading
from services.text.mentions import Named, Span, locate, occurrence_at
from services.text.sentences import sentences

MOST_SENTENCES = 1_000
"""Of a text that are read, by default: 20 pages."""
MARGINS = {NEGATIVE: 0.0, POSITIVE: 1.0}
"""By how much the log-odds of a side in one sentence must exceed those of the side against neutral in the whole, and 0,
to decide: one bad sentence makes a text bad, a good one must be surer (0.73). Measured, as the others:
docs/decisions/0052."""
ENTITY_MARGINS = {NEGATIVE: 0.5, POSITIVE: 1.0}
"""The same for an entity: that a sentence speaks of it is not certain where it is not named there."""
_OWN_WEIGHT = 2.0
"""Of the sentences that name an entity against the whole text, where other sentences do not speak of it."""
PIECES_AT_ONCE = 4096
"""Wholes and sentences in one call of the model: bounds the memory."""
_LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in a text: its scores, the passages that decided its sentiment and that towards each entity (None:
    the whole), and whether part of it was not read."""

    scores: Scores
    passage: Span | None = None
    entity_passages: tuple[Span | None, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True)
class _Document:
    """A text, its language, its entities, and the sentences that are read (none: the whole is all of it)."""

    text: str
    lang: str
    entities: Sequence[Named]
    sentences: Sequence[Span]
    cut: bool

    def __len__(self) -> int:
        return 1 + len(self.sentences)

    def pieces(self) -> list[str]:
        return [self.text, *(self.text[start:end] for start, end in self.sentences)]


def read_documents(
    texts: Sequence[str],
    score: Scoring,
    *,
    entities: Sequence[Sequence[Named]],
    langs: Sequence[str],
    most_sentences: int,
) -> list[Reading]:
    """Each text to its end, in the order of `texts`; of more than `most_sentences` sentences the first, the last and
    those evenly between them are read.

    All wholes and sentences of some texts go to `score` at once, which sorts them by length.
    """
    documents = [
        _document(text, lang, named, most_sentences) for text, lang, named in zip(texts, langs, entities, strict=True)
    ]
    return [reading for group in _groups(documents) for reading in _read(group, score)]


def combined(
    whole: Triple, parts: Sequence[Triple], margins: Mapping[int, float] = MARGINS
) -> tuple[Triple, int | None]:
    """The sentiment of a text out of that of its whole and of its sentences, and which sentence decided.

    With log-odds against neutral as the scale: each side is as likely as the whole says, or as its strongest sentence
    says against all else, less the margin of the side, where that is more than the whole says and than even. Without
    such a sentence the whole is returned as it is.
    """
    odds = {side: _log(whole[side]) - _log(whole[NEUTRAL]) for side in margins}
    decided: dict[int, int] = {}
    for side, margin in margins.items():
        shares = [part[side] for part in parts]
        raised = _log_odds(max(shares)) - margin
        if raised > max(odds[side], 0.0):
            odds[side], decided[side] = raised, shares.index(max(shares))
    if not decided:
        return whole, None
    negative, positive = exp(odds[NEGATIVE]), exp(odds[POSITIVE])
    total = negative + 1.0 + positive
    found = (negative / total, 1.0 / total, positive / total)
    return found, decided.get(leading(found))


def spread(count: int, most: int) -> list[int]:
    """At most `most` of `count` places: the first, the last, and those evenly between."""
    if count <= most:
        return list(range(count))
    return [place * (count - 1) // (most - 1) for place in range(most)]


def _document(text: str, lang: str, named: Sequence[Named], most: int) -> _Document:
    found = sentences(text)
    read = [found[place] for place in spread(len(found), most)]
    return _Document(text, lang, named, read if len(found) > 1 else (), cut=len(read) < len(found))


def _groups(documents: Sequence[_Document]) -> Iterator[list[_Document]]:
    """Neighbours of at most `PIECES_AT_ONCE` pieces; a document of more is a group of its own."""
    group: list[_Document] = []
    pieces = 0
    for document in documents:
        if group and pieces + len(document) > PIECES_AT_ONCE:
            yield group
            group, pieces = [], 0
        group.append(document)
        pieces += len(document)
    if group:
        yield group


def _read(documents: Sequence[_Document], score: Scoring) -> Iterator[Reading]:
    asked = [_named_in(document) for document in documents]
    scored = iter(
        score(
            [
                piece
                for one in documents
                for piece in (one.text, *(one.text[start:end] for start, end in one.sentences))
            ],
            entities=[
                named
                for one, each in zip(documents, asked, strict=True)
                for named in (one.entities, *(list(found.values()) for found in each))
            ],
            langs=[one.lang for one in documents for _ in range(len(one))],
        )
    )
    for document, named in zip(documents, asked, strict=True):
        whole = next(scored)
        yield _reading(document, whole, [next(scored) for _ in document.sentences], named)


def _named_in(document: _Document) -> list[dict[int, Named]]:
    """The entities that each sentence names: their places in `document.entities`, and how to find them there."""
    starts = [start for start, _ in document.sentences]
    found: list[dict[int, Named]] = [{} for _ in starts]
    for place, entity in enumerate(document.entities if starts else ()):
        for start, end in locate(document.text, entity):
            index = bisect_right(starts, start) - 1
            if index < 0 or end > document.sentences[index][1] or place in found[index]:
                continue
            begin, stop = document.sentences[index]
            occurrence = None
            if entity.occurrence is not None:
                occurrence = occurrence_at(document.text[begin:stop], entity.name, start - begin)
            found[index][place] = Named(entity.name, occurrence)
    return found


def _reading(document: _Document, whole: Scores, parts: Sequence[Scores], named: Sequence[dict[int, Named]]) -> Reading:
    if not parts:
        return Reading(whole, None, (None,) * len(whole.entities), document.cut)
    sentiments = {index: part.sentiment for index, part in enumerate(parts)}
    sentiment, decided = combined(whole.sentiment, list(sentiments.values()))
    entities: list[Triple] = []
    passages: list[Span | None] = []
    for place, first in enumerate(whole.entities):
        spoken = _spoken_of(place, parts, named)
        towards, sentence = _towards(place, first, spoken, parts, named)
        entities.append(towards)
        passages.append(_passage(document, towards, sentence, spoken or sentiments))
    own = _passage(document, sentiment, decided, sentiments)
    return Reading(Scores(sentiment, whole.topics, tuple(entities)), own, tuple(passages), document.cut)


def _towards(
    place: int,
    whole: Triple,
    spoken: Mapping[int, Triple],
    parts: Sequence[Scores],
    named: Sequence[dict[int, Named]],
) -> tuple[Triple, int | None]:
    """The sentiment towards an entity, and which sentence decided; where only some speak of it, they count more than
    the whole text.
    """
    if not spoken:
        return whole, None
    if len(spoken) < len(parts):
        whole = _mean(whole, [spoken[index] for index, names in enumerate(named) if place in names])
    found, decided = combined(whole, list(spoken.values()), ENTITY_MARGINS)
    return found, None if decided is None else list(spoken)[decided]


def _mean(whole: Triple, own: Sequence[Triple]) -> Triple:
    """The geometric mean of the whole and, `_OWN_WEIGHT` as heavy, that of the others."""
    weight = _OWN_WEIGHT / (1.0 + _OWN_WEIGHT)
    negative, neutral, positive = (
        exp((1.0 - weight) * _log(whole[side]) + weight * sum(_log(one[side]) for one in own) / len(own))
        for side in (NEGATIVE, NEUTRAL, POSITIVE)
    )
    total = negative + neutral + positive
    return (negative / total, neutral / total, positive / total)


def _spoken_of(place: int, parts: Sequence[Scores], named: Sequence[dict[int, Named]]) -> dict[int, Triple]:
    """The sentences that speak of an entity, and how: those that name it, and those after them up to the next one that
    names any."""
    found: dict[int, Triple] = {}
    goes_on = False
    for index, (part, names) in enumerate(zip(parts, named, strict=True)):
        if names:
            goes_on = place in names
        if goes_on:
            found[index] = part.entities[list(names).index(place)] if names else part.sentiment
    return found


def _passage(document: _Document, sentiment: Triple, decided: int | None, parts: Mapping[int, Triple]) -> Span | None:
    """The sentence that decided; where none did and the text is too long to be shown, the one that speaks most for what
    leads."""
    if decided is None and len(document.text) <= MAX_EVIDENCE_CHARS:
        return None
    if decided is None:
        decided = max(parts, key=lambda index: parts[index][leading(sentiment)])
    return document.sentences[decided]


def _log_odds(share: float) -> float:
    return _log(share) - _log(1.0 - share)


def _log(share: float) -> float:
    return log(max(share, _LEAST_SHARE))
