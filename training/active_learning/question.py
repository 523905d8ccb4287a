"""What is asked of a text, and which keys answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.inference.added_topics import load_added_topics
from services.inference.bundle import Bundle
from services.inference.scores import Scores
from training.errors import ConfigError

SKIP, QUIT = "s", "q"


@dataclass(frozen=True)
class Question:
    """The label of each key; `topic`: whether a text is about it (else: which sentiment it has)."""

    labels: Mapping[str, str]
    topic: str | None = None

    def opinion(self, scores: Scores) -> dict[str, float]:
        """What a model says, by label; the probabilities sum to 1."""
        if self.topic is None:
            return dict(zip(self.labels.values(), scores.sentiment, strict=True))
        return dict(
            zip(self.labels.values(), (scores.topics[self.topic], 1.0 - scores.topics[self.topic]), strict=True)
        )

    def label(self, answer: str) -> str | None:
        """The label that an answer means: a key or the label itself; None when it is neither."""
        return self.labels.get(answer, answer if answer in self.labels.values() else None)


SENTIMENT = Question({"n": "negative", "u": "neutral", "p": "positive"})
"""In the order of the model's sentiment."""


def question_about(topic: str | None, bundle: Bundle) -> Question:
    """The question about a topic of a bundle, or about the sentiment; its labels are those of `topic add`.

    :raises ConfigError: when the bundle has no such topic.
    """
    if topic is None:
        return SENTIMENT
    known = sorted([*(one.id for one in bundle.manifest.topics), *load_added_topics(bundle).ids])
    if topic not in known:
        raise ConfigError(f"{bundle.model_version} has no topic {topic!r}; it has {', '.join(known)}")
    return Question({"y": "true", "n": "false"}, topic)
