"""A linear projection in which texts of one kind lie nearer together: supervised contrastive learning.

SetFit (Tunstall et al. 2022, https://arxiv.org/abs/2209.11055) fine-tunes the encoder on pairs of examples and
puts a logistic regression on top. The served encoder must stay one pass for all topics, so here it is frozen and
only a projection of its pooled vectors is learned, on all pairs at once. It starts as the identity and moves little:
learned to the end, it fits the handful and loses what the encoder knows of other texts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

STEPS = 30
RATE = 3e-4
TEMPERATURE = 1.0

Floats = npt.NDArray[np.float64]


def supervised_contrastive_loss(vectors: Tensor, labels: Tensor) -> Tensor:
    """Mean over the texts of -log of the share that those of the same label have among a text's neighbours.

    Khosla et al. 2020, equation 2 (L_out), https://arxiv.org/abs/2004.11362.

    :param vectors: *Shape:* (texts, width), of length 1.
    :param labels: *Shape:* (texts,). A text that is alone with its label counts for nothing.
    """
    others = ~torch.eye(len(labels), dtype=torch.bool)
    same = (labels[:, None] == labels[None, :]) & others
    similar = (vectors @ vectors.T / TEMPERATURE).masked_fill(~others, -torch.inf)
    logs = torch.log_softmax(similar, dim=1).masked_fill(~same, 0.0)
    partners = same.sum(dim=1)
    paired = partners > 0
    return -(logs.sum(dim=1)[paired] / partners[paired]).mean()


def fit_projection(inputs: Floats, labels: npt.NDArray[np.bool_]) -> Floats:
    """Learn a projection. *Shapes:* (texts, width), (texts,); returns (width, width)."""
    points = torch.from_numpy(inputs.astype(np.float32))
    kinds = torch.from_numpy(labels)
    matrix = torch.eye(points.shape[1], requires_grad=True)
    optimizer = torch.optim.Adam([matrix], lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        projected = torch.nn.functional.normalize(points @ matrix.T, dim=1)
        supervised_contrastive_loss(projected, kinds).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return np.asarray(matrix.detach().numpy(), dtype=np.float64)
