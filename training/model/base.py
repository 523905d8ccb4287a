"""A base model by folder or by hub name: the files that a run needs, in one folder."""

from __future__ import annotations

import json
import logging
import re
from contextlib import suppress
from pathlib import Path

from services.inference.bundle import load_bundle
from training.errors import ConfigError, HubError
from training.hub import HubFile, MissingFile, download, endpoint, find_file
from training.model.bundle_weights import is_bundle

LOG = logging.getLogger(__name__)
CARD = "README.md"
LAYOUT, TOKENIZER, WEIGHTS = "config.json", "tokenizer.json", ("model.safetensors", "pytorch_model.bin")
ENCODERS = ("bert", "camembert", "ernie", "roberta", "xlm-roberta")
"""The `model_type`s that can be trained and exported: `embeddings`, and layers in `encoder.layer`."""

EXAMPLE = "intfloat/multilingual-e5-small"


def base_folder(location: str) -> Path:
    """The folder of a base model or a bundle; one that the hub has is downloaded into its cache.

    :raises ConfigError: when the folder lacks a file, or the encoder is of another kind than `ENCODERS`.
    :raises HubError: when there is no such folder, and the hub does not give a model of that name.
    """
    folder = Path(location)
    if not folder.is_dir():
        if folder.is_absolute() or location.startswith("."):
            raise ConfigError(
                f"base: no folder {location}; --base takes a folder, or a name of the hub such as {EXAMPLE}"
            )
        folder = _downloaded(location)
    if not is_bundle(folder):
        _require_base(folder, location)
    return folder


def licence_of(folder: Path) -> str:
    """The licence of a base model: of a bundle, that of its own base; else what the head of its README.md says."""
    if is_bundle(folder):
        return str(load_bundle(folder).manifest.base_model["licence"])
    readme = folder / CARD
    text = readme.read_text(encoding="utf-8", errors="replace") if readme.is_file() else ""
    found = re.match(r"---\n.*?^license: *['\"]?([\w.-]+)", text.partition("\n---")[0], re.DOTALL | re.MULTILINE)
    return found[1] if found else "not stated"


def _downloaded(name: str) -> Path:
    files = [find_file(name, LAYOUT, "model"), find_file(name, TOKENIZER, "model"), _weights(name)]
    with suppress(HubError):
        files.append(find_file(name, CARD, "model"))
    if missing := [file for file in files if not file.cached]:
        size = sum(file.size for file in missing) / 1e6
        names = ", ".join(file.name for file in missing)
        LOG.info("base: downloading %s of %s from %s, %.1f MB", names, name, endpoint(), size)
    layout, *_ = [download(file) for file in files]
    return layout.parent


def _weights(name: str) -> HubFile:
    try:
        return find_file(name, WEIGHTS[0], "model")
    except MissingFile:
        return find_file(name, WEIGHTS[1], "model")


def _require_base(folder: Path, location: str) -> None:
    for names in ((LAYOUT,), (TOKENIZER,), WEIGHTS):
        if not any((folder / name).is_file() for name in names):
            raise ConfigError(f"base: no {' or '.join(names)} in {location}: expected a base model or a bundle")
    try:
        kind = json.loads((folder / LAYOUT).read_text(encoding="utf-8"))["model_type"]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"base: {location}: {LAYOUT}: {type(error).__name__}: {error}") from error
    if kind not in ENCODERS:
        raise ConfigError(f"base: {location}: expected an encoder of the kinds {', '.join(ENCODERS)}, got {kind!r}")
