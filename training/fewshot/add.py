"""Add a topic to a bundle, and remove one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import onnx

from services.files.jsonl import open_writer
from services.inference.added_topics import SCHEMA, AddedTopic, Quality, topic_path, unit
from services.inference.bundle import Bundle
from training.errors import ConfigError
from training.fewshot.cross_validation import RARE, cross_validate
from training.fewshot.examples import TopicExample
from training.fewshot.head import DECIDED_AT, Floats, Head, fit_head, prototype_head, topic_languages
from training.inference.embeddings import embed
from training.model.pooled_output import has_pooled

_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class TopicName:
    """What a topic is called; its id is the English name in lower case."""

    en: str
    zh: str = ""
    description: str = ""

    @property
    def id(self) -> str:
        """A plain file name.

        :raises ConfigError: when the name has no Latin letter or digit.
        """
        found = _NO_WORD.sub("_", self.en.lower()).strip("_")
        if not found:
            raise ConfigError(
                f"topic name: expected an English name (a Chinese one goes to --name-zh), got {self.en!r}"
            )
        return found


def fit_topic(
    bundle: Bundle, name: TopicName, examples: Sequence[TopicExample], texts: Sequence[TopicExample] = ()
) -> AddedTopic:
    """Fit a topic on examples, or without any on its names alone (zero-shot).

    `texts` have no labels; they show what other texts are like, and so where the topic begins.

    :raises ConfigError: when the model has a topic of that id already, or no example of the topic is in a language
        that it knows.
    """
    if name.id in {topic.id for topic in bundle.manifest.topics}:
        raise ConfigError(f"{bundle.model_version} has a topic {name.id} already; choose another name")
    fitted = _from_examples(bundle, examples, texts) if examples else _from_names(bundle, name, texts)
    return AddedTopic(
        schema=SCHEMA,
        id=name.id,
        name_en=name.en,
        name_zh=name.zh or name.en,
        description=name.description,
        languages=fitted.languages,
        model_version=bundle.model_version,
        weights=tuple(fitted.head.weights.tolist()),
        bias=fitted.head.bias,
        threshold=DECIDED_AT,
        quality=fitted.quality,
    )


@dataclass(frozen=True)
class _Fitted:
    """A head that decides at 0.5, the languages in which it may, and its quality where that is known."""

    head: Head
    languages: tuple[str, ...]
    quality: Quality | None


def _from_examples(bundle: Bundle, examples: Sequence[TopicExample], texts: Sequence[TopicExample]) -> _Fitted:
    known = bundle.manifest.languages
    languages = topic_languages([(one.lang, one.positive) for one in examples], known)
    if not languages:
        raise ConfigError(f"expected examples of the topic in {' or '.join(known)}, got none that looks like it")
    rows = [*examples, *(text for text in texts if text.lang in languages)]
    units = unit(embed(bundle, [row.text for row in rows]))
    head, quality = validated_head(units, np.array([row.positive for row in rows]))
    return _Fitted(head, languages, quality)


def _from_names(bundle: Bundle, name: TopicName, texts: Sequence[TopicExample]) -> _Fitted:
    own = [text for text in (name.en, name.zh, name.description) if text]
    others = [text for topic in bundle.manifest.topics for text in (topic.name_en, topic.name_zh)]
    units = unit(embed(bundle, [*own, *others, *(text.text for text in texts)]))
    names, other_names, text_units = np.split(units, [len(own), len(own) + len(others)])
    return _Fitted(zero_shot_head(names, other_names, text_units), bundle.manifest.languages, None)


def validated_head(units: Floats, labels: npt.NDArray[np.bool_]) -> tuple[Head, Quality]:
    """A head that decides at 0.5, and its cross-validated quality. *Shapes:* (texts, width), of length 1; (texts,)."""
    validated = cross_validate(units, labels)
    return fit_head(units, labels).decided_at(validated.threshold), validated.quality


def zero_shot_head(names: Floats, other_names: Floats, texts: Floats) -> Head:
    """A head from names alone; of the texts, if there are any, the share `RARE` is of the topic.

    *Shapes:* (names, width), (other names, width), (texts, width), of length 1.
    """
    head = prototype_head(names, other_names)
    return head.decided_at(float(np.quantile(head.logits(texts), 1 - RARE))) if len(texts) else head


def require_served(bundle: Bundle) -> None:
    """Refuse a bundle that cannot serve added topics.

    :raises ConfigError: when its graph does not give the pooled text.
    """
    if not has_pooled(onnx.load(str(bundle.model_path), load_external_data=False)):
        why = f"the graph of {bundle.model_version} is from before topics could be added: it has no output pooled"
        raise ConfigError(f"{why}; export the model again, or only try the topic with --out FOLDER")


def require_new(folder: Path, topic: str) -> Path:
    """Where a topic of that id will lie in `folder`.

    :raises ConfigError: when there is one.
    """
    path = topic_path(folder, topic)
    if path.exists():
        raise ConfigError(f"{path} exists already: groundswell topic remove {topic}")
    return path


def write_topic(topic: AddedTopic, folder: Path) -> Path:
    """Write a topic beside the files of the bundle in `folder`, whole or not at all.

    :raises ConfigError: when there is one of that id.
    """
    path = require_new(folder, topic.id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(path) as writer:
        writer.write(msgspec.to_builtins(topic))
    return path


def remove_topic(folder: Path, topic: str) -> None:
    """Remove an added topic from the bundle in `folder`.

    :raises ConfigError: when there is none of that id.
    """
    known = sorted(path.stem for path in topic_path(folder, topic).parent.glob("*.json"))
    if topic not in known:
        raise ConfigError(f"{folder}: expected one of the added topics {known}, got {topic!r}")
    topic_path(folder, topic).unlink()
