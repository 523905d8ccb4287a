"""What one batch is trained for: the losses of the heads, and the regulariser beside them."""

from __future__ import annotations

from torch import Tensor, nn

from training.config import TrainConfig
from training.data.batches import Batch
from training.learning.adversarial import fgm, smart
from training.learning.consistency import Outputs, r_drop
from training.learning.losses import total_loss
from training.model.multitask import MultiTaskModel


def objective(wrapped: nn.Module, model: MultiTaskModel, batch: Batch, config: TrainConfig) -> Tensor:
    """The loss of a batch and, where `config.adversarial` wants one, the weighted regulariser: a scalar.

    `wrapped` is `model` as it is run: the same, or spread over processes.
    """

    def forward() -> Outputs:
        outputs: Outputs = wrapped(batch.input_ids, batch.attention_mask)
        return outputs

    def loss_of() -> Tensor:
        return total_loss(forward(), batch, config.loss)

    adversary = config.adversarial
    outputs = forward()
    loss = total_loss(outputs, batch, config.loss)
    if adversary.kind == "fgm":
        loss = loss + adversary.weight * fgm(model, loss_of, batch, adversary.epsilon)
    elif adversary.kind == "smart":
        loss = loss + adversary.weight * smart(model, forward, outputs, batch, adversary.epsilon)
    elif adversary.kind == "r_drop":
        loss = loss + adversary.weight * r_drop(forward, outputs, batch)
    return loss
