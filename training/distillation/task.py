"""Distillation as a task of the loop: batches and validation as in supervised training, the loss from the teacher."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.data.batches import Batch
from training.data.examples import Example
from training.data.unlabelled import UnlabelledText
from training.distillation.config import StudentConfig
from training.distillation.hidden_states import layer_states
from training.distillation.losses import hidden_loss, soft_loss
from training.distillation.student import mapped_layers
from training.learning.losses import total_loss
from training.learning.supervised import SupervisedTask, TrainingData
from training.model.multitask import MultiTaskModel

_AUTOCAST = {"bf16": torch.bfloat16, "fp16": torch.float16}


class DistillationTask(SupervisedTask):
    """The task: a student's soft, hidden-state and hard losses; unlabelled texts have no share in the last."""

    def __init__(
        self, student: MultiTaskModel, teacher: MultiTaskModel, data: TrainingData, config: StudentConfig
    ) -> None:
        super().__init__(student, data, config.run)
        self._student = student
        self._teacher = teacher.eval().requires_grad_(requires_grad=False)
        self._settings = config
        self._mapped = mapped_layers(int(teacher.encoder.config.num_hidden_layers), config.layers)

    def loss(self, wrapped: nn.Module, batch: Batch) -> Tensor:
        """The weighted sum of the three losses of a batch."""
        weights, heads = self._settings.distillation, self._settings.run.loss
        target, target_states = self._taught(batch)
        with layer_states(self._student) as states:
            outputs = wrapped(batch.input_ids, batch.attention_mask)
        loss = weights.soft * soft_loss(outputs, target, batch.attention_mask, weights.temperature, heads)
        loss = loss + weights.hidden * hidden_loss(states, target_states, batch.attention_mask)
        return loss + weights.hard * total_loss(outputs, batch, heads) if weights.hard else loss

    def _taught(self, batch: Batch) -> tuple[tuple[Tensor, Tensor, Tensor], list[Tensor]]:
        """The teacher's answers, and its states at the layers that the student's follow."""
        kind, device = _AUTOCAST.get(self._settings.run.precision), batch.input_ids.device
        self._teacher.to(device)
        with (
            torch.no_grad(),
            torch.autocast(device.type, dtype=kind, enabled=kind is not None),
            layer_states(self._teacher) as states,
        ):
            outputs = self._teacher(batch.input_ids, batch.attention_mask)
        return outputs, [states[layer] for layer in self._mapped]


def unlabelled_example(text: UnlabelledText) -> Example:
    """A text as an example that no label loss can be computed from."""
    return Example(
        id=text.id,
        set_name=text.source,
        lang="und",
        text=text.text,
        labels=(),
        allowed=(),
        classes=(),
        topics=(),
        known=(),
        exclusive=False,
    )
