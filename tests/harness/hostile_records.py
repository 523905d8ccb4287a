"""Records as somebody might write them onto our topics: messages of every kind, some values or bytes changed."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
from hypothesis import strategies as st

from services.detector.market.messages import KeyClosed, KeyOpened, PartitionPassed
from services.detector.priors import KindAggregate
from services.detector.tail import DayCounts
from services.domain.messages import (
    Company,
    EntitySentiment,
    Heartbeat,
    Highlight,
    KeyedText,
    Message,
    Origin,
)
from services.kafka.codec import encode
from tests.factories import (
    BEST,
    DAY,
    ESCALATED,
    MINUTE,
    NEGATIVE,
    START,
    budget_status,
    cleared,
    daily_aggregate,
    dead_letter,
    market_wide,
    partition_idle,
    raised,
    raw_text,
    record_of,
    scored,
    watermark_update,
)
from tests.harness.hostile_strings import IN_JSON

_ENTITY = EntitySentiment(
    name="ACME",
    company="ACME",
    sentiment=NEGATIVE,
    highlights=(Highlight(text="bad", start=0, end=3, effect=0.5),),
)
SCORED = scored(
    3,
    START + 3 * MINUTE,
    NEGATIVE,
    text="bad news of ACME",
    topics={"legal_regulation": 0.9, "earnings": 0.4},
    entities=(_ENTITY,),
    highlights=_ENTITY.highlights,
    companies=(Company(id="ACME", mention="ACME"), Company(id="600519.SH", mention="茅台")),
    url="https://example.org/1",
    title="News",
)
RAW = raw_text(
    "bad shares of $AAPL",
    published_at=START,
    first_seen_at=START,
    tickers=("AAPL", "MSFT"),
    author="a",
    title="t",
    url="https://example.org/1",
)
AGGREGATE = daily_aggregate(
    kinds={"company": KindAggregate(keys=3, log_level=-2_000, negative=10, texts=1_000, excess=-5, squares=7)},
    peaks={"company/2": DayCounts(ended={0: 3, 7: 1}, censored={9: 1})},
    keys={"company": 3},
    watched={"all": 3},
)
MESSAGES: dict[str, tuple[Message, ...]] = {
    "raw": (
        RAW,
        msgspec.structs.replace(RAW, tickers=None, sentiment=NEGATIVE),
        Heartbeat(source="wire", time=START + MINUTE),
    ),
    "scored": (SCORED, watermark_update(START + 5 * MINUTE), partition_idle()),
    "by_key": (
        KeyedText(key="company:ACME", text=SCORED),
        watermark_update(START + 5 * MINUTE),
        partition_idle(),
        AGGREGATE,
    ),
    "market": (
        KeyOpened(key="company:ACME", incident="i", time=START, keys=20, p_value=1e-4, evidence=BEST),
        KeyClosed(key="company:ACME", incident="i", time=START + MINUTE),
        PartitionPassed(partition=0, time=START + 2 * MINUTE),
    ),
    "alerts": (raised(), ESCALATED, market_wide(), cleared(raised())),
    "others": (record_of(raised(), cleared(raised())), dead_letter(), budget_status()),
}
"""What each topic may hold."""
NUMBERS = (0, 1, -1, -5, 3.5, 1990, 2**31, 2**63 - 1, 2**63, 2**64, -(10**18), 10**30, -1e300, 1e15, 0.5, 1.0000001)
TIMES = (START, START - DAY, START + 10 * MINUTE, START + DAY, 4_070_908_800_000, 631_151_999_999, 631_152_000_000)
STRINGS = (
    "", " ", "x", "company:", "company:B", "pair:a|b", "time/1", "partition/0", "a|b|c", "market:company", "\x00",
    "news.raw", "comments.raw", "elsewhere", "company/99", "company/x", "company/2", "9" * 5_000, "x" * 300_000,
)  # fmt: skip
MOST_PLACES = 300
"""A record of more values is made no larger."""
values = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(NUMBERS),
    st.sampled_from(TIMES),
    st.sampled_from([*STRINGS, *IN_JSON.values()]),
    st.sampled_from([[], {}, [[]], {"a": {}}, [0.2, 0.3, 0.5], [0.0, 0.0, 1.0], [1e-30, 0.5, 0.5]]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
)


@st.composite
def records(draw: st.DrawFn, topic: str) -> bytes:
    """Bytes on a topic: a message of it, with up to three values changed, then perhaps some bytes."""
    found = json.loads(encode(draw(st.sampled_from(MESSAGES[topic]))))
    for _ in range(draw(st.integers(0, 3))):
        _change(draw, found)
    data = json.dumps(found, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return draw(_damaged(data)) if draw(st.integers(0, 4)) == 0 else data


def _change(draw: st.DrawFn, root: Any) -> None:
    """Change, remove, add or multiply one value somewhere in `root`."""
    places = list(_places(root))
    if not places:
        return
    node, key = draw(st.sampled_from(places))
    what = draw(st.sampled_from(["change"] * 4 + ["remove", "add", "multiply"]))
    if what == "change":
        node[key] = copy.deepcopy(draw(values))
    elif what == "remove":
        del node[key]
    elif what == "add" and isinstance(node, dict):
        node[str(draw(st.sampled_from([*STRINGS[:-2], "7", "300"])))] = copy.deepcopy(node[key])
    elif isinstance(node, list):
        node[:] = [copy.deepcopy(one) for _ in range(120 if len(places) < MOST_PLACES else 2) for one in node]


def _places(node: Any) -> Any:
    for key in list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield node, key
        yield from _places(node[key])


@st.composite
def _damaged(draw: st.DrawFn, data: bytes) -> bytes:
    at = draw(st.integers(0, len(data)))
    piece = draw(
        st.one_of(st.binary(max_size=4), st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b'"', b"\\", b"0"]))
    )
    return draw(st.sampled_from([data[:at], data[:at] + piece + data[at:], data[:at] + piece + data[at + 1 :]]))


def origin(offset: int) -> Origin:
    """Where a record was read."""
    return Origin(topic="news.raw", partition=0, offset=offset)
