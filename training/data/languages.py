"""The language of a text whose row may not say it."""

from __future__ import annotations

from services.text.language import detect


def language_of(text: str, lang: str) -> str:
    """The language that is given, or the detected one where that is neither zh nor en."""
    return lang if lang in ("zh", "en") else detect(text)
