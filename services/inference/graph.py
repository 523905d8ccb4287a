"""The ONNX graph of a bundle: its inputs and outputs by name, and one padded batch through it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.domain.errors import BundleInvalid
from services.inference.added_topics import POOLED_OUTPUT, AddedTopics
from services.inference.bundle import Bundle
from services.inference.encoder import Tokens
from services.inference.session import open_session

INPUTS = ("input_ids", "attention_mask")
OUTPUTS = ("sentiment_logits", "topic_logits")
ENTITY_OUTPUT = "entity_logits"
"""(batch, tokens, 3); a graph without it gives each entity the sentiment of its text."""
CONVENTION_OUTPUTS = ("sentiment_conventions", "entity_conventions")
"""(batch, conventions * 3) and (batch, tokens, conventions * 3): sentiment in the convention of each set."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class GraphOutputs:
    """What one batch gives, sentiment in the convention of each text. *Shapes:* `sentiment` (batch, 3) and `topics`
    (batch, topics) logits; `entities` (batch, tokens, 3) logits, no tokens where no text has entities; `pooled` (batch,
    width), no width without added topics.
    """

    sentiment: Floats
    topics: Floats
    entities: Floats
    pooled: Floats

    @property
    def finite(self) -> bool:
        """Whether all are numbers."""
        return all(np.isfinite(part).all() for part in (self.sentiment, self.topics, self.entities, self.pooled))


class Graph:
    """A graph on the best provider of this machine; `threads` run each batch, 0 for one a core.

    :raises BundleInvalid: when it cannot be loaded, or has not the inputs and outputs that the manifest and the added
        topics need.
    """

    def __init__(self, bundle: Bundle, added: AddedTopics, threads: int) -> None:
        self._bundle = bundle
        self._added = added
        self._session = open_session(bundle, threads)
        self.provider: str = self._session.get_providers()[0]
        self._outputs = {node.name for node in self._session.get_outputs()}
        self.has_entity_head = ENTITY_OUTPUT in self._outputs
        self._require_names()

    def run(self, texts: Sequence[Tokens]) -> GraphOutputs:
        """One or more texts, run as one padded batch."""
        tokens = [text.ids for text in texts]
        width = max(len(ids) for ids in tokens)
        shape = (len(tokens), max(width, 1))
        input_ids = np.full(shape, self._bundle.manifest.pad_token_id, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for row, ids in enumerate(tokens):
            input_ids[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        wanted = any(text.entities for text in texts) and self.has_entity_head
        outputs = [*OUTPUTS, *([ENTITY_OUTPUT] if wanted else []), *([POOLED_OUTPUT] if self._added.topics else [])]
        if any(text.convention is not None for text in texts):
            outputs += CONVENTION_OUTPUTS
        values = self._session.run(outputs, dict(zip(INPUTS, (input_ids, mask), strict=True)))
        found = dict(zip(outputs, values, strict=True))
        sentiment, topics = (found[name] for name in OUTPUTS)
        entities = found.get(ENTITY_OUTPUT, np.zeros((len(tokens), 0, 3), dtype=np.float32))
        pooled = found.get(POOLED_OUTPUT, np.zeros((len(tokens), 0), dtype=np.float32))
        for row, own in enumerate(text.convention for text in texts):
            if own is not None:
                classes = slice(3 * own, 3 * own + 3)
                sentiment[row] = found[CONVENTION_OUTPUTS[0]][row, classes]
                if wanted:
                    entities[row] = found[CONVENTION_OUTPUTS[1]][row, :, classes]
        return GraphOutputs(sentiment, topics, entities, pooled)

    def check(self, text: Tokens) -> None:
        """Score one text with an entity, and compare what comes out with the manifest and the added topics.

        :raises BundleInvalid: when the shapes differ, or what comes out is not numbers.
        """
        path, manifest = self._bundle.model_path, self._bundle.manifest
        try:
            found = self.run([text])
        except Exception as error:  # ONNX Runtime's errors have no common base but this
            raise BundleInvalid(path, f"cannot score a text: {error}") from error
        expected = ((1, 3), (1, len(manifest.topics)))
        got = (found.sentiment.shape, found.topics.shape)
        if got != expected:
            raise BundleInvalid(path, f"expected outputs of shape {expected} for one text, got {got}")
        entities = found.entities
        if self.has_entity_head and (entities.ndim, entities.shape[0], entities.shape[-1]) != (3, 1, 3):
            raise BundleInvalid(path, f"expected {ENTITY_OUTPUT} of shape (1, tokens, 3), got {entities.shape}")
        self._added.require_width(found.pooled.shape[-1], self._bundle.folder)
        if not found.finite:
            raise BundleInvalid(path, "gives outputs that are not finite numbers")

    def _require_names(self) -> None:
        path, outputs = self._bundle.model_path, self._outputs
        inputs = {node.name for node in self._session.get_inputs()}
        if inputs != set(INPUTS):
            raise BundleInvalid(path, f"expected the inputs {sorted(INPUTS)}, got {sorted(inputs)}")
        if not outputs >= set(OUTPUTS):
            raise BundleInvalid(path, f"expected the outputs {sorted(OUTPUTS)}, got {sorted(outputs)}")
        if self._bundle.manifest.conventions and not outputs >= set(CONVENTION_OUTPUTS):
            raise BundleInvalid(path, f"expected the outputs {sorted(CONVENTION_OUTPUTS)}, got {sorted(outputs)}")
        if self._added.topics and POOLED_OUTPUT not in outputs:
            why = f"has no output {POOLED_OUTPUT}, which the added topics {list(self._added.ids)} need"
            raise BundleInvalid(path, f"{why}: export the model again, or remove them (groundswell topic remove)")
