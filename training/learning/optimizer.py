"""AdamW with layer-wise learning rates, and the schedule of the rate."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from torch import nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from training.config import LoopConfig, OptimizerConfig
from training.model.encoder import EncoderModel

_LAYER = re.compile(r"encoder\.(?:base_model\.model\.)?encoder\.layer\.(\d+)\.")


def learning_rate_factor(step: int, steps: int, warmup_share: float, cycles: int = 1) -> float:
    """Return the factor on the learning rate at a step: in each cycle up to 1 linearly, then down to 0.

    Warm restarts: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983.
    """
    length = -(-steps // cycles)
    position = step % length
    warmup = max(1, round(length * warmup_share))
    if position < warmup:
        return (position + 1) / warmup
    return max(0.0, (length - position) / max(1, length - warmup))


def make_schedule(optimizer: Optimizer, config: LoopConfig, *, done: int) -> LambdaLR:
    """Let the rate of every group be its own times `learning_rate_factor`, from the step after the `done` ones on."""
    settings = config.optimizer
    factor = partial(
        learning_rate_factor, steps=config.steps, warmup_share=settings.warmup_share, cycles=settings.cycles
    )
    return LambdaLR(optimizer, factor, last_epoch=done - 1)


def make_optimizer(model: EncoderModel, config: OptimizerConfig) -> AdamW:
    """Group the trained parameters by depth; matrices decay, biases and norms do not.

    The top layer and the heads learn at their full rate, each layer below at `layer_decay` of the one above
    it, the embeddings below all (Howard and Ruder 2018, https://arxiv.org/abs/1801.06146, "discriminative
    fine-tuning").
    """
    depth = int(model.encoder.config.num_hidden_layers)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            decay = config.weight_decay if parameter.ndim > 1 else 0.0
            groups.setdefault((_rate(name, depth, config), decay), []).append(parameter)
    listed: list[dict[str, Any]] = [
        {"params": parameters, "weight_decay": decay, "lr": rate} for (rate, decay), parameters in groups.items()
    ]
    return AdamW(listed, fused=True)


def _rate(name: str, depth: int, config: OptimizerConfig) -> float:
    if not name.startswith("encoder."):
        return config.head_rate
    layer = _LAYER.match(name)
    below_top = depth - 1 - int(layer[1]) if layer else depth
    return config.encoder_rate * float(config.layer_decay**below_top)
