"""The configuration of a training run, read from YAML and checked once."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from training.config_file import Caps, ConfigFile, Count, Positive, Section, Share, Weight

_REPOSITORY = Path(__file__).parent.parent


class OptimizerConfig(Section):
    """AdamW; the learning rate warms up and decays linearly, `cycles` times over a run (warm restarts).

    `warmup_share` is a share of the steps of a cycle. `layer_decay`: each layer learns at that factor of the
    rate of the one above it (1: all alike). `average_decay`: of the exponential moving average of the weights
    that is validated and saved as best (0: none).
    """

    encoder_rate: Positive
    head_rate: Positive
    weight_decay: Share
    warmup_share: Share
    cycles: Count
    clip_norm: Positive
    layer_decay: float = Field(gt=0, le=1)
    average_decay: Share


class AdapterConfig(Section):
    """Parameter-efficient tuning of the encoder.

    `rank` is that of LoRA's matrices, or the number of virtual tokens of a prefix; `alpha` scales LoRA.
    """

    kind: Literal["none", "lora", "adalora", "prefix"]
    rank: Count
    alpha: Positive
    dropout: Share


NO_ADAPTER = AdapterConfig(kind="none", rank=1, alpha=1.0, dropout=0.0)


class AdversarialConfig(Section):
    """A regulariser beside the loss; `epsilon` is the size of the attack."""

    kind: Literal["none", "fgm", "smart", "r_drop"]
    weight: Positive
    epsilon: Positive


NO_ADVERSARY = AdversarialConfig(kind="none", weight=1.0, epsilon=1.0)


class AugmentConfig(Section):
    """Word-level noise in training (`training/augmentation`): the `share` of the texts of a step that get some.

    `words`: the largest share of the words of such a text that is changed.
    """

    share: Share
    words: Share


class ModelConfig(Section):
    """The base model and what of it is trained.

    `base` is a folder (relative to the repository) with a base model or a bundle, or a hub name.
    `frozen_layers` counts from the bottom; the embeddings are frozen whenever it is not negative (-1 trains
    everything).
    """

    base: str
    licence: str
    frozen_layers: int = Field(ge=-1)
    encoder_dropout: Share
    head_dropout: Share
    adapter: AdapterConfig

    @property
    def location(self) -> str:
        """The folder of the base model, or its hub name where there is no such folder."""
        return base_location(self.base)


def base_location(base: str) -> str:
    """The folder that a base model names (relative to the repository), or its hub name where there is none."""
    folder = _REPOSITORY / base
    return str(folder) if folder.is_dir() else base


class LossConfig(Section):
    """Weights of the losses, the label smoothing of the softmax ones, and how much rare classes count for more.

    `own_reading`: the share of a sentiment loss that is of the reading of the text's own set, not the general one.
    `class_weights`: the exponent on the inverse frequency of a label in its set; 0 weighs all alike.
    """

    sentiment: Weight
    topic_binary: Weight
    topic_exclusive: Weight
    entity: Weight
    smoothing: Share
    own_reading: Share
    class_weights: float = Field(ge=0, le=1)


class LoopConfig(ConfigFile):
    """What every kind of training says of its loop (`training/learning/loop.py`): `steps` updates.

    Each update takes the mean gradient of `accumulate` batches (a process) of at most `batch_tokens` padded
    tokens. `precision`: fp32, bf16 or fp16 (GPUs only). `licence`: any, or permissive: no other set is read.
    The model is validated after every `eval_every` steps; `patience` validations without a new best end the run.
    `registry`: a file of the user's own sets and streams, beside the shipped registry.
    """

    seed: int
    steps: Count
    batch_tokens: Count
    accumulate: Count
    precision: Literal["fp32", "bf16", "fp16"]
    licence: Literal["any", "permissive"]
    wandb: bool
    max_tokens: Count
    threads: Count
    eval_every: Count
    patience: Count
    save_every: Count
    optimizer: OptimizerConfig
    registry: str = ""

    @model_validator(mode="after")
    def _a_batch_holds_one_text(self) -> Self:
        if self.batch_tokens < self.max_tokens:
            raise ValueError(f"batch_tokens ({self.batch_tokens}) must hold one text of max_tokens ({self.max_tokens})")
        return self


class TrainConfig(LoopConfig):
    """One run; `sets` are rows at most."""

    quick_dev_rows: Count
    dev_share: Share
    dev_rows: Count
    model: ModelConfig
    loss: LossConfig
    adversarial: AdversarialConfig
    sets: Caps
    augment: AugmentConfig = AugmentConfig(share=0.0, words=0.15)
    """Not in the records of runs from before there was augmentation."""

    def with_steps(self, steps: int) -> Self:
        """The same run in another number of steps, validated six times or more and saved three times or more."""
        return self.replace(
            steps=steps,
            eval_every=min(self.eval_every, max(1, steps // 6)),
            save_every=min(self.save_every, max(1, steps // 3)),
        )
