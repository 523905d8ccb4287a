"""Label the streams with a bundle: where texts, model, held-out texts and selection are wired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.files.jsonl import open_writer
from services.inference.bundle import Bundle
from services.inference.classifier import Classifier
from services.text.language import detect
from training.config import TrainConfig
from training.data.corpus import corpus_of
from training.data.records import field_values
from training.data.registry import data_root, permitted_sets
from training.data.unlabelled import UnlabelledSource, load_unlabelled
from training.errors import ConfigError
from training.inference.bundle import score_texts
from training.pseudo_labels.selection import Chosen, choose, labelled


@dataclass(frozen=True)
class PseudoLabelling:
    """What is labelled and kept: texts at most of each stream, the lowest confidence, the most rows of a class."""

    streams: Mapping[str, int]
    licence: str
    floor: float
    most_per_class: int | None

    def __post_init__(self) -> None:
        if not 0 < self.floor <= 1:
            raise ConfigError(f"floor: expected a probability above 0, got {self.floor}")


def pseudo_label(
    bundle: Bundle,
    wanted: PseudoLabelling,
    sources: Mapping[str, UnlabelledSource],
    held_out: Sequence[str],
    *,
    threads: int = 0,
) -> tuple[int, Chosen]:
    """Return how many texts were scored, and which of them are kept with which label (in the general reading).

    Texts in a language that the bundle does not know are left out.

    :raises ConfigError: when a stream is unknown or missing, or the licence permits none.
    :raises DataError: when a line is wrong.
    """
    texts, _ = load_unlabelled(permitted_sets(wanted.streams, sources, wanted.licence), sources, data_root())
    spoken = [(one, detect(one.text)) for one in texts]
    known = [(one, lang) for one, lang in spoken if lang in bundle.manifest.languages]
    scores = score_texts(Classifier(bundle, threads=threads), [one.text for one, _ in known])
    rows = [labelled(one, lang, found.sentiment) for (one, lang), found in zip(known, scores, strict=True)]
    return len(rows), choose(rows, held_out, floor=wanted.floor, most_per_class=wanted.most_per_class)


def held_out_texts(config: TrainConfig, tests: Sequence[Path]) -> list[str]:
    """The development split of all sets of a configuration, and the texts of test files.

    :raises TrainingError: when a set or a line is wrong.
    :raises InvalidInput: when a file cannot be read.
    """
    development = [example.text for example in corpus_of(config).dev]
    return development + [text for path in tests for text in field_values(path, "text")]


def write_pseudo_labels(path: Path, found: Chosen) -> None:
    """Write {id, text, label, lang, source, confidence}, one a line: a set as the registry describes them.

    :raises InvalidInput: when the file cannot be written.
    """
    with open_writer(path) as writer:
        for row in found.rows:
            writer.write(
                {
                    "id": row.text.id,
                    "text": row.text.text,
                    "label": row.label,
                    "lang": row.lang,
                    "source": row.text.source,
                    "confidence": round(row.confidence, 4),
                }
            )
