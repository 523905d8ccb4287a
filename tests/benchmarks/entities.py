"""How well companies are linked, on labelled and unlabelled texts: `python -m tests.benchmarks.entities [SAMPLES]`.

Reads the data sets from `$GROUNDSWELL_DATA` or `../shared/data`. With a number, prints that many random links in
English and in Chinese headlines as well, for reading.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from services.companies import CompanyLinker, default_linker
from services.companies.dictionary import DICTIONARY, read_companies

DATA = Path(os.environ.get("GROUNDSWELL_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
Row = dict[str, Any]


def read(name: str) -> Iterator[Row]:
    """The objects of one file of the data folder."""
    path = DATA / name
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def speed(linker: CompanyLinker) -> None:
    """Microseconds of processor time a tweet and a Chinese headline."""
    for name, file in (
        ("tweet", "stocknet/tweets_2014-01_2015-09.jsonl.gz"),
        ("Chinese title", "cn_news_sentiment/train.jsonl.gz"),
    ):
        texts = [row["text"] for row in read(file)][:5000]
        best = 1e9
        for _ in range(3):
            started = time.process_time()
            for text in texts:
                linker.link(text)
            best = min(best, time.process_time() - started)
        print(f"speed: {best / len(texts) * 1e6:.0f} microseconds a {name}")


def cashtags(linker: CompanyLinker) -> None:
    """StockNet: are the companies that Twitter's own cashtags name linked?"""
    known = {record.id for record in read_companies(DICTIONARY)}
    wanted = found = extra = gold = gold_found = 0
    for row in read("stocknet/tweets_2014-01_2015-09.jsonl.gz"):
        links = linker.link(row["text"])
        linked = {company.id for company in links}
        symbols = {company.id for company in linker.by_tickers(row["symbols"])} & known
        wanted += len(symbols)
        found += len(symbols & linked)
        extra += len({company.id for company in links if company.mention.startswith("$")} - symbols)
        gold += len(row["tickers"])
        gold_found += len(set(row["tickers"]) & linked)
    print(f"stocknet: {found}/{wanted} known cashtags linked ({found / wanted:.2%}), {extra} linked beyond them")
    print(f"stocknet: {gold_found}/{gold} folder tickers linked ({gold_found / gold:.2%})")


def collisions(linker: CompanyLinker) -> None:
    """StockNet: how much of the bursts labelled as symbol collisions is still linked?"""
    rows = list(read("stocknet/tweets_2014-01_2015-09.jsonl.gz"))
    for event in read("stocknet/events.jsonl"):
        if event["label"] != "symbol_collision":
            continue
        burst = [
            row["text"]
            for row in rows
            if event["entity"] in row["tickers"] and event["start"] <= row["created_at"][:10] <= event["end"]
        ]
        left = sum(any(c.id == event["entity"] for c in linker.link(text)) for text in burst)
        print(f"collision {event['entity']} {event['start']}: {left}/{len(burst)} texts still linked")


def recall(name: str, linker: CompanyLinker, pairs: Iterable[tuple[str, str | None]]) -> None:
    """Share of (text, company id) pairs whose company is linked; None stands for one the dictionary lacks."""
    listed = found = total = 0
    for text, company in pairs:
        total += 1
        if company is not None:
            listed += 1
            found += any(c.id == company for c in linker.link(text))
    print(f"{name}: {total} mentions, {listed} of companies in the dictionary, {found} linked ({found / listed:.2%})")


def by_codes(linker: CompanyLinker, row: Row) -> Iterator[tuple[str, str | None]]:
    """The text with the company of each of the row's codes, None when the dictionary lacks it."""
    for code in row["code"].split(","):
        found = linker.by_tickers([code])[0].id
        yield row["text"], found if found != code else None


def by_name(linker: CompanyLinker, name: str) -> str | None:
    """The company whose name or short name `name` is, None when the dictionary lacks it."""
    linked = linker.link(f"{name}(公告)") if not name.isascii() else linker.link(f"{name} shares")
    return linked[0].id if len(linked) == 1 and len(linked[0].mention) >= len(name) - 2 else None


def labelled(linker: CompanyLinker) -> None:
    """Recall on the sets that name the companies of their texts."""
    for name, file in (
        ("cn_news_sentiment", "cn_news_sentiment/train.jsonl.gz"),
        ("astock_news", "astock_news/stream.jsonl"),
    ):
        recall(name, linker, (pair for row in read(file) if row["code"] for pair in by_codes(linker, row)))
    recall(
        "cn_event_ccks2019",
        linker,
        (
            (row["text"], by_name(linker, row["entity"]))
            for row in read("cn_event_ccks2019/train.jsonl.gz")
            if row["entity"]
        ),
    )
    recall(
        "fincuge_finnsp",
        linker,
        (
            (row["text"], by_name(linker, entity))
            for row in read("fincuge_finnsp/train.jsonl.gz")
            for entity in row["entities"]
            if entity in row["text"]
        ),
    )
    recall(
        "sentfin",
        linker,
        (
            (row["text"], by_name(linker, entity["name"]))
            for row in read("sentfin/train.jsonl.gz")
            for entity in row["entities"]
            if entity["name"] in row["text"]
        ),
    )


def sample(linker: CompanyLinker, count: int) -> None:
    """Random links in headlines, for reading."""
    for name, files in (
        ("English", ("news_headlines_2018_2020/stream_2017-12_2019-06.jsonl.gz",)),
        ("Chinese", ("thucnews_headlines/train.jsonl.gz", "fincuge_finnl/train.jsonl.gz")),
    ):
        texts = [row["text"].replace("\n", " ") for file in files for row in read(file)]
        links = [(company, text) for text in texts for company in linker.link(text)]
        print(f"\n{name}: {len(links)} links in {len(texts)} texts; {count} of them:")
        for company, text in random.Random(3).sample(links, count):
            at = text.find(company.mention)
            print(f"  {company.id:10} [{company.mention}] {text[max(0, at - 60) : at + 70]}")


def main() -> None:
    """Print all figures."""
    if not DATA.is_dir():
        print(f"the data folder {DATA} is not there; set GROUNDSWELL_DATA to it")
        return
    started = time.perf_counter()
    linker = default_linker()
    print(f"load: {time.perf_counter() - started:.2f} s")
    if len(sys.argv) > 1:
        sample(linker, int(sys.argv[1]))
        return
    speed(linker)
    cashtags(linker)
    collisions(linker)
    labelled(linker)


if __name__ == "__main__":
    main()
