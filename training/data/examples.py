"""Training examples: cleaned texts with what is known about their sentiment and topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from services.inference.model_input import model_input
from services.text.clean import clean_text
from services.text.mentions import Named
from training.data.registry import LabelledSet
from training.data.rows import LabelledEntity, Row
from training.data.taxonomy import Taxonomy
from training.errors import DataError


@dataclass(frozen=True)
class EntityTarget:
    """One entity of a text and the sentiment classes that its label allows, out of `classes`."""

    named: Named
    label: str
    allowed: tuple[int, ...]
    classes: tuple[int, ...]


@dataclass(frozen=True)
class Example:
    """One text and its targets, all as indices.

    `allowed`: sentiment classes that the label permits, out of `classes` (both empty: unknown).
    `topics`: topics it is about, out of the `known` ones; `exclusive`: exactly one of them.
    """

    id: str
    set_name: str
    lang: str
    text: str
    labels: tuple[str, ...]
    allowed: tuple[int, ...]
    classes: tuple[int, ...]
    topics: tuple[int, ...]
    known: tuple[int, ...]
    exclusive: bool
    entities: tuple[EntityTarget, ...] = ()
    source: str = ""

    @property
    def teaches(self) -> bool:
        """Whether any loss can be computed from it."""
        return bool(self.allowed) or bool(self.known) or bool(self.entities)


@dataclass(frozen=True)
class Merged:
    """Rows with one row a text, and how many rows went and why; `resolved` are texts decided by a majority."""

    rows: tuple[Row, ...]
    empty: int
    repeated: int
    conflicting: int
    resolved: int


def prepare(text: str) -> str:
    """Bring a raw text into the form that the tokenizer gets, in training as in serving."""
    return model_input(clean_text(text))


def merge_repeats(rows: Iterable[Row], *, rule: str) -> Merged:
    """Keep one row a text: repeats go; different labels are settled by a rule of `REPEAT_RULES`.

    `union` unites them, `majority` takes the one of more than half of the text's rows, and where there is none,
    as under `drop`, the text is dropped and its rows are counted as conflicting.
    A text whose rows differ because each is about another entity keeps its entities and loses its own label;
    an entity with two different labels goes.
    """
    by_text: dict[str, list[Row]] = {}
    empty = 0
    for row in rows:
        text = prepare(row.text)
        if not text:
            empty += 1
            continue
        by_text.setdefault(text, []).append(row)
    kept: list[Row] = []
    repeated = conflicting = resolved = 0
    for text, same in by_text.items():
        first = same[0]
        labels = first.labels
        entities = _agreeing(entity for row in same for entity in row.entities)
        if len({frozenset(row.labels) for row in same}) > 1:
            winner = _majority(same) if rule == "majority" else None
            if rule == "union":
                labels = tuple(dict.fromkeys(label for row in same for label in row.labels))
            elif winner is not None:
                resolved += 1
                first, labels = winner, winner.labels
            else:
                conflicting += len(same)
                if not entities:
                    continue
                labels = ()
        repeated += len(same) - 1
        kept.append(replace(first, text=text, labels=labels, entities=entities))
    return Merged(tuple(kept), empty=empty, repeated=repeated, conflicting=conflicting, resolved=resolved)


def _majority(same: list[Row]) -> Row | None:
    """The first row with the labels that more than half of the rows have."""
    labels, count = Counter(frozenset(row.labels) for row in same).most_common(1)[0]
    return next(row for row in same if frozenset(row.labels) == labels) if 2 * count > len(same) else None


def _agreeing(entities: Iterable[LabelledEntity]) -> tuple[LabelledEntity, ...]:
    """One entry a named entity, in order, without those whose labels differ; names as the model will see them."""
    labels: dict[Named, set[str]] = {}
    for entity in entities:
        named = Named(prepare(entity.named.name), entity.named.occurrence)
        labels.setdefault(named, set()).add(entity.label)
    return tuple(LabelledEntity(named, found.pop()) for named, found in labels.items() if len(found) == 1)


def check_labels(row: Row, spec: LabelledSet, label_map: dict[str, int], file: str) -> None:
    """Refuse a label that neither the registry nor the taxonomy knows.

    :raises DataError: naming the file, the line and the label.
    """
    for entity in row.entities:
        if entity.label not in spec.sentiment:
            expected = f"one of {sorted(spec.sentiment)}"
            raise DataError(file=file, line=row.line, field="entities", expected=expected, got=repr(entity.label))
    for label in row.labels:
        if label not in spec.sentiment and label not in label_map and label not in spec.ignored:
            known = sorted({*spec.sentiment, *label_map, *spec.ignored})
            raise DataError(file=file, line=row.line, field="label", expected=f"one of {known}", got=repr(label))


def to_example(row: Row, spec: LabelledSet, taxonomy: Taxonomy) -> Example:
    """Turn a merged row into its targets; labels must have been checked before."""
    label_map = taxonomy.label_map(spec.name) if spec.topics != "none" else {}
    groups = [set(spec.sentiment[label]) for label in row.labels if label in spec.sentiment]
    allowed = tuple(sorted(set.intersection(*groups))) if groups else ()
    topics = tuple(sorted({label_map[label] for label in row.labels if label in label_map}))
    ruled_out = {i for label in row.labels for i in taxonomy.ruled_out(spec.name, label)} - set(topics)
    whole_set = set(label_map.values()) if spec.topics in ("single", "multi") else set()
    known = tuple(sorted(set(topics) | ruled_out | whole_set))
    return Example(
        id=row.id,
        set_name=spec.name,
        lang=row.lang,
        text=row.text,
        labels=row.labels,
        allowed=allowed,
        classes=spec.classes if allowed else (),
        topics=topics,
        known=known,
        exclusive=spec.topics == "single",
        entities=tuple(
            EntityTarget(entity.named, entity.label, spec.sentiment[entity.label], spec.classes)
            for entity in row.entities
        ),
        source=row.source,
    )


def by_set(examples: Sequence[Example], rows: int | None = None) -> dict[str, list[Example]]:
    """Group examples by set; with `rows`, only the first that many of each in the order of their texts."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.set_name, []).append(example)
    if rows is None:
        return groups
    return {name: sorted(group, key=lambda one: one.text)[:rows] for name, group in groups.items()}
