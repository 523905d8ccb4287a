"""How often each piece occurs in texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import track
from tokenizers import Tokenizer

from training.data.examples import prepare
from training.data.records import file_records, require_string
from training.errors import ConfigError

_CHUNK = 1_000
_FIELD = "text"


@dataclass(frozen=True)
class Usage:
    """Of some texts: the occurrences of each piece by its id, and how many of them are the unknown piece."""

    texts: int
    counts: tuple[int, ...]
    unknown: int

    @property
    def tokens(self) -> int:
        """All occurrences, special tokens left out."""
        return sum(self.counts)

    @property
    def unknown_share(self) -> float:
        """Share of the occurrences that are unknown."""
        return self.unknown / max(1, self.tokens)

    def share_of(self, kept: Iterable[int]) -> float:
        """Share of the occurrences that are of some pieces."""
        return sum(self.counts[index] for index in kept) / max(1, self.tokens)


def read_texts(files: Sequence[Path]) -> list[str]:
    """The field `text` of every record of JSON Lines files (`.gz` too), as the tokenizer gets it.

    :raises ConfigError: when no file has a text.
    :raises DataError: when a line is no record or has no text.
    :raises InvalidInput: when a file cannot be read.
    """
    texts: list[str] = []
    for file in files:
        for line, record in track(file_records(file, file.name), description=f"reading {file.name}", transient=True):
            texts.append(prepare(require_string(record.get(_FIELD), file=file.name, line=line, field=_FIELD)))
    if not any(texts):
        raise ConfigError(f"{', '.join(file.name for file in files)}: no text to count pieces in")
    return texts


def count_pieces(tokenizer: Tokenizer, texts: Sequence[str], unknown: int) -> Usage:
    """Tokenise texts, not cut, and count; `unknown` is the id of the unknown piece."""
    tokenizer.no_padding()
    tokenizer.no_truncation()
    counts = [0] * tokenizer.get_vocab_size()
    for start in track(range(0, len(texts), _CHUNK), description="counting pieces", transient=True):
        chunk = list(texts[start : start + _CHUNK])
        for encoding in tokenizer.encode_batch_fast(chunk, add_special_tokens=False):
            for index in encoding.ids:
                counts[index] += 1
    return Usage(len(texts), tuple(counts), counts[unknown])
