"""An encoder with a head that guesses masked pieces."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import PreTrainedModel

from training.model.encoder import EncoderModel


class MaskedLanguageModel(EncoderModel):
    """A dense layer, GELU and a norm, then the product with the word embeddings: the head of BERT, tied.

    Inan et al. 2017, https://arxiv.org/abs/1611.01462, on tying. A fresh head guesses by frequency alone: the bias of
    each piece starts at the logarithm of its frequency, the scale of the norm at 0. So the loss starts at that of a
    unigram model, and the encoder is moved only as far as the head has learnt to read it.
    """

    def __init__(self, encoder: PreTrainedModel, frequencies: Tensor) -> None:
        """`frequencies`: *Shape:* (pieces,), how often each piece occurs, above 0."""
        super().__init__()
        width = int(encoder.config.hidden_size)
        self.encoder = encoder
        self.dense = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=float(encoder.config.layer_norm_eps))
        nn.init.zeros_(self.norm.weight)
        self.bias = nn.Parameter(torch.log(frequencies / frequencies.sum()))

    def forward(self, input_ids: Tensor, attention_mask: Tensor, rows: Tensor, positions: Tensor) -> Tensor:
        """Guess the pieces at some places; no logit is computed elsewhere.

        *Shapes:* input_ids and attention_mask (batch, tokens), rows and positions (pieces to guess,); returns
        (pieces to guess, pieces).
        """
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        hidden = self.norm(functional.gelu(self.dense(states[rows, positions])))
        embeddings = cast(nn.Embedding, self.encoder.get_input_embeddings())
        return functional.linear(hidden, embeddings.weight, self.bias)
