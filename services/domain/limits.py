"""What a message may hold at most, the same at every border: lengths, ranges and counts.

The types stand in the fields of the messages, and decoding refuses what breaks them; `checks` has the rules that a type
alone cannot say.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from services.domain.event_time import DAY_MS

MAX_RECORD_BYTES = 1_000_000
MAX_DEPTH = 64
"""Levels of objects and lists inside each other. The deepest message has 7; a message with no more brackets than this
is let in by counting them."""
MAX_TEXT_CHARS = 100_000
"""A report of 20 pages has about 65,000 in English and 30,000 in Chinese."""
MAX_SCORED_CHARS = 8_000
"""Of a text behind scoring, which has read all of it: a key each gets a copy."""
MAX_EVIDENCE_CHARS = 500
"""Of a text as evidence shows it."""
MAX_ID_CHARS = 200
MAX_TITLE_CHARS = 500
MAX_URL_CHARS = 2_000
MAX_SOURCE_CHARS = 100
MAX_TICKER_CHARS = 20
MAX_TICKERS = 50
MAX_COMPANIES = 50
MAX_TOPICS = 100
MAX_WATCHLISTS = 1_000
MAX_OFFSET = 2**63 - 1
MAX_PARTITION = 100_000
MAX_FINGERPRINT = 2**64 - 1
EARLIEST_MS = 631_152_000_000
"""1990-01-01: anything older is a parsing accident."""
LATEST_MS = 4_102_444_800_000
"""2100-01-01, where nothing is known of the present."""
FUTURE_SLACK_MS = DAY_MS

Id = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
"""Of a text."""
IncidentId = Annotated[str, Meta(max_length=600)]
"""Key, time and rule."""
KeyName = Annotated[str, Meta(max_length=300)]
"""Such as `pair:fraud|AAPL`."""
AlertName = Annotated[str, Meta(max_length=300)]
"""Whatever is called by a name in an alert: companies, sources, rules, watchlists."""
Title = Annotated[str, Meta(max_length=MAX_TITLE_CHARS)]
Url = Annotated[str, Meta(max_length=MAX_URL_CHARS)]
SourceName = Annotated[str, Meta(max_length=MAX_SOURCE_CHARS)]
Author = Annotated[str, Meta(max_length=100)]
Ticker = Annotated[str, Meta(max_length=MAX_TICKER_CHARS)]
CompanyId = Annotated[str, Meta(min_length=1, max_length=100)]
Mention = Annotated[str, Meta(min_length=1, max_length=200)]
TopicId = Annotated[str, Meta(min_length=1, max_length=100)]
ModelVersion = Annotated[str, Meta(max_length=250)]
KafkaTopic = Annotated[str, Meta(max_length=249)]

Partition = Annotated[int, Meta(ge=0, le=MAX_PARTITION)]
Offset = Annotated[int, Meta(ge=-1, le=MAX_OFFSET)]
"""-1 stands for no record."""
Count = Annotated[int, Meta(ge=0, le=10**9)]
Place = Annotated[int, Meta(ge=0, le=MAX_RECORD_BYTES)]
"""In a text, in characters."""
Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
Number = Annotated[float, Meta(ge=-1e12, le=1e12)]
Severity = Annotated[int, Meta(ge=1, le=4)]
