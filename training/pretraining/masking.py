"""Which pieces of a text are to be guessed, and what stands in their place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from tokenizers import Tokenizer

from training.errors import ConfigError

MASKS = ("<mask>", "[MASK]")
_MASKED, _RANDOM = 0.8, 0.1


@dataclass(frozen=True)
class MaskRule:
    """`share` of the pieces of a text are to be guessed, at least one; `special` pieces never are.

    `mask_id` is the mask, `pieces` the size of the vocabulary.
    """

    share: float
    mask_id: int
    pieces: int
    special: frozenset[int]


def mask_rule(tokenizer: Tokenizer, share: float) -> MaskRule:
    """The rule for a tokenizer: its special tokens are those that it marks as such or puts around every text.

    :raises ConfigError: when it has no mask.
    """
    found = [number for number in map(tokenizer.token_to_id, MASKS) if number is not None]
    if not found:
        raise ConfigError(f"config: base: expected a tokenizer with one of the pieces {MASKS}, got one without")
    marked = (number for number, token in tokenizer.get_added_tokens_decoder().items() if token.special)
    return MaskRule(share, found[0], tokenizer.get_vocab_size(), frozenset([*marked, *tokenizer.encode("").ids]))


def guessable(ids: Sequence[int], rule: MaskRule) -> list[int]:
    """The positions of the pieces that may be masked."""
    return [position for position, number in enumerate(ids) if number not in rule.special]


def mask_pieces(ids: Sequence[int], rule: MaskRule, draws: Random) -> tuple[list[int], list[int]]:
    """The ids with some pieces replaced, and the positions of the pieces to guess, in rising order.

    Of the pieces to guess 80 % become the mask, 10 % a random piece, and 10 % stay, so that the encoder has to keep
    every piece in mind (Devlin et al. 2019, https://arxiv.org/abs/1810.04805, 3.1). They are drawn anew whenever a
    text comes (Liu et al. 2019, https://arxiv.org/abs/1907.11692, "dynamic masking").
    """
    places = guessable(ids, rule)
    chosen = sorted(draws.sample(places, min(len(places), max(1, round(rule.share * len(places))))))
    changed = list(ids)
    for position in chosen:
        draw = draws.random()
        if draw < _MASKED:
            changed[position] = rule.mask_id
        elif draw < _MASKED + _RANDOM:
            changed[position] = draws.randrange(rule.pieces)
    return changed, chosen
