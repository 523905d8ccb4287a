"""What a bundle says of its model: `manifest.json`, typed and checked."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec

from services.domain.errors import BundleInvalid
from services.domain.event_time import parse_iso_ms
from services.domain.limits import MAX_DEPTH
from services.files.json_depth import is_deeper
from services.inference.scores import SENTIMENT_LABELS

SCHEMA = 1
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class FileFacts(msgspec.Struct, frozen=True):
    """What a file of the bundle must be: lower-case hexadecimal SHA-256 and size in bytes."""

    sha256: str
    bytes: int


class TopicLabel(msgspec.Struct, frozen=True):
    """One output of the topic head, in the model's order; `languages` are those in which it was taught."""

    id: str
    name_en: str
    name_zh: str
    languages: tuple[str, ...]


class Description(msgspec.Struct, frozen=True, kw_only=True):
    """What the exporter knows about a model; `label_maps`, `base_model` and `training_data` are for readers."""

    name: str
    version: str
    created_at: str
    precision: str
    languages: tuple[str, ...]
    max_tokens: int
    topics: tuple[TopicLabel, ...]
    topic_thresholds: dict[str, float]
    label_maps: dict[str, Any]
    base_model: dict[str, Any]
    training_data: list[dict[str, Any]]
    pad_token_id: int
    temperatures: dict[str, dict[str, float]] = {}
    """Language -> head (`sentiment`, `topics`, `entities`) -> what its logits are divided by."""
    unsure_below: dict[str, float] = {}
    """Language -> the probability of the leading sentiment below which the model abstains."""
    conventions: tuple[str, ...] = ()
    """Data sets in whose convention sentiment can be read beside the general reading, in the model's order."""
    sentiment_labels: tuple[str, ...] = SENTIMENT_LABELS


class DecisionRules(msgspec.Struct, frozen=True):
    """How a model's scores are read in one language: thresholds by topic, and from where on its sentiment counts."""

    model_version: str
    thresholds: dict[str, float]
    unsure_below: float

    def is_unsure(self, sentiment: tuple[float, float, float]) -> bool:
        """Whether the model abstains: its leading sentiment is too weak."""
        return max(sentiment) < self.unsure_below


class Manifest(Description, frozen=True, kw_only=True):
    """The content of `manifest.json`."""

    schema: int
    files: dict[str, FileFacts]

    @property
    def model_version(self) -> str:
        """`<name>/<version>`, as every scored text carries it."""
        return f"{self.name}/{self.version}"

    def thresholds_in(self, lang: str) -> dict[str, float]:
        """The threshold of each topic that counts in texts of `lang`: those taught in it.

        Of a topic never taught in a language the model says nothing sensible there.
        """
        return {topic.id: self.topic_thresholds[topic.id] for topic in self.topics if lang in topic.languages}

    def decision_rules(self, lang: str) -> DecisionRules:
        """How scores of texts in `lang` are read."""
        return DecisionRules(self.model_version, self.thresholds_in(lang), self.unsure_below.get(lang, 0.0))


def read_manifest(path: Path) -> Manifest:
    """The typed manifest; the schema number is looked at before the fields.

    :raises BundleInvalid: when it is missing, is not JSON, has an unknown schema, a field of the wrong type, labels in
        another order.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BundleInvalid(path, "missing") from error
    except OSError as error:
        raise BundleInvalid(path, f"not readable: {error}") from error
    if is_deeper(data, MAX_DEPTH):
        raise BundleInvalid(path, f"expected at most {MAX_DEPTH} levels of objects and lists, got more")
    try:
        plain = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BundleInvalid(path, f"not JSON: {error}") from error
    schema = plain.get("schema") if isinstance(plain, dict) else None
    if schema != SCHEMA:
        raise BundleInvalid(path, f"expected schema {SCHEMA}, got {schema!r}")
    try:
        manifest = msgspec.convert(plain, Manifest)
    except msgspec.ValidationError as error:
        raise BundleInvalid(path, str(error)) from error
    _check(manifest, path)
    return manifest


def _check(manifest: Manifest, path: Path) -> None:
    """What types alone cannot say."""
    require_plain_name(manifest.name, path)
    require_plain_name(manifest.version, path)
    try:
        parse_iso_ms(manifest.created_at)
    except ValueError as error:
        raise BundleInvalid(path, f"expected created_at as an ISO 8601 time, got {manifest.created_at!r}") from error
    if manifest.sentiment_labels != SENTIMENT_LABELS:
        raise BundleInvalid(path, f"expected sentiment_labels {SENTIMENT_LABELS}, got {manifest.sentiment_labels}")
    ids = [topic.id for topic in manifest.topics]
    if len(set(ids)) != len(ids):
        raise BundleInvalid(path, f"expected topics with distinct ids, got {ids}")
    odd_languages = {t.id: t.languages for t in manifest.topics if not set(t.languages) <= set(manifest.languages)}
    if odd_languages:
        raise BundleInvalid(path, f"expected topic languages out of {manifest.languages}, got {odd_languages}")
    if set(manifest.topic_thresholds) != set(ids):
        odd = sorted(set(manifest.topic_thresholds) ^ set(ids))
        raise BundleInvalid(path, f"expected one topic threshold for each topic, these do not match: {odd}")
    bad = {name: value for name, value in manifest.topic_thresholds.items() if not 0.0 <= value <= 1.0}
    if bad:
        raise BundleInvalid(path, f"expected topic thresholds between 0 and 1, got {bad}")
    cold = {lang: heads for lang, heads in manifest.temperatures.items() if not all(t > 0 for t in heads.values())}
    if cold:
        raise BundleInvalid(path, f"expected temperatures above 0, got {cold}")
    if not 2 <= manifest.max_tokens <= 8192:
        raise BundleInvalid(path, f"expected max_tokens between 2 and 8192, got {manifest.max_tokens}")


def require_plain_name(name: str, path: Path) -> str:
    """`name` if it is a plain folder name, so that it cannot lead out of the models folder.

    :raises BundleInvalid: when it is not, naming `path`, where it stands.
    """
    if not _PLAIN_NAME.fullmatch(name):
        raise BundleInvalid(path, f"expected a plain folder name (letters, digits, . _ -), got {name!r}")
    return name
