"""What a topic from a few examples, or from its names, is worth: `python -m tests.benchmarks.fewshot [BUNDLE]`.

For each topic, three draws of 16 examples of it and 16 others from a training file; measured on other rows of the file,
950 that are not of the topic and up to 50 that are. With texts: 300 more rows, without their labels, in the proportion
of the measured ones. The labels of the events and sections are no topics of the model; IPO is one, so its figures are
what to expect of a topic near to those that the model knows. Reads `$GROUNDSWELL_DATA` or `../shared/data`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from services.inference.added_topics import unit
from services.inference.bundle import Bundle, current_bundle, load_bundle
from services.text.clean import clean_text
from training.data.records import file_records
from training.data.registry import data_root
from training.fewshot.add import validated_head, zero_shot_head
from training.fewshot.head import Head
from training.inference.embeddings import embed

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
SHOTS, OTHERS, POSITIVES, TEXTS, DRAWS = 16, 950, 50, 300, 3
WAYS = ("names", "names, texts", "examples", "examples, texts")
TOPICS = {
    "cn_event_ccks2019": {
        "投诉维权": ("Complaints and consumer rights", "投诉维权"),
        "高管负面": ("Executives in trouble", "高管负面"),
        "涉嫌非法集资": ("Illegal fundraising", "涉嫌非法集资"),
    },
    "thucnews_headlines": {
        "education": ("Education", "教育"),
        "realty": ("Real estate", "房产"),
        "game": ("Games", "游戏"),
    },
    "twitter_fin_topic": {"IPO": ("IPO", "")},
}


@dataclass(frozen=True)
class Pool:
    """Rows of a file with their labels and unit vectors. *Shape:* units (texts, width)."""

    labels: list[set[str]]
    units: Floats

    def has(self, label: str) -> Flags:
        """Which rows have a label."""
        return np.array([label in labels for labels in self.labels])


def read_pool(bundle: Bundle, name: str, wanted: list[str]) -> Pool:
    """A random part of a file, with enough rows of each wanted label; a text with several labels is one row."""
    labels: dict[str, set[str]] = {}
    for _, record in file_records(data_root() / name / "train.jsonl.gz", name):
        labels.setdefault(clean_text(record["text"]), set()).add(record["label"])
    texts = [text for text in np.random.default_rng(0).permutation(list(labels)) if text]
    chosen = dict.fromkeys(texts[: SHOTS + OTHERS + TEXTS + 200])
    for label in wanted:
        chosen |= dict.fromkeys([text for text in texts if label in labels[text]][: 5 * SHOTS])
    return Pool([labels[text] for text in chosen], unit(embed(bundle, list(chosen))))


def draw(pool: Pool, label: str, seed: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Positions of the examples, of the texts without labels and of the measured rows."""
    random = np.random.default_rng(seed)
    of_topic, others = (random.permutation(np.flatnonzero(flags)) for flags in (pool.has(label), ~pool.has(label)))
    examples = np.concatenate([of_topic[:SHOTS], others[:SHOTS]])
    positives = of_topic[SHOTS:]
    beside = len(positives) * TEXTS // (TEXTS + OTHERS)
    measured = np.concatenate([positives[beside:][:POSITIVES], others[SHOTS + TEXTS :][:OTHERS]])
    beside = min(beside, POSITIVES * TEXTS // OTHERS)
    return examples, np.concatenate([positives[:beside], others[SHOTS : SHOTS + TEXTS - beside]]), measured


def heads(pool: Pool, label: str, names: tuple[Floats, Floats], seed: int) -> Iterator[tuple[str, Head, float]]:
    """The head of each way, and the F1 that it is said to have (NaN where nothing is said)."""
    examples, beside, _ = draw(pool, label, seed)
    yield WAYS[0], zero_shot_head(*names, pool.units[:0]), np.nan
    yield WAYS[1], zero_shot_head(*names, pool.units[beside]), np.nan
    labels = pool.has(label)[examples]
    head, quality = validated_head(pool.units[examples], labels)
    yield WAYS[2], head, quality.f1
    rows = np.concatenate([examples, beside])
    head, quality = validated_head(pool.units[rows], np.concatenate([labels, np.zeros(len(beside), dtype=bool)]))
    yield WAYS[3], head, quality.f1


def figures(head: Head, units: Floats, labels: Flags) -> list[float]:
    """AUC, F1, precision, recall."""
    logits = head.logits(units)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, logits >= 0, average="binary", zero_division=0.0)
    return [float(roc_auc_score(labels, logits)), float(f1), float(precision), float(recall)]


def main() -> None:
    """Print a line for each topic and way, and the means."""
    bundle = (
        load_bundle(Path(sys.argv[1])) if len(sys.argv) > 1 else current_bundle(Path("exported_models"), "zh-en-base")
    )
    own = [name for topic in bundle.manifest.topics for name in (topic.name_en, topic.name_zh)]
    other_names = unit(embed(bundle, own))
    table = Table("topic", "way", "AUC", "F1", "precision", "recall", "said F1", title=bundle.model_version)
    everything: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    started = perf_counter()
    for name, topics in TOPICS.items():
        pool = read_pool(bundle, name, list(topics))
        for label, called in topics.items():
            names = (unit(embed(bundle, [one for one in called if one])), other_names)
            found: dict[str, list[list[float]]] = {way: [] for way in WAYS}
            for seed in range(DRAWS):
                measured = draw(pool, label, seed)[2]
                for way, head, said in heads(pool, label, names, seed):
                    found[way].append([*figures(head, pool.units[measured], pool.has(label)[measured]), said])
            for way, rows in found.items():
                everything[way] += rows
                table.add_row(label, way, *(f"{value:.3f}" for value in np.mean(rows, axis=0)))
    for way, rows in everything.items():
        table.add_row("mean", way, *(f"{value:.3f}" for value in np.mean(rows, axis=0)))
    Console(width=100).print(table)
    print(f"{perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
