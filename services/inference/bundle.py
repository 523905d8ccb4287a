"""A model bundle on disk: its layout as data, its manifest, and the check that nothing in it is missing or altered.

<root>/<name>/CURRENT                                     text file: the version in use
<root>/<name>/<version>/{model.onnx, tokenizer.json, manifest.json, metrics.json, MODEL_CARD.md, seen.bin}
<root>/<name>/<version>/topics/<id>.json                  topics that were added to it later
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from services.domain.errors import BundleInvalid
from services.domain.event_time import parse_iso_ms

SCHEMA = 1
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
MANIFEST = "manifest.json"
METRICS = "metrics.json"
CARD = "MODEL_CARD.md"
SEEN = "seen.bin"
"""Hashes of the training texts; bundles from before there was such a list lack it."""
ADDED_TOPICS = "topics"
"""The folder of added topics."""
CURRENT = "CURRENT"
SERVED = (MODEL, TOKENIZER)
"""The files that serving reads; the manifest holds their size and SHA-256."""
SENTIMENT_LABELS = ("negative", "neutral", "positive")
"""The order of the model's sentiment outputs; everything downstream relies on it."""

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


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


class Rules(msgspec.Struct, frozen=True):
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

    def thresholds_in(self, lang: str) -> dict[str, float]:
        """The threshold of each topic that counts in texts of `lang`: those taught in it.

        Of a topic never taught in a language the model says nothing sensible there.
        """
        return {topic.id: self.topic_thresholds[topic.id] for topic in self.topics if lang in topic.languages}

    def rules_in(self, lang: str) -> Rules:
        """How scores of texts in `lang` are read."""
        return Rules(f"{self.name}/{self.version}", self.thresholds_in(lang), self.unsure_below.get(lang, 0.0))


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle."""

    folder: Path
    manifest: Manifest

    @property
    def model_version(self) -> str:
        """`<name>/<version>`, as every scored text carries it."""
        return f"{self.manifest.name}/{self.manifest.version}"

    @property
    def model_path(self) -> Path:
        """The ONNX graph."""
        return self.folder / MODEL

    @property
    def tokenizer_path(self) -> Path:
        """The tokenizer."""
        return self.folder / TOKENIZER


def load_bundle(folder: Path) -> Bundle:
    """Read the manifest in `folder` and verify every file it lists.

    :raises BundleInvalid: naming the file and what is wrong: missing, truncated, tampered with, not JSON,
        an unknown schema, a field of the wrong type, labels in another order.
    """
    manifest = _read_manifest(folder / MANIFEST)
    for name in SERVED:
        facts = manifest.files.get(name)
        if facts is None:
            raise BundleInvalid(folder / MANIFEST, f"`files` does not list {name}")
        _verify(folder / name, facts)
    return Bundle(folder, manifest)


def current_version(root: Path, name: str) -> str:
    """The version that `<root>/<name>/CURRENT` names.

    :raises BundleInvalid: when the file is missing or holds no plain folder name.
    """
    path = root / _plain(name, root / name) / CURRENT
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise BundleInvalid(
            path, "missing; it holds the version in use: train and export a model first, or set GROUNDSWELL_MODELS"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BundleInvalid(path, f"not readable: {error}") from error
    return _plain(text, path)


def current_bundle(root: Path, name: str) -> Bundle:
    """The verified bundle that `<root>/<name>/CURRENT` points to.

    :raises BundleInvalid: as `load_bundle` does, and when the manifest is another model's.
    """
    version = current_version(root, name)
    bundle = load_bundle(root / name / version)
    if bundle.model_version != f"{name}/{version}":
        raise BundleInvalid(bundle.folder / MANIFEST, f"expected {name}/{version}, got {bundle.model_version}")
    return bundle


def make_current(root: Path, name: str, version: str) -> None:
    """Point `<root>/<name>/CURRENT` to `version`, in one step that no reader sees half done.

    :raises BundleInvalid: when that version is not a valid bundle; CURRENT then stays as it is.
    """
    load_bundle(root / _plain(name, root / name) / _plain(version, root / name))
    fresh = root / name / f".{CURRENT}.{os.getpid()}"
    fresh.write_text(f"{version}\n", encoding="utf-8")
    fresh.replace(root / name / CURRENT)


def write_manifest(folder: Path, description: Description) -> Bundle:
    """Write `manifest.json` for the model and tokenizer in `folder`, then read it back as serving would.

    :raises BundleInvalid: when a file is missing or the description breaks a rule of the manifest.
    """
    files = {name: _facts(folder / name) for name in SERVED}
    manifest = Manifest(**msgspec.structs.asdict(description), schema=SCHEMA, files=files)
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(data + b"\n")
    return load_bundle(folder)


def _read_manifest(path: Path) -> Manifest:
    """The typed manifest; the schema number is looked at before the fields."""
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BundleInvalid(path, "missing") from error
    except OSError as error:
        raise BundleInvalid(path, f"not readable: {error}") from error
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
    _plain(manifest.name, path)
    _plain(manifest.version, path)
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


def _plain(name: str, path: Path) -> str:
    """`name` if it is a plain folder name, so that it cannot lead out of the models folder."""
    if not _PLAIN.fullmatch(name):
        raise BundleInvalid(path, f"expected a plain folder name (letters, digits, . _ -), got {name!r}")
    return name


def _facts(path: Path) -> FileFacts:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileFacts(digest, file.tell())
    except FileNotFoundError as error:
        raise BundleInvalid(path, "missing") from error
    except OSError as error:
        raise BundleInvalid(path, f"not readable: {error}") from error


def _verify(path: Path, expected: FileFacts) -> None:
    got = _facts(path)
    if got.bytes < expected.bytes:
        raise BundleInvalid(path, f"truncated: expected {expected.bytes} bytes, got {got.bytes}")
    if got.bytes > expected.bytes:
        raise BundleInvalid(path, f"tampered with: expected {expected.bytes} bytes, got {got.bytes}")
    if got.sha256 != expected.sha256:
        raise BundleInvalid(path, f"tampered with: expected SHA-256 {expected.sha256}, got {got.sha256}")
