"""Texts a second and peak memory of `groundswell score-file`: `python -m tests.benchmarks.score_file`.

Scores the demo's stream, then the same texts with the peer: the base model through transformers, fp32, batches of 32,
padded to the longest, with as many threads. The peer's model is read from `../shared/models`.
"""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from services.repository import DEMO_STREAM

PEER = Path(__file__).resolve().parents[3] / "shared" / "models" / "multilingual-e5-small-zh-en"
PEER_TEXTS = 1_000
BATCH = 32


def score_file() -> float:
    """Texts a second as score-file counts them (without its start), printed with its peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "services.cli", "score-file", str(DEMO_STREAM), f"{folder}/out.jsonl"]
        started = perf_counter()
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
        wall = perf_counter() - started
    summary = json.loads(ran.stderr.splitlines()[-1])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    rate: float = summary["texts_per_second"]
    print(f"score-file: {summary['texts']} texts, {rate:.1f} texts/s, {wall:.1f} s with its start, {peak:.0f} MB peak")
    return rate


def peer() -> float:
    """Texts a second of the base model in transformers."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    with gzip.open(DEMO_STREAM, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line, _ in zip(lines, range(PEER_TEXTS), strict=False)]
    torch.set_num_threads(os.cpu_count() or 1)
    tokenizer = AutoTokenizer.from_pretrained(PEER)
    model = AutoModel.from_pretrained(PEER, dtype=torch.float32).eval()
    started = perf_counter()
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            model(**tokenizer(batch, padding=True, truncation=True, max_length=128, return_tensors="pt"))
    rate = len(texts) / (perf_counter() - started)
    print(f"transformers, fp32: {len(texts)} texts, {rate:.1f} texts/s")
    return rate


def main() -> None:
    """Print both and their ratio."""
    ours = score_file()
    if not PEER.is_dir():
        print(f"no peer: {PEER} is not there")
        return
    print(f"ratio: {ours / peer():.2f}")


if __name__ == "__main__":
    main()
