"""Tokenised examples and length-bucketed batches in an order that a seed fixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import torch
from tokenizers import Tokenizer
from torch import Tensor

from services.text.mentions import locate, tokens_of
from training.data.class_weights import Key
from training.data.examples import Example
from training.data.registry import SENTIMENTS

_POOL_BATCHES = 40


@dataclass(frozen=True)
class Batch:
    """The tensors of one step. *Shapes:* ids and mask (batch, tokens); the rest (batch, classes).

    Entities of all texts lie one after the other: `entity_rows` (entities,) is the text of each,
    `entity_tokens` (entities, tokens) the weight of each token in its mean, `entity_allowed` and
    `entity_classes` (entities, 3). `weights` (batch,) and `entity_weights` (entities,) are those of the classes.
    `readings` (batch,) is the reading of sentiment in the convention of the text's own set, 0 (the general one)
    where it has none.
    """

    input_ids: Tensor
    attention_mask: Tensor
    allowed: Tensor
    classes: Tensor
    topics: Tensor
    known: Tensor
    exclusive: Tensor
    entity_rows: Tensor
    entity_tokens: Tensor
    entity_allowed: Tensor
    entity_classes: Tensor
    weights: Tensor
    entity_weights: Tensor
    readings: Tensor

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        return Batch(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


@dataclass(frozen=True)
class Encoded:
    """One tokenised text: its ids, and the positions of the tokens of each of its entities."""

    ids: list[int]
    entities: list[list[int]]


def encode(tokenizer: Tokenizer, examples: Sequence[Example], max_tokens: int) -> list[Encoded]:
    """Tokenise examples, each cut to `max_tokens` (special tokens included)."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    encodings = tokenizer.encode_batch([example.text for example in examples])
    return [
        Encoded(
            encoding.ids,
            [tokens_of(encoding.offsets, locate(example.text, entity.named)) for entity in example.entities],
        )
        for example, encoding in zip(examples, encodings, strict=True)
    ]


def fill_batches(order: Sequence[int], lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Cut an order of rows into batches of at most `batch_tokens` tokens, padding included."""
    batches: list[list[int]] = []
    current: list[int] = []
    longest = 0
    for row in order:
        longest = max(longest, lengths[row])
        if current and longest * (len(current) + 1) > batch_tokens:
            batches.append(current)
            current, longest = [], lengths[row]
        current.append(row)
    return [*batches, current] if current else batches


def epoch_batches(lengths: Sequence[int], *, batch_tokens: int, seed: int, epoch: int) -> list[list[int]]:
    """Return one epoch's batches: rows shuffled, sorted by length within pools, batches shuffled."""
    generator = torch.Generator().manual_seed(seed * 1_000 + epoch)
    order = torch.randperm(len(lengths), generator=generator).tolist()
    mean = max(1.0, sum(lengths) / max(1, len(lengths)))
    pool = max(1, round(_POOL_BATCHES * batch_tokens / mean))
    batches: list[list[int]] = []
    for start in range(0, len(order), pool):
        rows = sorted(order[start : start + pool], key=lambda row: lengths[row])
        batches += fill_batches(rows, lengths, batch_tokens)
    mixed = torch.randperm(len(batches), generator=generator).tolist()
    return [batches[index] for index in mixed]


def collate(
    examples: Sequence[Example],
    encoded: Sequence[Encoded],
    *,
    topics: int,
    pad_id: int,
    conventions: Sequence[str] = (),
    weights: Mapping[Key, float] | None = None,
) -> Batch:
    """Pad token ids to the longest and turn the targets of the examples into masks.

    `conventions` are the sets that have a reading of their own, in the order of the model.
    """
    ids = [one.ids for one in encoded]
    width = max(len(row) for row in ids)
    input_ids = torch.full((len(ids), width), pad_id, dtype=torch.int64)
    mask = torch.zeros((len(ids), width), dtype=torch.int64)
    for index, row in enumerate(ids):
        input_ids[index, : len(row)] = torch.tensor(row)
        mask[index, : len(row)] = 1
    entities = [entity for example in examples for entity in example.entities]
    places = [(row, tokens) for row, one in enumerate(encoded) for tokens in one.entities]
    shares = torch.zeros((len(places), width))
    for index, (_, tokens) in enumerate(places):
        shares[index, tokens] = 1.0 / len(tokens)
    known = weights or {}
    readings = {name: index for index, name in enumerate(conventions, start=1)}
    of_entities = [known.get(("entities", e.set_name, one.allowed), 1.0) for e in examples for one in e.entities]
    return Batch(
        input_ids=input_ids,
        attention_mask=mask,
        allowed=_masks([example.allowed for example in examples], len(SENTIMENTS)),
        classes=_masks([example.classes for example in examples], len(SENTIMENTS)),
        topics=_masks([example.topics for example in examples], topics),
        known=_masks([example.known for example in examples], topics),
        exclusive=_masks([example.known if example.exclusive else () for example in examples], topics),
        entity_rows=torch.tensor([row for row, _ in places], dtype=torch.int64),
        entity_tokens=shares,
        entity_allowed=_masks([entity.allowed for entity in entities], len(SENTIMENTS)),
        entity_classes=_masks([entity.classes for entity in entities], len(SENTIMENTS)),
        weights=torch.tensor([known.get(("sentiment", e.set_name, e.allowed), 1.0) for e in examples]),
        entity_weights=torch.tensor(of_entities),
        readings=torch.tensor([readings.get(example.set_name, 0) for example in examples], dtype=torch.int64),
    )


def _masks(rows: Sequence[tuple[int, ...]], width: int) -> Tensor:
    masks = torch.zeros((len(rows), width), dtype=torch.bool)
    for index, row in enumerate(rows):
        masks[index, list(row)] = True
    return masks
