"""Texts of a data set as the product scores them; a run may save them, since scoring takes the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rich.progress import Progress

from services.backtest.score import score_texts
from services.companies import default_linker
from services.domain.messages import RawText, ScoredText
from services.inference.bundle import current_bundle, load_bundle
from services.inference.classifier import Classifier
from services.settings import load_settings


def scored(load: Callable[[], Sequence[RawText]], bundle: Path | None, file: Path | None) -> list[ScoredText]:
    """The texts that `load` gives with their scores, in order; from `file` where that is there.

    `bundle`: the folder of a bundle, by default the current one.
    """
    if file is not None and file.is_file():
        return msgspec.msgpack.Decoder(list[ScoredText]).decode(file.read_bytes())
    texts, settings = load(), load_settings()
    classifier = Classifier(
        load_bundle(bundle) if bundle else current_bundle(settings.model.folder, settings.model.name)
    )
    with Progress() as progress:
        task = progress.add_task("scoring", total=len(texts))
        found = list(score_texts(texts, classifier, default_linker(), 8192, lambda n: progress.advance(task, n)))
    if file is not None:
        file.write_bytes(msgspec.msgpack.encode(found))
    return found
