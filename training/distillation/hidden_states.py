"""The hidden states of a model's layers, seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

from torch import Tensor, nn

from training.model.multitask import MultiTaskModel


@contextmanager
def layer_states(model: MultiTaskModel) -> Iterator[list[Tensor]]:
    """Collect what each layer gives in a pass made inside, the lowest first. *Shapes:* (batch, tokens, width)."""
    found: list[Tensor] = []

    def keep(_layer: nn.Module, _inputs: object, output: Tensor) -> None:
        found.append(output)

    with ExitStack() as hooks:
        for layer in cast(nn.ModuleList, model.encoder.get_submodule("encoder.layer")):
            hooks.callback(layer.register_forward_hook(keep).remove)
        yield found
