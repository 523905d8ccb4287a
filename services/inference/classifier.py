"""A model bundle in use: texts in, probabilities out."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter

import msgspec
import numpy as np

from services.inference.activations import sigmoid, softmax
from services.inference.added_topics import load_added_topics
from services.inference.batches import plan_batches
from services.inference.bundle import Bundle
from services.inference.calibration import calibrate
from services.inference.encoder import TextEncoder, Tokens
from services.inference.graph import Floats, Graph
from services.inference.manifest import DecisionRules
from services.inference.scores import Scores, Triple
from services.text.language import detect
from services.text.mentions import Named

log = logging.getLogger(__name__)

INT8 = "int8"

Observer = Callable[[int, int, float], None]


class Classifier:
    """The graph and the tokenizer of a bundle, and the topics that were added to it, as they are now.

    `threads` is the number of inference threads, 0 for one a core. Safe to call from several threads.

    :raises BundleInvalid: when the model, the tokenizer or an added topic cannot be loaded, or the model's inputs and
        outputs are not those that the manifest promises and added topics need; one text is scored to find out.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 0) -> None:
        self.bundle = bundle
        self.added = load_added_topics(bundle)
        self._topics = [*(topic.id for topic in bundle.manifest.topics), *self.added.ids]
        self._encoder = TextEncoder(bundle)
        self._alone = bundle.manifest.precision == INT8
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, "inference")
        self._graph = Graph(bundle, self.added, 1 if self._alone else threads)
        self._graph.check(self.encode(["shares fall 4 %"], [[Named("shares")]])[0])
        log.info("model %s on %s", bundle.model_version, self.provider)

    @property
    def provider(self) -> str:
        """The ONNX Runtime provider that it runs on."""
        return self._graph.provider

    @property
    def has_entity_head(self) -> bool:
        """Whether entities have a sentiment of their own, and not just that of their text."""
        return self._graph.has_entity_head

    def decision_rules(self, lang: str) -> DecisionRules:
        """How scores of texts in `lang` are read, those of added topics too."""
        rules = self.bundle.manifest.decision_rules(lang)
        return msgspec.structs.replace(rules, thresholds=rules.thresholds | self.added.thresholds_in(lang))

    def encode(
        self,
        texts: Sequence[str],
        entities: Sequence[Sequence[Named]] | None = None,
        conventions: Sequence[str] | None = None,
    ) -> list[Tokens]:
        """What `infer` takes; see `TextEncoder.encode`."""
        return self._encoder.encode(texts, entities, conventions)

    def infer(self, texts: Sequence[Tokens]) -> list[Scores]:
        """Scores of one batch, run as one padded batch, not calibrated.

        :raises ArithmeticError: when the model gives something that is not a number.
        """
        if not texts:
            return []
        found = self._graph.run(texts)
        if not found.finite:
            raise ArithmeticError(f"model {self.bundle.model_version} gave outputs that are not finite numbers")
        shares = softmax(found.sentiment).tolist()
        chances = np.concatenate([sigmoid(found.topics), self.added.probabilities(found.pooled)], axis=1).tolist()
        return [
            Scores(share, dict(zip(self._topics, row, strict=True)), self._entities(text, share, found.entities[index]))
            for index, (text, share, row) in enumerate(zip(texts, map(_triple, shares), chances, strict=True))
        ]

    def score(
        self,
        texts: Sequence[str],
        batch_tokens: int = 8192,
        observe: Observer | None = None,
        *,
        entities: Sequence[Sequence[Named]] | None = None,
        langs: Sequence[str] | None = None,
        conventions: Sequence[str] | None = None,
    ) -> list[Scores]:
        """Calibrated scores of each text, in the order of `texts`; at most `batch_tokens` padded tokens run at once.

        `entities` are those of each text whose sentiment is wanted; one whose name does not stand in its text gets
        the mean over the whole text. `langs` are the languages of the texts, detected where they are not given.
        `conventions` names, for each text, the data set in whose convention its sentiment is read; where the bundle
        has no such convention, as by default, it is the general reading.

        A text's scores never depend on its neighbours. An int8 graph takes the scale of its activations from all
        that it is given, so there each text is a run of its own, one a thread, and nothing is padded.
        `observe` is told the texts, padded tokens and seconds of each batch.
        """
        tokens = self.encode(texts, entities, conventions)
        scores: dict[int, Scores] = {}
        for batch in plan_batches([len(one.ids) for one in tokens], batch_tokens):
            start = perf_counter()
            rows = [tokens[index] for index in batch]
            found = [one for [one] in self._pool.map(self._infer_one, rows)] if self._alone else self.infer(rows)
            scores.update(zip(batch, found, strict=True))
            if observe is not None:
                padded = sum(len(row.ids) for row in rows) if self._alone else len(batch) * len(rows[-1].ids)
                observe(len(batch), padded, perf_counter() - start)
        ordered = [scores[index] for index in range(len(tokens))]
        temperatures = self.bundle.manifest.temperatures
        if not temperatures:
            return ordered
        spoken = [detect(text) for text in texts] if langs is None else langs
        added = self.added.ids
        return [calibrate(one, temperatures.get(lang, {}), added) for one, lang in zip(ordered, spoken, strict=True)]

    def _infer_one(self, text: Tokens) -> list[Scores]:
        return self.infer([text])

    def _entities(self, text: Tokens, share: Triple, logits: Floats) -> tuple[Triple, ...]:
        """The mean of the logits, *shape* (tokens, 3), over the tokens of each entity, as probabilities."""
        if not text.entities:
            return ()
        if not self.has_entity_head:
            return (share,) * len(text.entities)
        pooled = np.stack([logits[positions].mean(axis=0) for positions in text.entities])
        return tuple(_triple(row) for row in softmax(pooled).tolist())


def _triple(row: Sequence[float]) -> Triple:
    negative, neutral, positive = row
    return (negative, neutral, positive)
