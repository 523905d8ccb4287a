"""What the detector costs: `python -m tests.benchmarks.detector [--keys N] [--days N]`.

Microseconds a text of the whole core (weights, score, incidents, what keys share) over a generated stream, beside what
the stream adds around it for each text: its key's record read and written. And the bytes of a key's record.
"""

from __future__ import annotations

import argparse
import time

from services.detector.close_minutes import close_minutes
from services.detector.key_record import KeyRecord, put_text
from services.monitoring.key_bytes import pack, unpack
from services.watchlists.followed_keys import followed_keys
from tests.benchmarks.spikes.__main__ import streams
from tests.benchmarks.spikes.product import at_budget
from tests.benchmarks.spikes.regimes import REGIMES


def main() -> None:
    """Print a line a regime."""
    parser = argparse.ArgumentParser(description="Time the detector and weigh a key's record.")
    parser.add_argument("--keys", type=int, default=20)
    parser.add_argument("--days", type=int, default=30)
    asked = parser.parse_args()
    print(f"{'regime':<12} {'texts':>8} {'us a text':>10} {'us record':>10} {'ratio':>6}", end="")
    print(f" {'bytes a key':>12} {'most':>7}")
    for regime in REGIMES[:4]:
        made = streams(regime, 1, asked.keys, asked.days, calm=True)
        context = at_budget(1.0)
        detecting = around = 0.0
        texts, sizes = 0, []
        for number, (columns, _) in enumerate(made):
            record = KeyRecord(partition=0)
            for text in columns.scored(str(number)):
                (key,) = followed_keys(text, context.watchlists)
                began = time.perf_counter()
                close_minutes(key, record, text.published_at, context)
                put_text(record, key, text)
                detecting += time.perf_counter() - began
                began = time.perf_counter()
                record = unpack(pack(record))
                around += time.perf_counter() - began
                texts += 1
            sizes.append(len(pack(record)))
        print(
            f"{regime.name:<12} {texts:>8} {1e6 * detecting / texts:>10.0f} {1e6 * around / texts:>10.0f}"
            f" {detecting / around:>6.1f} {sum(sizes) / len(sizes):>12.0f} {max(sizes):>7}",
            flush=True,
        )


if __name__ == "__main__":
    main()
