"""A model bundle in use: tokens in, probabilities out."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from time import perf_counter

import msgspec
import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer

from services.domain.errors import BundleInvalid
from services.inference.activations import sigmoid, softmax
from services.inference.added_topics import POOLED_OUTPUT, load_added_topics
from services.inference.batches import plan_batches
from services.inference.bundle import Bundle, Rules
from services.inference.model_input import model_input
from services.inference.scores import Scores, Triple, calibrate
from services.inference.session import open_session
from services.text.language import detect
from services.text.mentions import Named, locate, tokens_of

log = logging.getLogger(__name__)

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("sentiment_logits", "topic_logits")
ENTITY_OUTPUT = "entity_logits"
"""(batch, tokens, 3); a graph without it gives each entity the sentiment of its text."""
CONVENTION_OUTPUTS = ("sentiment_conventions", "entity_conventions")
"""(batch, conventions * 3) and (batch, tokens, conventions * 3): sentiment in the convention of each set."""
INT8 = "int8"

Floats = npt.NDArray[np.float32]
Observer = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class Tokens:
    """One tokenised text: its ids, the positions of the tokens of each entity that is asked for, and the convention
    in which its sentiment is read (None: the general reading).
    """

    ids: list[int]
    entities: list[list[int]]
    convention: int | None = None


class Classifier:
    """One ONNX Runtime session on the best provider of this machine, with the bundle's tokenizer, and the topics that
    were added to the bundle, as they are now.

    `threads` is the number of inference threads, 0 for one a core. Safe to call from several threads.

    :raises BundleInvalid: when the model, the tokenizer or an added topic cannot be loaded, or the model's inputs and
        outputs are not those that the manifest promises and added topics need; one text is scored to find out.
    """

    def __init__(self, bundle: Bundle, *, threads: int = 0) -> None:
        self.bundle = bundle
        self.added = load_added_topics(bundle)
        self._topics = [*(topic.id for topic in bundle.manifest.topics), *self.added.ids]
        self._conventions = {name: index for index, name in enumerate(bundle.manifest.conventions)}
        self._tokenizer = _load_tokenizer(bundle)
        self._alone = bundle.manifest.precision == INT8
        self._pool = ThreadPoolExecutor(threads or os.cpu_count() or 1, "inference")
        self._session = open_session(bundle, 1 if self._alone else threads)
        self.provider: str = self._session.get_providers()[0]
        self.has_entity_head = ENTITY_OUTPUT in {node.name for node in self._session.get_outputs()}
        self._check()
        log.info("model %s on %s", bundle.model_version, self.provider)

    def rules_in(self, lang: str) -> Rules:
        """How scores of texts in `lang` are read, those of added topics too."""
        rules = self.bundle.manifest.rules_in(lang)
        return msgspec.structs.replace(rules, thresholds=rules.thresholds | self.added.thresholds_in(lang))

    def encode(
        self,
        texts: Sequence[str],
        entities: Sequence[Sequence[Named]] | None = None,
        conventions: Sequence[str] | None = None,
    ) -> list[Tokens]:
        """Each text as at most `max_tokens` token ids, special tokens included, with the places of its entities."""
        if conventions is not None:
            found = [self._conventions.get(name) for name in conventions]
            return [replace(one, convention=at) for one, at in zip(self.encode(texts, entities), found, strict=True)]
        inputs = [model_input(text) for text in texts]
        if entities is None or not any(entities):
            return [Tokens(encoding.ids, []) for encoding in self._tokenizer.encode_batch_fast(inputs)]
        return [
            Tokens(encoding.ids, [tokens_of(encoding.offsets, locate(text, one)) for one in named])
            for text, named, encoding in zip(inputs, entities, self._tokenizer.encode_batch(inputs), strict=True)
        ]

    def infer(self, texts: Sequence[Tokens]) -> list[Scores]:
        """Scores of one batch, run as one padded batch, not calibrated.

        :raises ArithmeticError: when the model gives something that is not a number.
        """
        if not texts:
            return []
        sentiment, topics, states, pooled = self._run(texts)
        if not all(np.isfinite(values).all() for values in (sentiment, topics, states, pooled)):
            raise ArithmeticError(f"model {self.bundle.model_version} gave outputs that are not finite numbers")
        shares = softmax(sentiment).tolist()
        chances = np.concatenate([sigmoid(topics), self.added.probabilities(pooled)], axis=1).tolist()
        return [
            Scores(share, dict(zip(self._topics, row, strict=True)), self._entities(index, text, share, states))
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

    def _entities(self, index: int, text: Tokens, share: Triple, states: Floats) -> tuple[Triple, ...]:
        """The mean of the logits over the tokens of each entity, as probabilities."""
        if not text.entities:
            return ()
        if not self.has_entity_head:
            return (share,) * len(text.entities)
        pooled = np.stack([states[index, positions].mean(axis=0) for positions in text.entities])
        return tuple(_triple(row) for row in softmax(pooled).tolist())

    def _run(self, texts: Sequence[Tokens]) -> tuple[Floats, Floats, Floats, Floats]:
        """*Shapes:* (batch, 3), (batch, topics) and, when a text has entities, (batch, tokens, 3) logits, the
        sentiment in the convention of each text; and the pooled texts (batch, width), when there are added topics.
        """
        tokens = [text.ids for text in texts]
        width = max(len(ids) for ids in tokens)
        shape = (len(tokens), max(width, 1))
        input_ids = np.full(shape, self.bundle.manifest.pad_token_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, ids in enumerate(tokens):
            input_ids[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        wanted = any(text.entities for text in texts) and self.has_entity_head
        outputs = [*OUTPUTS, *([ENTITY_OUTPUT] if wanted else []), *([POOLED_OUTPUT] if self.added.topics else [])]
        if any(text.convention is not None for text in texts):
            outputs += CONVENTION_OUTPUTS
        values = self._session.run(outputs, dict(zip(INPUTS, (input_ids, mask), strict=True)))
        found = dict(zip(outputs, values, strict=True))
        sentiment, topics = (found[name] for name in OUTPUTS)
        states = found.get(ENTITY_OUTPUT, np.zeros((len(tokens), 0, 3), dtype=np.float32))
        pooled = found.get(POOLED_OUTPUT, np.zeros((len(tokens), 0), dtype=np.float32))
        for row, own in enumerate(text.convention for text in texts):
            if own is not None:
                classes = slice(3 * own, 3 * own + 3)
                sentiment[row] = found[CONVENTION_OUTPUTS[0]][row, classes]
                if wanted:
                    states[row] = found[CONVENTION_OUTPUTS[1]][row, :, classes]
        return sentiment, topics, states, pooled

    def _check(self) -> None:
        """Compare the graph with the manifest, and score one text."""
        path = self.bundle.model_path
        inputs = {node.name for node in self._session.get_inputs()}
        outputs = {node.name for node in self._session.get_outputs()}
        if inputs != set(INPUTS):
            raise BundleInvalid(path, f"expected the inputs {sorted(INPUTS)}, got {sorted(inputs)}")
        if not outputs >= set(OUTPUTS):
            raise BundleInvalid(path, f"expected the outputs {sorted(OUTPUTS)}, got {sorted(outputs)}")
        if self._conventions and not outputs >= set(CONVENTION_OUTPUTS):
            raise BundleInvalid(path, f"expected the outputs {sorted(CONVENTION_OUTPUTS)}, got {sorted(outputs)}")
        if self.added.topics and POOLED_OUTPUT not in outputs:
            why = f"has no output {POOLED_OUTPUT}, which the added topics {list(self.added.ids)} need"
            raise BundleInvalid(path, f"{why}: export the model again, or remove them (groundswell topic remove)")
        try:
            sentiment, topics, states, pooled = self._run(self.encode(["shares fall 4 %"], [[Named("shares")]]))
        except Exception as error:  # ONNX Runtime's errors have no common base but this
            raise BundleInvalid(path, f"cannot score a text: {error}") from error
        expected = ((1, 3), (1, len(self.bundle.manifest.topics)))
        if (sentiment.shape, topics.shape) != expected:
            got = (sentiment.shape, topics.shape)
            raise BundleInvalid(path, f"expected outputs of shape {expected} for one text, got {got}")
        if self.has_entity_head and (states.ndim, states.shape[0], states.shape[-1]) != (3, 1, 3):
            raise BundleInvalid(path, f"expected {ENTITY_OUTPUT} of shape (1, tokens, 3), got {states.shape}")
        self.added.require_width(pooled.shape[-1], self.bundle.folder)
        if not all(np.isfinite(values).all() for values in (sentiment, topics, states, pooled)):
            raise BundleInvalid(path, "gives outputs that are not finite numbers")


def _triple(row: Sequence[float]) -> Triple:
    negative, neutral, positive = row
    return (negative, neutral, positive)


def _load_tokenizer(bundle: Bundle) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(bundle.tokenizer_path))
    except Exception as error:  # the tokenizers library raises plain Exception
        raise BundleInvalid(bundle.tokenizer_path, f"not a tokenizer: {error}") from error
    tokenizer.enable_truncation(bundle.manifest.max_tokens)
    tokenizer.no_padding()
    return tokenizer
