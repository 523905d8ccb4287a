"""What monitoring writes to its changelog: `python -m tests.benchmarks.changelog [--texts N]`.

Bytes a text and seconds, of a burst of 3,000 texts on one key in one minute and of a calm stream of `--texts`, beside
the way of writing that it replaced: the whole record of the key with each text.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

import msgspec

from services.detector.context import Context
from services.detector.shared import DailyAggregate
from services.domain.messages import KeyedText, Origin, ScoredText, WatermarkUpdate
from services.monitoring.partition_processor import PartitionProcessor
from services.monitoring.steps import Step
from services.monitoring.watermark import Watermark
from tests.factories import HOUR, MINUTE, NEGATIVE, START, scored
from tests.harness.streams import in_order, quiet

WATERMARK_EVERY = 10
"""Texts in a batch of the router."""


class CountingTable(dict[bytes, bytes]):
    """A table that counts what a changelog would hold of it; a deletion is a key alone."""

    def __init__(self) -> None:
        super().__init__()
        self.bytes = 0
        self.largest = 0

    def __setitem__(self, key: bytes, value: bytes) -> None:
        self.bytes += len(key) + len(value)
        self.largest = max(self.largest, len(value))
        super().__setitem__(key, value)

    def __delitem__(self, key: bytes) -> None:
        self.bytes += len(key)
        super().__delitem__(key)


def run(texts: Sequence[ScoredText], *, whole_records: bool) -> tuple[float, int, int]:
    """Seconds, bytes and the largest record of a stream through one partition."""
    table = CountingTable()
    one = PartitionProcessor(0, 1, table, Watermark(["comments.raw/0"]), Context(), HOUR)

    def do(step: Step) -> None:
        if isinstance(step, DailyAggregate):
            one.receive(step)
        else:
            one.store(step)

    began = time.perf_counter()
    for number, text in enumerate(texts):
        origin = Origin(topic="comments.raw", partition=0, offset=number)
        for company in text.companies:
            keyed = KeyedText(key=f"company:{company.id}", text=msgspec.structs.replace(text, origin=origin))
            one.put(keyed)
            if whole_records:
                key = f"company:{company.id}".encode()
                table[b"whole/" + key] = msgspec.msgpack.encode(one._active[next(iter(one._active))].record)
        if number % WATERMARK_EVERY == 0 or number == len(texts) - 1:
            for step in one.advance(WatermarkUpdate(origin=origin, time=text.published_at)):
                do(step)
            for step in one.resume():
                do(step)
    return time.perf_counter() - began, table.bytes, table.largest


def main() -> None:
    """Print a line a stream."""
    parser = argparse.ArgumentParser(description="Weigh monitoring's changelog.")
    parser.add_argument("--texts", type=int, default=60_000)
    asked = parser.parse_args()
    words = "现金流 紧张 供应商 被欠款 " * 40
    burst = [scored(n, START + n * MINUTE // 3_000, NEGATIVE, text=f"{words}{n}") for n in range(3_000)]
    days = asked.texts // 600
    calm = in_order(*(quiet(days, per_day=20, company=f"C{n}", seed=n, first=100_000 * n) for n in range(30)))
    print(f"{'stream':<28} {'texts':>7} {'seconds':>8} {'bytes a text':>13} {'largest':>9}")
    for name, texts in (("burst, one key, one minute", burst), ("calm, 30 companies", calm)):
        for whole in (False, True) if name.startswith("burst") else (False,):
            seconds, written, largest = run(texts, whole_records=whole)
            label = f"{name}{', whole' if whole else ''}"
            print(f"{label:<28} {len(texts):>7} {seconds:>8.1f} {written / len(texts):>13.0f} {largest:>9}", flush=True)


if __name__ == "__main__":
    main()
