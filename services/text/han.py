"""Whether Han characters without kana are Japanese: by characters that only one script has, and else by the words that
they are most likely made of (a unigram language model, Viterbi over words)."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("data") / "han_words.jsonl.gz"
"""Made by deploy/languages/build.py; its licences stand beside it."""
MAX_CHARS = 24
"""Han characters whose words are looked for: a headline."""
LONGEST_WORD = 4
UNKNOWN_COST = 14.0
"""Of a character that is no word (-log p); the rarest word has 13."""
MARGIN = 0.4
"""Japanese words may cost so much more a character (in nats): measured, docs/decisions/0053."""
LEAST_CHARS = 4
"""Fewer characters are Chinese but for characters that only Japanese has."""
SHORT_CHARS, SHORT_MARGIN = 4, -1.5
"""So few are often a name, which looks alike in both: Japanese words must cost less by that."""

_RUN = re.compile(r"[\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class _Words:
    """Classes of characters, and the cost of each word in both languages."""

    japanese: re.Pattern[str]
    """What only Japanese has: simplified there and nowhere else, and the mark of repetition."""
    chinese: re.Pattern[str]
    """What JIS X 0208 lacks, and the forms that Japan has given up, such as 國."""
    simplified: re.Pattern[str]
    """What Japan and the mainland write, ..."""
    traditional: re.Pattern[str]
    """... and Japan and Taiwan: one text of both is Japanese."""
    costs: dict[str, tuple[float, float]]


def is_japanese(text: str) -> bool:
    """Whether the Han characters of a text are Japanese; in doubt they are Chinese."""
    words = _words()
    if words.chinese.search(text):
        return False
    if words.japanese.search(text):
        return True
    if words.simplified.search(text):
        return bool(words.traditional.search(text))
    runs = _RUN.findall(text[: 4 * MAX_CHARS])
    characters = min(sum(map(len, runs)), MAX_CHARS)
    if characters < LEAST_CHARS:
        return False
    margin = SHORT_MARGIN if characters <= SHORT_CHARS else MARGIN
    return _excess(runs, words.costs) <= margin * characters


def _excess(runs: list[str], costs: dict[str, tuple[float, float]]) -> float:
    """By how much more the cheapest Japanese words cost than the cheapest Chinese ones, over `MAX_CHARS` characters."""
    left, excess = MAX_CHARS, 0.0
    for run in runs:
        cut = run[:left]
        left -= len(cut)
        japanese, chinese = _cheapest(cut, costs)
        excess += japanese - chinese
    return excess


def _cheapest(run: str, costs: dict[str, tuple[float, float]]) -> tuple[float, float]:
    """What the cheapest words that a run can be cut into cost in Japanese and in Chinese."""
    japanese, chinese = [0.0], [0.0]
    for end in range(1, len(run) + 1):
        best_japanese, best_chinese = japanese[-1] + UNKNOWN_COST, chinese[-1] + UNKNOWN_COST
        for start in range(max(0, end - LONGEST_WORD), end):
            found = costs.get(run[start:end])
            if found is not None:
                best_japanese = min(best_japanese, japanese[start] + found[0])
                best_chinese = min(best_chinese, chinese[start] + found[1])
        japanese.append(best_japanese)
        chinese.append(best_chinese)
    return japanese[-1], chinese[-1]


@cache
def _words() -> _Words:
    """The table, read once (a tenth of a second)."""
    first, *rows = [json.loads(line) for line in gzip.decompress(DATA.read_bytes()).splitlines()]
    costs: dict[str, dict[str, float]] = {"ja": {}, "zh": {}}
    for row in rows:
        costs[row["lang"]].update(dict.fromkeys(row["words"].split(), row["cost"]))
    never = float("inf")
    both = {word: (costs["ja"].get(word, never), costs["zh"].get(word, never)) for word in costs["ja"] | costs["zh"]}
    return _Words(
        japanese=re.compile(f"[々{first['japanese']}]"),
        chinese=re.compile(_not(first["kanji"])),
        simplified=re.compile(f"[{first['simplified']}]"),
        traditional=re.compile(f"[{first['traditional']}]"),
        costs=both,
    )


def _not(kanji: str) -> str:
    """A pattern of all Han characters but these."""
    others = sorted(set(map(chr, range(0x3400, 0xA000))) - set(map(chr, range(0x4DC0, 0x4E00))) - set(kanji))
    return f"[{''.join(others)}\U00020000-\U000323af]"
