"""Topics added to a published bundle: one linear unit each over the pooled text, so all share the model's one pass.

<bundle folder>/topics/<id>.json, written by `groundswell topic add`. A bundle may get and lose topics while it is
served; those that the model brings itself stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from services.domain.errors import BundleInvalid
from services.domain.limits import MAX_DEPTH
from services.files.json_depth import is_deeper
from services.inference.activations import sigmoid
from services.inference.bundle import ADDED_TOPICS, Bundle

POOLED_OUTPUT = "pooled"
"""The graph's output (batch, width) that added topics read."""
SCHEMA = 1

Floats = npt.NDArray[np.float64]


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Cross-validated scores of the positive class, over `n` texts of which `positives` are of the topic, in a stream
    of which the share `prevalence` is.
    """

    f1: float
    precision: float
    recall: float
    prevalence: float
    n: int
    positives: int
    folds: int
    repeats: int


class AddedTopic(msgspec.Struct, frozen=True, kw_only=True):
    """One topic: P = sigmoid(weights . x / |x| + bias) of the pooled text x; `quality` is None without examples."""

    schema: int
    id: str
    name_en: str
    name_zh: str
    description: str
    languages: tuple[str, ...]
    model_version: str
    weights: tuple[float, ...]
    bias: float
    threshold: float
    quality: Quality | None


@dataclass(frozen=True)
class AddedTopics:
    """The added topics of a bundle, in the order of their ids; none is a valid number of them."""

    topics: tuple[AddedTopic, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids, in the order of the probabilities."""
        return tuple(topic.id for topic in self.topics)

    def thresholds_in(self, lang: str) -> dict[str, float]:
        """The threshold of each topic that counts in texts of `lang`: those with examples in it."""
        return {topic.id: topic.threshold for topic in self.topics if lang in topic.languages}

    def probabilities(self, pooled: npt.NDArray[np.float32]) -> Floats:
        """P(topic) of each text. *Shapes:* (batch, width); returns (batch, added).

        :raises ValueError: when the width is not that of the topics.
        """
        if not self.topics:
            return np.zeros((len(pooled), 0))
        weights, biases = self._units
        return sigmoid(unit(pooled) @ weights.T + biases)

    @cached_property
    def _units(self) -> tuple[Floats, Floats]:
        """*Shapes:* (added, width), (added,)."""
        return np.array([topic.weights for topic in self.topics]), np.array([topic.bias for topic in self.topics])

    def require_width(self, width: int, folder: Path) -> None:
        """Check the topics against the width of the graph's pooled output.

        :raises BundleInvalid: naming the first topic of another width.
        """
        for topic in self.topics:
            if len(topic.weights) != width:
                path = topic_path(folder, topic.id)
                raise BundleInvalid(path, f"expected {width} weights, got {len(topic.weights)}")


def unit(pooled: npt.NDArray[np.floating]) -> Floats:
    """Rows scaled to length 1, in double precision. *Shape:* (batch, width)."""
    wide = pooled.astype(np.float64)
    return np.asarray(wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-12))


def topic_path(folder: Path, topic: str) -> Path:
    """Where the topic `topic` of the bundle in `folder` lies."""
    return folder / ADDED_TOPICS / f"{topic}.json"


def load_added_topics(bundle: Bundle) -> AddedTopics:
    """Read and check all added topics of a bundle; a bundle without the folder has none.

    :raises BundleInvalid: naming the file and what is wrong: not JSON, a field of the wrong type, another model's
        topic, an id that the model has already, weights that are no finite numbers or of differing widths.
    """
    topics = [_read(path, bundle) for path in sorted((bundle.folder / ADDED_TOPICS).glob("*.json"))]
    added = AddedTopics(tuple(topics))
    if topics:
        added.require_width(len(topics[0].weights), bundle.folder)
    return added


def _read(path: Path, bundle: Bundle) -> AddedTopic:
    try:
        data = path.read_bytes()
        if is_deeper(data, MAX_DEPTH):
            raise BundleInvalid(path, f"expected at most {MAX_DEPTH} levels of objects and lists, got more")
        topic = msgspec.json.decode(data, type=AddedTopic)
    except OSError as error:
        raise BundleInvalid(path, f"not readable: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleInvalid(path, str(error)) from error
    if topic.schema != SCHEMA:
        raise BundleInvalid(path, f"expected schema {SCHEMA}, got {topic.schema}")
    if topic.id != path.stem:
        raise BundleInvalid(path, f"expected the id {path.stem}, got {topic.id}")
    if topic.model_version != bundle.model_version:
        why = f"expected a topic of {bundle.model_version}, got one of {topic.model_version}; add it anew"
        raise BundleInvalid(path, why)
    if topic.id in {known.id for known in bundle.manifest.topics}:
        raise BundleInvalid(path, f"the model has a topic {topic.id} of its own")
    odd = sorted(set(topic.languages) - set(bundle.manifest.languages))
    if odd:
        raise BundleInvalid(path, f"expected languages out of {bundle.manifest.languages}, got {odd}")
    if not topic.weights or not _finite([*topic.weights, topic.bias]):
        raise BundleInvalid(path, "expected weights and a bias that are finite numbers")
    if not 0.0 <= topic.threshold <= 1.0:
        raise BundleInvalid(path, f"expected a threshold between 0 and 1, got {topic.threshold}")
    return topic


def _finite(values: Sequence[float]) -> bool:
    return bool(np.isfinite(np.array(values)).all())
