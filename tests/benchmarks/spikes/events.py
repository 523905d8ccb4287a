"""Labelled bursts in news and in a stock forum: `python -m tests.benchmarks.spikes.events [--bundle DIR]`.

Business headlines about 21 companies (December 2017 to June 2019) and comments on five Chinese stocks (2012 to 2019),
both dated by the day only; needs the public data sets. A headline is about a company when the pattern of the label
says so. One run at each budget: which labelled bursts have an alert, and how many alerts have no label. `--export DIR`
writes the texts and the labels as `groundswell backtest` reads them, and nothing else.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from services.clock import now_ms
from services.domain.messages import RawText
from services.files.jsonl import GoodLine
from services.ingest.history import defaults_for_file, load_texts
from tests.benchmarks.spikes.ranked import Burst, Ranked, burst_of, found, ranked
from tests.benchmarks.spikes.scored import scored
from training.data.registry import data_root

SETS = ("news_headlines_2018_2020", "sina_guba")
BUDGETS = (0.3, 1.0, 3.0)
"""Alerts per 100 key-days."""


def main() -> None:
    """Print a table a set."""
    parser = argparse.ArgumentParser(description="Judge alerts on labelled bursts of news and of a stock forum.")
    parser.add_argument("--bundle", type=Path, help="folder of a bundle; by default the current one")
    parser.add_argument("--scored", type=Path, help="folder: keep the scored texts here, and read them from here")
    parser.add_argument("--set", choices=SETS, action="append", help="all by default")
    parser.add_argument("--export", type=Path, help="folder: write SET.jsonl and SET_events.jsonl there")
    asked = parser.parse_args()
    for name in asked.set or SETS:
        folder = data_root() / name
        rows = [json.loads(line) for line in (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
        if asked.export:
            export(asked.export, folder, rows)
            continue
        file = asked.scored / f"{name}.msgpack" if asked.scored else None
        texts = scored(partial(texts_of, folder, rows), asked.bundle, file)
        print(f"\n{name}: {len(texts)} texts about the companies of {len(rows)} labelled bursts")
        for budget in BUDGETS:
            for line in report(ranked(texts, budget), [burst_of(row, company_of(row)) for row in rows], budget):
                print(line)


def report(run: Ranked, bursts: Sequence[Burst], budget: float) -> Iterator[str]:
    """The lines of one budget; `found` takes an alert up to a day after the end of a burst."""
    alerts: dict[str, list[int]] = {}
    for company, time in run.alerts:
        alerts.setdefault(company.partition(".")[0], []).append(time)
    hits = found(bursts, alerts)
    labels = sorted({burst.label for burst in bursts}, key=lambda label: (label != "negative", label))
    parts = [f"{one} {sum(b.label == one for b in hits)} of {sum(b.label == one for b in bursts)}" for one in labels]
    got = 100.0 * len(run.alerts) / run.key_days
    yield f"budget {budget:g}: {len(run.alerts)} alerts, {got:.2f} per 100 key-days; alerts on " + ", ".join(parts)
    missed = [burst.company for burst in bursts if burst.label == "negative" and burst not in hits]
    if missed:
        yield "  missed: " + ", ".join(missed)


def company_of(row: dict[str, Any]) -> str:
    """The id under which the texts of a label are followed: its capitals and digits."""
    return re.sub(r"[^A-Z0-9]", "", str(row["entity"]).upper())


def record_of(row: dict[str, Any], patterns: dict[str, re.Pattern[str]]) -> dict[str, Any]:
    """A row of a stream as `backtest` reads it; its companies are its stock, or those whose pattern it fits."""
    named = [row["code"]] if "code" in row else [name for name, each in patterns.items() if each.search(row["text"])]
    source = row.get("publisher", "sina")
    return {"id": row["id"], "text": row["text"], "created_at": row["date"], "tickers": named, "source": source}


def records(folder: Path, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a stream that name a company of the labels."""
    patterns = {company_of(row): re.compile(row["pattern"], re.IGNORECASE) for row in rows if "pattern" in row}
    with gzip.open(next(folder.glob("stream*.jsonl.gz")), "rt", encoding="utf-8") as stream:
        found = [record_of(json.loads(line), patterns) for line in stream]
    return [record for record in found if record["tickers"]]


def export(target: Path, folder: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write the texts and the labels for `groundswell backtest IN --events EVENTS`."""
    target.mkdir(parents=True, exist_ok=True)
    events = [{**row, "entity": company_of(row)} for row in rows]
    for name, lines in ((folder.name, records(folder, rows)), (f"{folder.name}_events", events)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (target / f"{name}.jsonl").write_text(text, encoding="utf-8")


def texts_of(folder: Path, rows: Sequence[dict[str, Any]]) -> Sequence[RawText]:
    """The texts about the companies of the labels, in order."""
    lines = [GoodLine(number, record) for number, record in enumerate(records(folder, rows), 1)]
    return load_texts(lines, defaults_for_file(folder.name, b"benchmark"), now_ms(), folder.name).texts


if __name__ == "__main__":
    main()
