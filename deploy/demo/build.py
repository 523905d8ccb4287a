"""Cuts the demo's stream from the StockNet tweets: `python deploy/demo/build.py TWEETS.jsonl.gz`.

Keeps the tweets of 2014-08-01 to 2014-09-12 (UTC days, both inclusive) in the order of their dates, and of each
only what a source knows: no label, no sentiment. The output is byte for byte the same on every run.
"""

from __future__ import annotations

import sys
from pathlib import Path

from services.files.jsonl import BadLine, open_writer, read_lines

FIRST_DAY = "2014-08-01"
LAST_DAY = "2014-09-12"
FIELDS = ("id", "text", "created_at", "tickers", "author")
TARGET = Path(__file__).with_name(f"stocknet_{FIRST_DAY}_{LAST_DAY}.jsonl.gz")


def main(tweets: str) -> int:
    """Write the slice; the number of tweets in it."""
    kept = []
    for line in read_lines(tweets):
        if isinstance(line, BadLine):
            raise SystemExit(f"{tweets} line {line.number}: {line.detail}")
        if FIRST_DAY <= line.record["created_at"][:10] <= LAST_DAY:
            kept.append({name: line.record[name] for name in FIELDS} | {"source": "stocknet"})
    kept.sort(key=lambda record: (record["created_at"], record["id"]))
    with open_writer(TARGET) as writer:
        for record in kept:
            writer.write(record)
    return len(kept)


if __name__ == "__main__":
    print(f"{TARGET.name}: {main(sys.argv[1])} tweets")
