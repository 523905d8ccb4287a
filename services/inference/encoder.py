"""Texts to token ids, with the tokenizer of a bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tokenizers import Tokenizer

from services.domain.errors import BundleInvalid
from services.inference.bundle import TOKENIZER, Bundle
from services.inference.model_input import model_input
from services.text.mentions import Named, locate, tokens_of


@dataclass(frozen=True, slots=True)
class Tokens:
    """One tokenised text: its ids, the positions of the tokens of each entity that is asked for, and the convention
    in which its sentiment is read (None: the general reading).
    """

    ids: list[int]
    entities: list[list[int]]
    convention: int | None = None


class TextEncoder:
    """The tokenizer of a bundle, and the conventions that its manifest names.

    :raises BundleInvalid: when the tokenizer cannot be loaded.
    """

    def __init__(self, bundle: Bundle) -> None:
        self._tokenizer = _load_tokenizer(bundle)
        self._conventions = {name: index for index, name in enumerate(bundle.manifest.conventions)}

    def encode(
        self,
        texts: Sequence[str],
        entities: Sequence[Sequence[Named]] | None = None,
        conventions: Sequence[str] | None = None,
    ) -> list[Tokens]:
        """Each text as at most `max_tokens` token ids, special tokens included, with the places of its entities."""
        if conventions is not None:
            found = [self._conventions.get(name) for name in conventions]
            return [replace(one, convention=at) for one, at in zip(self.encode(texts, entities), found, strict=True)]
        inputs = [model_input(text) for text in texts]
        if entities is None or not any(entities):
            return [Tokens(encoding.ids, []) for encoding in self._tokenizer.encode_batch_fast(inputs)]
        return [
            Tokens(encoding.ids, [tokens_of(encoding.offsets, locate(text, one)) for one in named])
            for text, named, encoding in zip(inputs, entities, self._tokenizer.encode_batch(inputs), strict=True)
        ]


def _load_tokenizer(bundle: Bundle) -> Tokenizer:
    content = bundle.read(TOKENIZER)
    try:
        tokenizer = Tokenizer.from_buffer(content)
    except Exception as error:  # the tokenizers library raises plain Exception
        raise BundleInvalid(bundle.tokenizer_path, f"not a tokenizer: {error}") from error
    tokenizer.enable_truncation(bundle.manifest.max_tokens)
    tokenizer.no_padding()
    return tokenizer
