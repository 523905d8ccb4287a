"""Build the words that tell Japanese from Chinese: `python deploy/languages/build.py [OUT]`.

Needs `pip install janome==0.5.1 jieba==0.42.1 opencc==1.4.2`. Japanese words and their costs are those of the
MeCab-IPADIC in Janome, Chinese ones and their counts those of jieba, also in the traditional characters that OpenCC's
tables give them.
Which characters a script has is what its national standard has: JIS X 0208, GB 2312, Big5 with Hong Kong's additions.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import jieba
from janome.sysdic import entries
from opencc import OpenCC

OUT = Path(__file__).resolve().parents[2] / "services" / "text" / "data" / "han_words.jsonl.gz"
WORDS = 60_000
"""Of each language, the most frequent ones: with half as many 88 % of Japanese headlines are found instead of 98 %."""
LONGEST = 4
COST_FACTOR = 800
"""Of MeCab's costs: a cost is about so much times -log p."""
FLATTEN = 0.5
"""Words are taken for as frequent as the square root of what the dictionary says: a headline is not a corpus."""
OLD_SHARE = 0.05
"""An old form that is so frequent beside the new one is still in use."""
STEP = 0.25
"""Costs are rounded to this, in nats."""
CONVERSIONS = ("s2t", "s2hk", "s2tw", "s2twp")
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def japanese_words() -> dict[str, float]:
    """Words in kanji, and about how likely they are."""
    found: dict[str, float] = {}
    for surface, _, _, cost, *_ in entries(compact=True).values():
        if _HAN.fullmatch(surface):
            found[surface] = max(found.get(surface, 0.0), math.exp(-cost / COST_FACTOR))
    return found


def chinese_words() -> dict[str, float]:
    """Words in simplified and traditional characters, and how often they occur."""
    text = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf-8")
    rows = [row.split(" ")[:2] for row in text.splitlines()]
    words = [(word, int(count)) for word, count in rows if _HAN.fullmatch(word)]
    found: Counter[str] = Counter(dict(words))
    for conversion in CONVERSIONS:
        converted = OpenCC(conversion).convert("\n".join(word for word, _ in words)).split("\n")
        for (_, count), word in zip(words, converted, strict=True):
            found[word] += count
    return dict(found)


def characters(*codecs: str) -> set[str]:
    """The Han characters that any of some encodings has."""
    return {char for char in map(chr, range(0x4E00, 0xA000)) if any(_has(codec, char) for codec in codecs)}


def _has(codec: str, char: str) -> bool:
    try:
        encoded = char.encode(codec)
    except UnicodeEncodeError:
        return False
    return codec != "euc_jp" or len(encoded) == 2  # three bytes are JIS X 0212, which nobody writes


def costs(words: Mapping[str, float], allowed: set[str]) -> Iterator[tuple[float, list[str]]]:
    """The most frequent words out of allowed characters, by their cost (-log p)."""
    chosen = {word: share**FLATTEN for word, share in words.items() if len(word) <= LONGEST and set(word) <= allowed}
    kept = sorted(chosen, key=lambda word: (-chosen[word], word))[:WORDS]
    total = sum(chosen[word] for word in kept)
    by_cost: defaultdict[float, list[str]] = defaultdict(list)
    for word in kept:
        by_cost[round(-math.log(chosen[word] / total) / STEP) * STEP].append(word)
    yield from sorted(by_cost.items())


def old_forms(kanji: set[str], words: Mapping[str, float]) -> set[str]:
    """The characters that Japan writes in another form today, such as 國, unless names there keep the old one."""
    shares: Counter[str] = Counter()
    for word, share in words.items():
        for char in word:
            shares[char] += share
    to_new = OpenCC("t2jp").convert
    return {char for char in kanji if to_new(char) != char and shares[char] < OLD_SHARE * shares[to_new(char)]}


def main(out: Path = OUT) -> None:
    """Write the file."""
    kanji, simplified, big5 = characters("euc_jp"), characters("gb2312"), characters("big5", "big5hkscs")
    traditional = set(big5)
    for conversion in CONVERSIONS:
        traditional.update(OpenCC(conversion).convert("".join(sorted(simplified))))
    for conversion in ("t2hk", "t2tw"):
        traditional.update(OpenCC(conversion).convert("".join(sorted(traditional))))
    japanese = kanji - simplified - traditional
    spoken = japanese_words()
    old = old_forms(kanji - japanese, spoken)
    only_simplified = (kanji & simplified) - traditional
    only_traditional = (kanji & big5) - simplified - old
    rows: list[dict[str, object]] = [
        {
            "kanji": "".join(sorted(kanji - old)),
            "japanese": "".join(sorted(japanese)),
            "simplified": "".join(sorted(only_simplified)),
            "traditional": "".join(sorted(only_traditional)),
        }
    ]
    undecided = kanji - old - japanese - only_simplified
    for lang, words in (("ja", spoken), ("zh", chinese_words())):
        rows += [{"lang": lang, "cost": cost, "words": " ".join(group)} for cost, group in costs(words, undecided)]
    out.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(out, "wb", 9, mtime=0) as target:
        target.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
