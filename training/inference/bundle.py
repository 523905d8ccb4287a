"""Probabilities from a bundle, computed by the very classifier that serves it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.progress import track

from services.inference.bundle import Bundle, current_bundle, load_bundle
from services.inference.classifier import Classifier
from services.inference.scores import Scores
from services.settings import load_settings
from services.text.clean import clean_text
from services.text.mentions import Named
from training.data.taxonomy import Taxonomy
from training.errors import ConfigError
from training.metrics.probabilities import Probabilities

_CHUNK = 512


def classify(
    classifier: Classifier,
    texts: Sequence[str],
    taxonomy: Taxonomy,
    entities: Sequence[Sequence[Named]] | None = None,
    conventions: Sequence[str] | None = None,
) -> Probabilities:
    """Score raw texts, in their order, with a progress bar; topics come in the order of the taxonomy.

    `entities` are those of each text whose sentiment is wanted; `conventions` the set in whose convention the
    sentiment of each text is read, where the bundle knows it (by default the general reading).

    :raises ConfigError: when the bundle lacks a topic of the taxonomy.
    """
    topics = {topic.id for topic in classifier.bundle.manifest.topics}
    if missing := [name for name in taxonomy.ids if name not in topics]:
        raise ConfigError(f"{classifier.bundle.model_version} has no topics {missing} of the taxonomy")
    values = Probabilities(sentiment=[], topics=[], entities=[])
    for scores in score_texts(classifier, texts, entities, conventions):
        values.sentiment.append(list(scores.sentiment))
        values.topics.append([scores.topics[name] for name in taxonomy.ids])
        values.entities.append([list(one) for one in scores.entities])
    return values


def score_texts(
    classifier: Classifier,
    texts: Sequence[str],
    entities: Sequence[Sequence[Named]] | None = None,
    conventions: Sequence[str] | None = None,
) -> Iterator[Scores]:
    """Yield the calibrated scores of raw texts, in their order, with a progress bar; parameters as `classify`."""
    for start in track(range(0, len(texts), _CHUNK), description="scoring", transient=True):
        chunk = slice(start, start + _CHUNK)
        named = entities[chunk] if entities is not None else None
        read = conventions[chunk] if conventions is not None else None
        yield from classifier.score([clean_text(text) for text in texts[chunk]], entities=named, conventions=read)


def served_bundle(folder: Path | None) -> Bundle:
    """The bundle in a folder; by default the one that is served.

    :raises BundleInvalid: when it is missing, incomplete or altered.
    """
    if folder is not None:
        return load_bundle(folder)
    settings = load_settings()
    return current_bundle(settings.model.folder, settings.model.name)
