"""Noise as training augmentation: some of the texts of a step, the same ones whenever the step is taken."""

from dataclasses import replace
from random import Random

from training.config import AugmentConfig
from training.data.examples import Example, prepare
from training.robustness.changes import perturb
from training.robustness.kinds import kinds_in, language_of


def augmented(example: Example, config: AugmentConfig, *, seed: int, step: int, row: int) -> Example:
    """The example, with the chance ``config.share`` with one kind of noise; nothing but the arguments decides.

    Its labels and the names of its entities stay. Word-level substitution as augmentation: Wei and Zou 2019 (EDA),
    https://arxiv.org/abs/1901.11196.
    """
    draws = Random(f"{seed} {step} {row}")
    if draws.random() >= config.share:
        return example
    lang = language_of(example.text, example.lang)
    kinds = kinds_in(lang)
    if not kinds:
        return example
    names = [entity.named.name for entity in example.entities]
    text = perturb(example.text, lang, draws.choice(kinds).propose, draws, words=config.words, names=names)
    return replace(example, text=prepare(text))
