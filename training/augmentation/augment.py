"""Noise as training augmentation: some of the texts of a step, the same ones whenever the step is taken."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from training.augmentation.changes import perturb
from training.augmentation.kinds import Kind, kinds_in
from training.config import AugmentConfig
from training.data.examples import Example, prepare
from training.data.languages import language_of


def augmented(example: Example, config: AugmentConfig, *, seed: int, step: int, row: int) -> Example:
    """The example, with the chance `config.share` with one kind of noise; nothing but the arguments decides.

    Its labels and the names of its entities stay. Word-level substitution as augmentation: Wei and Zou 2019 (EDA),
    https://arxiv.org/abs/1901.11196.
    """
    draws = Random(f"{seed} {step} {row}")
    if draws.random() >= config.share:
        return example
    kinds = kinds_in(language_of(example.text, example.lang))
    return with_noise(example, draws.choice(kinds), draws, words=config.words) if kinds else example


def with_noise(example: Example, kind: Kind, draws: Random, *, words: float) -> Example:
    """The example with one kind of noise in its text; as it was where the kind is not for its language."""
    lang = language_of(example.text, example.lang)
    if lang not in kind.languages:
        return example
    names = [entity.named.name for entity in example.entities]
    return replace(example, text=prepare(perturb(example.text, lang, kind.propose, draws, words=words, names=names)))
