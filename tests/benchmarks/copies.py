"""Which texts are taken for copies: `python -m tests.benchmarks.copies [--stories N]`.

Pairs of copies (one story under two wrappings, one of them cut; one template of spam filled twice) that are found, and
pairs of different texts about one company that are taken for copies; beside the 64-bit fingerprint on the wire and,
where it is installed, MinHash with 128 permutations (`pip install datasketch`) at three Jaccard similarities. Stories
and different texts are public headlines of `../shared/data`; without it stories are generated.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from services.files.jsonl import GoodLine
from services.files.records import read_records
from services.text.copies import shared_bits, sketch
from services.text.fingerprint import fingerprint, near, normalise
from tests.harness.copied import copied_story, spam
from tests.harness.sentences import sentence

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
HEADLINES = SHARED / "news_headlines_2018_2020"
ASTOCK = SHARED / "astock_news" / "stream.jsonl"
MOST_PAIRS = 4_000
LEAST_CHARS = {"en": 50, "zh": 20}

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Measure:
    """A way to sketch a text, and to say whether two sketches are those of copies."""

    name: str
    sketch: Callable[[str], Any]
    same: Callable[[Any, Any], bool]


def measures() -> list[Measure]:
    """Those that can be compared here."""
    found = [
        Measure("shared core", sketch, lambda a, b: bool(shared_bits(a, [b])[0])),
        Measure("fingerprint", fingerprint, near),
    ]
    try:
        from datasketch import MinHash  # type: ignore[import-not-found, import-untyped, unused-ignore]
    except ImportError:
        return found

    def minhash(text: str) -> Any:
        made, runs = MinHash(num_perm=128), normalise(text)
        words = [part for run in runs for part in (run if "\u3400" <= run[0] <= "\u9fff" else [run])]
        for feature in (*words, *map(" ".join, pairwise(words))):
            made.update(feature.encode())
        return made

    def at(least: float) -> Callable[[Any, Any], bool]:
        return lambda a, b: bool(a.jaccard(b) >= least)

    return found + [Measure(f"MinHash, J {least}", minhash, at(least)) for least in (0.4, 0.5, 0.7)]


def stories(count: int) -> dict[str, list[str]]:
    """Texts that outlets could copy, by language."""
    if not HEADLINES.is_dir() or not ASTOCK.is_file():
        return {"en": [sentence(n, 14) for n in range(count)]}
    english = _texts(HEADLINES / "stream_2017-12_2019-06.jsonl.gz")
    found = {"en": english, "zh": _texts(ASTOCK)}
    return {
        language: random.Random(1).sample([t for t in texts if len(t) >= LEAST_CHARS[language]], count)
        for language, texts in found.items()
    }


def copies(language: str, texts: Iterable[str], *, shortened: bool) -> list[Pair]:
    """Each text under two wrappings."""
    source, pairs = random.Random(2), []
    for text in texts:
        write = copied_story(text[:200], language, shortened=shortened)
        pairs.append((write(source), write(source)))
    return pairs


def templates(language: str, count: int) -> list[Pair]:
    """A template of spam filled twice."""
    source = random.Random(3)
    write = spam(language, {"en": "ACME", "zh": "某公司"}[language])
    return [(write(source), write(source)) for _ in range(count)]


def different() -> dict[str, list[Pair]]:
    """Pairs of different texts about one company without its name, English ones of one day, by language."""
    if not HEADLINES.is_dir() or not ASTOCK.is_file():
        return {}
    patterns = {line["entity"]: line["pattern"] for line in _records(HEADLINES / "events.jsonl")}
    groups: dict[tuple[str, str], set[str]] = defaultdict(set)
    for line in _records(HEADLINES / "stream_2017-12_2019-06.jsonl.gz"):
        for entity, pattern in patterns.items():
            if re.search(pattern, line["text"], re.IGNORECASE):
                groups[entity, line["date"]].add(re.sub(pattern, "", line["text"], flags=re.IGNORECASE))
    chinese: dict[str, set[str]] = defaultdict(set)
    for line in _records(ASTOCK):
        chinese[line["code"]].add(line["text"].replace(line["company"], ""))
    return {"en": _pairs(groups.values()), "zh": _pairs(chinese.values())}


def _pairs(groups: Iterable[set[str]]) -> list[Pair]:
    found = [pair for group in groups for pair in combinations(sorted(group), 2)]
    return random.Random(4).sample(found, min(len(found), MOST_PAIRS))


def _records(path: Path) -> list[dict[str, Any]]:
    if path.suffix != ".gz":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [line.record for line in read_records(str(path)) if isinstance(line, GoodLine)]


def _texts(path: Path) -> list[str]:
    return [record["text"] for record in _records(path)]


def share(measure: Measure, pairs: list[Pair]) -> float:
    """Of the pairs that are taken for copies."""
    return sum(measure.same(measure.sketch(a), measure.sketch(b)) for a, b in pairs) / max(len(pairs), 1)


def microseconds(measure: Measure, texts: list[str]) -> float:
    """To sketch a text."""
    began = time.process_time()
    for text in texts:
        measure.sketch(text)
    return 1e6 * (time.process_time() - began) / len(texts)


def main() -> None:
    """Print a table: rows are kinds of pairs, columns are measures."""
    parser = argparse.ArgumentParser(description="Compare measures of near-repeats.")
    parser.add_argument("--stories", type=int, default=400, help="stories of each language")
    parser.add_argument("--show", action="store_true", help="print different texts that are taken for copies")
    asked = parser.parse_args()
    compared, told = measures(), stories(asked.stories)
    print(f"{'pairs':<28} {'number':>6} " + " ".join(f"{one.name:>14}" for one in compared))
    rows = {f"{lang}: wrapped": copies(lang, texts, shortened=False) for lang, texts in told.items()}
    rows |= {f"{lang}: wrapped and cut": copies(lang, texts, shortened=True) for lang, texts in told.items()}
    rows |= {f"{lang}: template": templates(lang, asked.stories) for lang in ("en", "zh")}
    apart = {f"{lang}: different, one company": pairs for lang, pairs in different().items()}
    for name, pairs in (rows | apart).items():
        shares = " ".join(f"{share(one, pairs):>14.1%}" for one in compared)
        print(f"{name:<28} {len(pairs):>6} {shares}", flush=True)
    texts = [text for some in told.values() for text in some]
    print(f"{'microseconds a text':<35} " + " ".join(f"{microseconds(one, texts):>14.0f}" for one in compared))
    if asked.show:
        for a, b in (pair for pairs in apart.values() for pair in pairs if share(compared[0], [pair])):
            print(f"\n{a}\n{b}")


if __name__ == "__main__":
    main()
