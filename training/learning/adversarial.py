"""Adversarial training in embedding space: FGM and SMART."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from training.data.batches import Batch
from training.learning.consistency import Outputs, divergence
from training.model.multitask import MultiTaskModel
from training.model.shifted_embeddings import shifted_embeddings

_SMART_NOISE = 1e-3
_TINY = 1e-12


def fgm(model: MultiTaskModel, loss_of: Callable[[], Tensor], batch: Batch, epsilon: float) -> Tensor:
    """The loss at embeddings moved by `epsilon` (L2 norm of each text) along the loss's gradient.

    Miyato et al. 2017, https://arxiv.org/abs/1605.07725. `loss_of` runs the model and gives the loss.
    """
    shift = _zero_shift(model, batch).requires_grad_()
    with shifted_embeddings(model, shift):
        (slope,) = torch.autograd.grad(loss_of(), shift)
    with shifted_embeddings(model, worst_shift(slope, epsilon)):
        return loss_of()


def smart(
    model: MultiTaskModel, forward: Callable[[], Outputs], outputs: Outputs, batch: Batch, epsilon: float
) -> Tensor:
    """The divergence from the answers at the worst point within `epsilon`, found by one gradient step.

    Jiang et al. 2020, SMART, https://arxiv.org/abs/1911.03437 (its smoothness-inducing regulariser).
    """
    anchor = (outputs[0].detach(), outputs[1].detach(), outputs[2].detach())
    shift = (torch.randn_like(_zero_shift(model, batch)) * _SMART_NOISE).requires_grad_()
    with shifted_embeddings(model, shift):
        (slope,) = torch.autograd.grad(divergence(forward(), anchor, batch), shift)
    with shifted_embeddings(model, worst_shift(slope, epsilon)):
        return divergence(forward(), outputs, batch)


def worst_shift(slope: Tensor, epsilon: float) -> Tensor:
    """`epsilon * slope / |slope|`, with the L2 norm over each text. *Shape:* (batch, tokens, width)."""
    norm = slope.flatten(1).norm(dim=1).clamp(min=_TINY)
    worst: Tensor = epsilon * slope / norm[:, None, None]
    return worst.detach()


def _zero_shift(model: MultiTaskModel, batch: Batch) -> Tensor:
    width = int(model.encoder.config.hidden_size)
    return torch.zeros((*batch.input_ids.shape, width), device=batch.input_ids.device)
