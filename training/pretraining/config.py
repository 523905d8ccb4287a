"""The configuration of a pre-training run."""

from __future__ import annotations

from pydantic import Field

from training.config import LoopConfig
from training.config_file import Caps, Count, Share


class PretrainConfig(LoopConfig):
    """One run: `base` is a folder (relative to the repository) with a base model or a bundle, or a hub name.

    `frozen_layers` counts from the bottom; the embeddings, and with them what the head compares with, are frozen
    whenever it is not negative (-1 trains everything). `mask_share`: of the pieces of a text that are to be
    guessed. `dev_share` of the texts, at most `dev_texts`, are held out for validation. `sources` are texts at most.
    """

    base: str
    frozen_layers: int = Field(ge=-1)
    dropout: Share
    mask_share: float = Field(gt=0, lt=1)
    dev_share: float = Field(gt=0, lt=1)
    dev_texts: Count
    sources: Caps
