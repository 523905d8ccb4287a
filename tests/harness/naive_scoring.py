"""Scoring as the documentation of Faust begins, for comparison: python -m tests.harness.naive_scoring score.

It reads a text, scores it, sends what came of it, and leaves the rest to Faust's defaults: offsets are committed by
themselves, and an exception goes on with the next text. FAULTY_BATCHES: so many texts raise.
"""

from __future__ import annotations

import itertools
import logging
import os
import sys
from pathlib import Path
from typing import Any

import faust

from services.companies import default_linker
from services.domain.messages import Origin, RawText
from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from services.kafka.codec import Codec, encode
from services.kafka.topics import COMMENTS_RAW, SCORED, prefixed
from services.scoring.score_batch import score_batch
from tests.harness.tiny_bundle import NAME

FAILS_EVERY = 20
"""Texts between two that raise."""


def build() -> Any:
    """The app."""
    codec, linker = Codec(RawText), default_linker()
    model = Classifier(current_bundle(Path(os.environ["GROUNDSWELL_MODELS"]), NAME), threads=1)
    app = faust.App(
        prefixed("naive"),
        broker=f"kafka://{os.environ['GROUNDSWELL_BROKER']}",
        datadir=os.environ["GROUNDSWELL_STATE_DIR"],
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        broker_session_timeout=float(os.environ["GROUNDSWELL_SESSION_TIMEOUT_SECONDS"]),
        broker_heartbeat_interval=1.0,
    )
    raw, scored = (app.topic(topic.name, value_type=bytes, value_serializer="raw") for topic in (COMMENTS_RAW, SCORED))
    failures = int(os.environ.get("FAULTY_BATCHES", "0"))
    texts = itertools.count(1)

    async def score(stream: Any) -> None:
        nonlocal failures
        async for event in stream.events():
            if b'"raw_text"' not in event.value:
                continue
            if failures and next(texts) % FAILS_EVERY == 0:
                failures -= 1
                raise RuntimeError("the model failed")
            place = event.message
            origin = Origin(topic=place.topic, partition=place.partition, offset=place.offset)
            (result,) = score_batch(
                [codec.decode(event.value)], [origin], model, linker, 4096, lambda raw: raw.first_seen_at
            )
            await scored.send(value=encode(result))

    app.agent(raw)(score)
    return app


if __name__ == "__main__":
    logging.basicConfig(level="INFO", format="%(asctime)s %(name)s: %(message)s")
    sys.argv[1:] = []
    faust.Worker(build(), override_logging=False, quiet=True, loglevel="INFO").execute_from_commandline()
