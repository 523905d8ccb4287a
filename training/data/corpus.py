"""Build the training and development examples from the registered sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from training.config import TrainConfig
from training.data.examples import Example, check_labels, merge_repeats, to_example
from training.data.languages import language_of
from training.data.near_duplicates import near_duplicate_groups, near_duplicate_key
from training.data.registry import LabelledSet, data_root, registered_sets
from training.data.sources import read_set
from training.data.split import development_groups, development_rank, whole_groups
from training.data.taxonomy import Taxonomy, load_taxonomy
from training.errors import ConfigError


@dataclass(frozen=True)
class SetCounts:
    """How many rows of a set were read, dropped (by reason) and used.

    `resolved`: texts whose differing labels a majority settled (their other rows count as repeated).
    `regrouped`: rows of the development split that went to training, where their near duplicates are.
    """

    read: int
    empty: int
    repeated: int
    conflicting: int
    untaught: int
    over_cap: int
    train: int
    dev: int
    resolved: int = 0
    regrouped: int = 0


@dataclass(frozen=True)
class Corpus:
    """Examples of all sets, in file order, and the counts of each set."""

    train: tuple[Example, ...]
    dev: tuple[Example, ...]
    counts: dict[str, SetCounts]


def corpus_of(config: TrainConfig) -> Corpus:
    """The examples of the sets of a configuration, from the data root.

    :raises TrainingError: when a set is missing or wrong.
    """
    return build_corpus(config, registered_sets(config.registry), load_taxonomy(), data_root())


def development_texts(config: TrainConfig) -> list[tuple[str, str]]:
    """The language and text of every development example, once each, in the order of a hash of the text.

    :raises TrainingError: when a set is missing or wrong.
    """
    texts = {example.text: language_of(example.text, example.lang) for example in corpus_of(config).dev}
    return [(texts[text], text) for text in sorted(texts, key=development_rank)]


def build_corpus(config: TrainConfig, registry: dict[str, LabelledSet], taxonomy: Taxonomy, root: Path) -> Corpus:
    """Read, clean, merge, split and cap every set that the configuration names.

    :raises ConfigError: when a set is not registered or its file is missing.
    :raises DataError: when a line is wrong.
    """
    train: list[Example] = []
    dev: list[Example] = []
    counts: dict[str, SetCounts] = {}
    for name, cap in config.sets.items():
        if name not in registry:
            raise ConfigError(f"config: unknown set {name!r}; registered are {sorted(registry)}")
        set_train, set_dev, counts[name] = build_set(registry[name], taxonomy, root, cap, config)
        train += set_train
        dev += set_dev
    return Corpus(train=tuple(train), dev=tuple(dev), counts=counts)


def build_set(
    spec: LabelledSet, taxonomy: Taxonomy, root: Path, cap: int, config: TrainConfig
) -> tuple[list[Example], list[Example], SetCounts]:
    """Return the training examples (at most `cap`), the development examples and the counts of a set."""
    rows = read_set(spec, root)
    label_map = taxonomy.label_map(spec.name)
    for row in rows:
        check_labels(row, spec, label_map, spec.path or spec.hub)
    merged = merge_repeats(rows, rule=spec.repeats)
    examples = [to_example(row, spec, taxonomy) for row in merged.rows]
    taught = [(example, row.group) for example, row in zip(examples, merged.rows, strict=True) if example.teaches]
    keys = [near_duplicate_key(example.text) for example, _ in taught]
    units = [f"{spec.group}={group}" if group else key for (_, group), key in zip(taught, keys, strict=True)]
    chosen = development_groups(units, share=config.dev_share, most_rows=config.dev_rows)
    near = near_duplicate_groups(keys)
    held_out = whole_groups(chosen, [(unit, near[key]) for unit, key in zip(units, keys, strict=True)])
    dev = [example for (example, _), unit in zip(taught, units, strict=True) if unit in held_out]
    train = [example for (example, _), unit in zip(taught, units, strict=True) if unit not in held_out]
    kept = cap_rows(train, cap)
    return (
        kept,
        dev,
        SetCounts(
            read=len(rows),
            empty=merged.empty,
            repeated=merged.repeated,
            conflicting=merged.conflicting,
            untaught=len(examples) - len(taught),
            over_cap=len(train) - len(kept),
            train=len(kept),
            dev=len(dev),
            resolved=merged.resolved,
            regrouped=sum(unit in chosen for unit in units) - len(dev),
        ),
    )


def cap_rows(examples: list[Example], cap: int) -> list[Example]:
    """Keep at most `cap` examples, taking from the largest classes first (water filling).

    Within a class the rows with the lowest text hash stay, so the choice is stable.
    """
    if len(examples) <= cap:
        return examples
    by_class: dict[tuple[str, ...], list[Example]] = {}
    for example in sorted(examples, key=lambda item: development_rank("cap " + item.text)):
        by_class.setdefault(example.labels, []).append(example)
    left = cap
    kept: set[str] = set()
    for position, group in enumerate(sorted(by_class.values(), key=lambda rows: (len(rows), rows[0].labels))):
        take = min(len(group), left // (len(by_class) - position))
        kept.update(example.text for example in group[:take])
        left -= take
    return [example for example in examples if example.text in kept]
