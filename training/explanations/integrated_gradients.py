"""Which tokens speak for a sentiment: integrated gradients over the word embeddings.

Sundararajan, Taly and Yan 2017, https://arxiv.org/abs/1703.01365.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from services.text.mentions import Span
from training.data.examples import prepare
from training.model.multitask import MultiTaskModel
from training.model.shifted_embeddings import shifted_embeddings

STEPS = 32
"""Points of the path from the baseline to the text, unless other ones are asked for."""
MAX_TOKENS = 256
_AT_ONCE = 8


@dataclass(frozen=True)
class TokenValue:
    """A token, its place in the text, and what it adds to the probability."""

    token: str
    start: int
    end: int
    value: float


@dataclass(frozen=True)
class Attribution:
    """P(sentiment) of a text, taken apart by tokens; `baseline` is that of the text with padding for its tokens."""

    text: str
    sentiment: int
    probability: float
    baseline: float
    tokens: tuple[TokenValue, ...]

    @property
    def error(self) -> float:
        """How far the values are from adding up to `probability - baseline` (completeness); 0 for endless steps."""
        return abs(sum(one.value for one in self.tokens) - (self.probability - self.baseline))


def attribute(
    model: MultiTaskModel,
    tokenizer: Tokenizer,
    text: str,
    *,
    sentiment: int | None = None,
    steps: int = STEPS,
    max_tokens: int = MAX_TOKENS,
) -> Attribution:
    """Take the probability of a sentiment apart (by default the leading one's), not calibrated, general reading.

    The integral over the path is a Gauss-Legendre sum of `steps` points. Special tokens are the same in the
    baseline and get nothing. A text is cut to `max_tokens`.
    """
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_length=max_tokens)
    text = prepare(text)
    encoding = tokenizer.encode(text)
    ids = torch.tensor([encoding.ids])
    special = torch.tensor(encoding.special_tokens_mask, dtype=torch.bool)
    model.eval()
    with torch.no_grad():
        embed = model.encoder.get_input_embeddings()
        away = embed(ids.masked_fill(~special, int(model.encoder.config.pad_token_id)))[0] - embed(ids)[0]
        ends = _probabilities(model, ids.repeat(2, 1), torch.stack([torch.zeros_like(away), away]))
    chosen = int(ends[0].argmax()) if sentiment is None else sentiment
    points, weights = np.polynomial.legendre.leggauss(steps)
    slope = torch.zeros_like(away)
    for start in range(0, steps, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        left = torch.tensor((1.0 - points[part]) / 2.0, dtype=away.dtype)  # the share of the way that is left
        share = torch.tensor(weights[part] / 2.0, dtype=away.dtype)
        shift = (left[:, None, None] * away).requires_grad_()
        found = _probabilities(model, ids.repeat(len(left), 1), shift)[:, chosen].sum()
        (slopes,) = torch.autograd.grad(found, shift)
        slope += (share[:, None, None] * slopes).sum(dim=0)
    values = (slope * -away).sum(dim=1).tolist()
    return Attribution(
        text=text,
        sentiment=chosen,
        probability=float(ends[0, chosen]),
        baseline=float(ends[1, chosen]),
        tokens=tuple(
            TokenValue(text[start:end].strip() or token, start, end, value)
            for token, (start, end), value, skip in zip(
                encoding.tokens, encoding.offsets, values, encoding.special_tokens_mask, strict=True
            )
            if not skip
        ),
    )


def by_segment(attribution: Attribution, spans: Sequence[Span]) -> list[float]:
    """Sum the values of the tokens that end in each segment of the text."""
    return [
        sum(one.value for one in attribution.tokens if start <= one.end - 1 < end and one.end > one.start)
        for start, end in spans
    ]


def _probabilities(model: MultiTaskModel, ids: Tensor, shift: Tensor) -> Tensor:
    """Sentiments in the general reading with shifted embeddings. *Shapes:* (batch, tokens), (batch, tokens, width)."""
    with shifted_embeddings(model, shift):
        sentiment = model(ids, torch.ones_like(ids))[0]
    return torch.softmax(sentiment[:, 0], dim=1)
