"""How often a single Chinese headline is read in its encoding, and what one bad byte in it costs.

    python -m tests.benchmarks.encodings FILE...      # JSON Lines with a field text, or input.text

A whole feed is much easier: there is more to go by.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from pathlib import Path

from services.text.encoding import decode

ENCODINGS = {"gb18030": "gb2312", "big5hkscs": "big5", "utf-8": "utf-8", "utf-16": "utf-8"}
"""And how a feed states each."""
LEAST_CHINESE = 6
SEED = 5


def main(files: list[str]) -> None:
    """Print one line a figure."""
    texts = [text for file in files for text in _texts(Path(file))]
    generator = random.Random(SEED)
    for encoding, own in ENCODINGS.items():
        pairs = [(text, data) for text in texts if (data := _encoded(text, encoding))]
        for stated in ([], [own], ["iso-8859-1"]):
            right = sum(decode(data, stated).text == f"<t>{text}</t>" for text, data in pairs)
            print(f"{encoding}, stated {stated or 'nowhere'}: {right} of {len(pairs)} right")
        if encoding != "utf-16":
            lost = Counter(_lost(text, decode(_damaged(data, generator), [own]).text) for text, data in pairs)
            print(f"{encoding}, one bad byte: characters lost {dict(sorted(lost.items()))}")


def _texts(file: Path) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        within = record.get("input")
        text = within.get("text") if isinstance(within, dict) else record.get("text")
        if isinstance(text, str) and len(re.findall("[\u4e00-\u9fff]", text)) >= LEAST_CHINESE:
            yield text[:200]


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return f"<t>{text}</t>".encode(encoding)
    except UnicodeEncodeError:
        return None


def _damaged(data: bytes, generator: random.Random) -> bytes:
    """One byte of a Chinese character left out, changed or put in."""
    place = generator.choice([index for index, byte in enumerate(data) if byte >= 0x80])
    change = generator.choice([b"", b"\xff", b"\x80", b"?", data[place : place + 1] + b"\xf0"])
    return data[:place] + change + data[place + 1 :]


def _lost(text: str, found: str) -> int:
    blocks = SequenceMatcher(None, text, found, autojunk=False).get_matching_blocks()
    return len(text) - sum(block.size for block in blocks)


if __name__ == "__main__":
    main(sys.argv[1:])
