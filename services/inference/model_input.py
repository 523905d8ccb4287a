"""The exact text that the model reads: one function shared by training and serving."""

from __future__ import annotations

import re

MAX_CHARACTERS = 2_000

_URL = re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff\uff00-\uffef<>\"']+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w@])@[A-Za-z0-9_]{1,30}(?![A-Za-z0-9_])")
_MENTION_RUN = re.compile(r"@user(?:[\s,:]+@user)+(?!\w)")
_SPACE = re.compile(r"\s+")


def model_input(text: str) -> str:
    """Turn a cleaned text into what the tokenizer gets.

    URLs are dropped, each run of @mentions becomes one `@user`, whitespace is folded and the
    text is cut at `MAX_CHARACTERS`. Cashtags (`$AAPL`) and hashtags stay as they are. The
    function is idempotent, and a text that is nothing but URLs becomes the empty string.
    """
    # A URL or a mention is far shorter than the slack, so a huge text costs no more than a long one.
    text = text[: 4 * MAX_CHARACTERS]
    text = _URL.sub(" ", text)
    text = _MENTION.sub("@user", text)
    text = _MENTION_RUN.sub("@user", text)
    return _SPACE.sub(" ", text).strip()[:MAX_CHARACTERS].strip()
