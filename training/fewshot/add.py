"""Add a topic to a bundle, and remove one."""

import re
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import onnx

from services.common.added_topics import SCHEMA, AddedTopic, topic_path, unit
from services.common.bundle import Bundle
from services.common.jsonl import open_writer
from training.errors import ConfigError
from training.evaluation.embed import embed
from training.export.expose_pooled import has_pooled
from training.fewshot.cross_validation import cross_validate
from training.fewshot.examples import TopicExample
from training.fewshot.head import fit_head, prototype_head, topic_languages

_NO_WORD = re.compile(r"[^a-z0-9]+")
UNMEASURED_THRESHOLD = 0.5


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


def fit_topic(bundle: Bundle, name: TopicName, examples: list[TopicExample], *, seed: int = 0) -> AddedTopic:
    """Fit a topic on examples, or without any on its names alone (zero-shot).

    :raises ConfigError: when the model has a topic of that id already, or no example of the topic is in a language
        that it knows.
    """
    if name.id in {topic.id for topic in bundle.manifest.topics}:
        raise ConfigError(f"{bundle.model_version} has a topic {name.id} already; choose another name")
    if examples:
        units = unit(embed(bundle, [example.text for example in examples]))
        labels = np.array([example.positive for example in examples])
        validated = cross_validate(units, labels, seed=seed)
        head, threshold, quality = fit_head(units, labels, seed), validated.threshold, validated.quality
        languages = topic_languages([(one.lang, one.positive) for one in examples], bundle.manifest.languages)
        if not languages:
            known = ", ".join(bundle.manifest.languages)
            raise ConfigError(f"{name.en}: expected examples of the topic in {known}, got none that looks like it")
    else:
        own = [text for text in (name.en, name.zh, name.description) if text]
        others = [text for topic in bundle.manifest.topics for text in (topic.name_en, topic.name_zh)]
        units = unit(embed(bundle, own + others))
        head, threshold, quality = prototype_head(units[: len(own)], units[len(own) :]), UNMEASURED_THRESHOLD, None
        languages = bundle.manifest.languages
    return AddedTopic(
        schema=SCHEMA,
        id=name.id,
        name_en=name.en,
        name_zh=name.zh or name.en,
        description=name.description,
        languages=languages,
        model_version=bundle.model_version,
        weights=tuple(head.weights.tolist()),
        bias=head.bias,
        threshold=threshold,
        quality=quality,
    )


def require_served(bundle: Bundle) -> None:
    """Refuse a bundle that cannot serve added topics.

    :raises ConfigError: when its graph does not give the pooled text.
    """
    if not has_pooled(onnx.load(str(bundle.model_path), load_external_data=False)):
        why = f"the graph of {bundle.model_version} is from before topics could be added: it has no output pooled"
        raise ConfigError(f"{why}; export the model again, or only try the topic with --out FOLDER")


def write_topic(topic: AddedTopic, folder: Path) -> Path:
    """Write a topic beside the files of the bundle in ``folder``, whole or not at all.

    :raises ConfigError: when there is one of that id.
    """
    path = topic_path(folder, topic.id)
    if path.exists():
        raise ConfigError(f"{path} exists already: groundswell topic remove {topic.id}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_writer(path) as writer:
        writer.write(msgspec.to_builtins(topic))
    return path


def remove_topic(folder: Path, topic: str) -> None:
    """Remove an added topic from the bundle in ``folder``.

    :raises ConfigError: when there is none of that id.
    """
    known = sorted(path.stem for path in topic_path(folder, topic).parent.glob("*.json"))
    if topic not in known:
        raise ConfigError(f"{folder}: expected one of the added topics {known}, got {topic!r}")
    topic_path(folder, topic).unlink()
