"""Batches of masked texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor

from training.data.batches import fill_batches
from training.pretraining.masking import MaskRule, mask_pieces

_DEV_SEED = "development"


@dataclass(frozen=True)
class MaskedBatch:
    """*Shapes:* ids and mask (batch, tokens), int64; the pieces to guess: their text, their position in it, and what
    they are (pieces,) each.
    """

    input_ids: Tensor
    attention_mask: Tensor
    rows: Tensor
    positions: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> MaskedBatch:
        """The same batch on a device."""
        return MaskedBatch(
            self.input_ids.to(device),
            self.attention_mask.to(device),
            self.rows.to(device),
            self.positions.to(device),
            self.targets.to(device),
        )


def masked_batch(texts: Sequence[Sequence[int]], draws: Sequence[Random], rule: MaskRule, pad_id: int) -> MaskedBatch:
    """Mask each text with its own draws and pad them to the longest."""
    width = max(len(ids) for ids in texts)
    input_ids = torch.full((len(texts), width), pad_id, dtype=torch.int64)
    mask = torch.zeros((len(texts), width), dtype=torch.int64)
    rows: list[int] = []
    positions: list[int] = []
    targets: list[int] = []
    for row, (ids, own) in enumerate(zip(texts, draws, strict=True)):
        changed, chosen = mask_pieces(ids, rule, own)
        input_ids[row, : len(ids)] = torch.tensor(changed)
        mask[row, : len(ids)] = 1
        rows += [row] * len(chosen)
        positions += chosen
        targets += [ids[position] for position in chosen]
    return MaskedBatch(input_ids, mask, torch.tensor(rows), torch.tensor(positions), torch.tensor(targets))


def development_batches(
    texts: Sequence[Sequence[int]], rule: MaskRule, pad_id: int, batch_tokens: int
) -> list[MaskedBatch]:
    """Batches of texts of like length, masked in the same places whatever the seed of a run is."""
    lengths = [len(ids) for ids in texts]
    order = sorted(range(len(texts)), key=lambda row: lengths[row])
    return [
        masked_batch([texts[row] for row in rows], [Random(f"{_DEV_SEED} {row}") for row in rows], rule, pad_id)
        for rows in fill_batches(order, lengths, batch_tokens)
    ]
