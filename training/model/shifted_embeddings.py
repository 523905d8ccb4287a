"""A model run with its word embeddings moved: towards the worst of an adversary, or along a path to a baseline."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from training.model.encoder import EncoderModel


@contextmanager
def shifted_embeddings(model: EncoderModel, shift: Tensor) -> Iterator[None]:
    """Add `shift` to what the word embeddings give, frozen or not. *Shape:* (batch, tokens, width)."""

    def add(_module: nn.Module, _inputs: object, output: Tensor) -> Tensor:
        return output + shift

    handle = model.encoder.get_input_embeddings().register_forward_hook(add)
    try:
        yield
    finally:
        handle.remove()
