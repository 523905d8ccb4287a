"""What it costs to read: a text of each kind, a file in each format, a feed; beside what others do at the least.

python -m tests.benchmarks.reading
"""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter

import feedparser
import ftfy

from services.files.records import read_records
from services.ingest.normalise import SourceDefaults, normalise
from services.ingest.sources.rss.parse import parse_feed
from services.text.encoding import decode
from services.text.mojibake import repair

DEFAULTS = SourceDefaults("bench", "comment", b"key")
SEEN = 1_790_000_000_000
DATE = "2026-09-20T08:00:00Z"
ENGLISH = "$STEEL falls after the mill cut its forecast for the third quarter, “holders” are not amused"
CHINESE = "钢厂宣布第三季度减产，两千名员工待岗，股东“很失望”，股价跌了 3.5%"
ROWS = 20_000
TIMES = 5


def main() -> None:
    """Print one line a figure."""
    paragraph = "<p>The mill said it would <b>cut</b> its forecast &amp; 300 jobs.</p>"
    texts = {"English": {"text": ENGLISH}, "Chinese": {"text": CHINESE}, "news": {"title": ENGLISH, "body": paragraph}}
    for name, record in texts.items():
        row = {**record, "created_at": DATE}
        print(f"normalise, {name}: {_micros(partial(normalise, row, DEFAULTS, SEEN))}")
    for name, text in (("English", ENGLISH), ("Chinese", CHINESE)):
        print(f"look for mojibake, {name}: {_micros(partial(repair, text))}")
        print(f"  ftfy.fix_text: {_micros(partial(ftfy.fix_text, text))}")
    with tempfile.TemporaryDirectory() as folder:
        _files(Path(folder))
    _feeds(paragraph)


def _files(folder: Path) -> None:
    rows = [{"id": str(number), "text": CHINESE, "created_at": DATE} for number in range(ROWS)]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "a.jsonl").write_text(lines, encoding="utf-8")
    (folder / "list.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    table = io.StringIO()
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    (folder / "a.csv").write_text(table.getvalue(), encoding="utf-8")
    (folder / "gbk.csv").write_text(table.getvalue(), encoding="gbk")
    plain = _best(lambda: [json.loads(line) for line in lines.splitlines()])
    print(f"json.loads of each line: {ROWS / plain:,.0f} rows/s")
    for name in ("a.jsonl", "list.json", "a.csv", "gbk.csv"):
        seconds = _best(partial(_read, folder / name))
        print(f"read {name}: {ROWS / seconds:,.0f} rows/s, {plain / seconds:.2f} times json.loads")


def _feeds(paragraph: str) -> None:
    for entries, repeats in ((30, 8), (1_200, 75)):
        items = "".join(
            f"<item><title>{number}</title><guid>{number}</guid><pubDate>{DATE}</pubDate>"
            f"<description><![CDATA[{(paragraph + CHINESE) * repeats}]]></description></item>"
            for number in range(entries)
        )
        head = '<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel>'
        for encoding in ("utf-8", "gbk"):
            body = f"{head.format(encoding)}{items}</channel></rss>".encode(encoding)
            ours = _best(partial(parse_feed, body, "http://x.example/", "text/xml", "x", SEEN), 2)
            peer = _best(partial(_feedparser, body), 2)
            decoding = _best(partial(decode, body), 2)
            print(
                f"feed of {len(body) / 1e6:.2f} MB in {encoding}: {ours * 1e3:.0f} ms, of which decoding "
                f"{decoding * 1e3:.1f} ms; feedparser alone, with its sanitizer: {peer * 1e3:.0f} ms"
            )


def _read(path: Path) -> None:
    for _ in read_records(path):
        pass


def _feedparser(body: bytes) -> object:
    return feedparser.parse(io.BytesIO(body))


def _micros(act: Callable[[], object]) -> str:
    return f"{_best(lambda: [act() for _ in range(1_000)]) * 1e3:.1f} us"


def _best(act: Callable[[], object], times: int = TIMES) -> float:
    """Seconds of the fastest of some runs."""
    found = []
    for _ in range(times):
        began = perf_counter()
        act()
        found.append(perf_counter() - began)
    return min(found)


if __name__ == "__main__":
    main()
