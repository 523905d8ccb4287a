"""A model bundle on disk: its layout as data, and the check that nothing in it is missing or altered.

<root>/<name>/CURRENT                                     text file: the version in use
<root>/<name>/<version>/{model.onnx, tokenizer.json, manifest.json, metrics.json, MODEL_CARD.md, seen.bin}
<root>/<name>/<version>/topics/<id>.json                  topics that were added to it later
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.domain.errors import BundleInvalid
from services.inference.external_data import has_external_data
from services.inference.manifest import SCHEMA, Description, FileFacts, Manifest, read_manifest, require_plain_name

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


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle."""

    folder: Path
    manifest: Manifest

    @property
    def model_version(self) -> str:
        """`<name>/<version>`, as every scored text carries it."""
        return self.manifest.model_version

    @property
    def model_path(self) -> Path:
        """The ONNX graph."""
        return self.folder / MODEL

    @property
    def tokenizer_path(self) -> Path:
        """The tokenizer."""
        return self.folder / TOKENIZER

    def read(self, name: str) -> bytes:
        """The content of a served file, which is what the manifest says: load what this gives, and not the file again.

        :raises BundleInvalid: when it is missing, truncated, tampered with or, of the model, does not hold all weights.
        """
        path, facts = self.folder / name, self.manifest.files.get(name)
        if facts is None:
            raise BundleInvalid(self.folder / MANIFEST, f"`files` does not list {name}")
        content = _read(path)
        _verify(path, content, facts)
        if name == MODEL:
            _require_all_weights(path, content)
        return content


def load_bundle(folder: Path) -> Bundle:
    """Read the manifest in `folder` and verify every file that serving reads.

    :raises BundleInvalid: naming the file and what is wrong: missing, truncated, tampered with, not JSON,
        an unknown schema, a field of the wrong type, labels in another order, weights in another file.
    """
    bundle = Bundle(folder, read_manifest(folder / MANIFEST))
    for name in SERVED:
        bundle.read(name)
    return bundle


def current_version(root: Path, name: str) -> str:
    """The version that `<root>/<name>/CURRENT` names.

    :raises BundleInvalid: when the file is missing or holds no plain folder name.
    """
    path = root / require_plain_name(name, root / name) / CURRENT
    try:
        text = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise BundleInvalid(
            path, "missing; it holds the version in use: train and export a model first, or set GROUNDSWELL_MODELS"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BundleInvalid(path, f"not readable: {error}") from error
    return require_plain_name(text, path)


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
    load_bundle(root / require_plain_name(name, root / name) / require_plain_name(version, root / name))
    fresh = root / name / f".{CURRENT}.{os.getpid()}"
    fresh.write_text(f"{version}\n", encoding="utf-8")
    fresh.replace(root / name / CURRENT)


def write_manifest(folder: Path, description: Description) -> Bundle:
    """Write `manifest.json` for the model and tokenizer in `folder`, then read it back as serving would.

    :raises BundleInvalid: when a file is missing or the description breaks a rule of the manifest.
    """
    files = {name: _facts(_read(folder / name)) for name in SERVED}
    manifest = Manifest(**msgspec.structs.asdict(description), schema=SCHEMA, files=files)
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(data + b"\n")
    return load_bundle(folder)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BundleInvalid(path, "missing") from error
    except OSError as error:
        raise BundleInvalid(path, f"not readable: {error}") from error


def _facts(content: bytes) -> FileFacts:
    return FileFacts(hashlib.sha256(content).hexdigest(), len(content))


def _verify(path: Path, content: bytes, expected: FileFacts) -> None:
    got = _facts(content)
    if got.bytes < expected.bytes:
        raise BundleInvalid(path, f"truncated: expected {expected.bytes} bytes, got {got.bytes}")
    if got.bytes > expected.bytes:
        raise BundleInvalid(path, f"tampered with: expected {expected.bytes} bytes, got {got.bytes}")
    if got.sha256 != expected.sha256:
        raise BundleInvalid(path, f"tampered with: expected SHA-256 {expected.sha256}, got {got.sha256}")


def _require_all_weights(path: Path, model: bytes) -> None:
    try:
        external = has_external_data(model)
    except ValueError as error:
        raise BundleInvalid(path, f"not an ONNX model: {error}") from error
    if external:
        raise BundleInvalid(path, "keeps weights in other files, which nothing verifies: export it as one file")
