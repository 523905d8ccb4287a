"""Share of texts whose language is found, and the time for one: `python -m tests.benchmarks.languages`.

The texts are headlines and comments of our own (`data/languages.yaml`), and where `../shared/data` is, the headlines of
THUCNews as they are and in the traditional characters of Taiwan and Hong Kong, by OpenCC where it is installed.
"""

from __future__ import annotations

import gzip
import json
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter

import yaml

from services.text.language import detect

HERE = Path(__file__).resolve().parent
THUCNEWS = HERE.parents[2] / "shared" / "data" / "thucnews_headlines" / "train.jsonl.gz"
HEADLINES = 4_000


def groups() -> dict[str, list[str]]:
    """Texts by what they are in; a name begins with the right answer."""
    found: dict[str, list[str]] = yaml.safe_load((HERE / "data" / "languages.yaml").read_text(encoding="utf-8"))
    if THUCNEWS.exists():
        with gzip.open(THUCNEWS, "rt", encoding="utf-8") as lines:
            headlines = [json.loads(line)["text"] for line, _ in zip(lines, range(HEADLINES), strict=False)]
        found["zh: THUCNews"] = headlines
        if find_spec("opencc"):
            from opencc import OpenCC

            for conversion in ("s2twp", "s2hk"):
                found[f"zh: THUCNews, {conversion}"] = list(map(OpenCC(conversion).convert, headlines))
    return found


def main() -> None:
    """Print a line for each group."""
    detect("日本")  # reads the tables, as does the next
    detect("Las acciones de la empresa cayeron un cuatro por ciento")
    for name, texts in groups().items():
        started = perf_counter()
        found = [detect(text) for text in texts]
        micros = (perf_counter() - started) / len(texts) * 1e6
        right = sum(lang == name.split(":")[0] for lang in found)
        print(f"{name}: {right} of {len(texts)} ({right / len(texts):.1%}), {micros:.1f} microseconds a text")


if __name__ == "__main__":
    main()
