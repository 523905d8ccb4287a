"""What counts as a near-repeat, in English and Chinese."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.fingerprint import NEAR_BITS, distance, fingerprint, near, normalise

REPEATS = [
    # a retweet, with its tail cut
    (
        "Apple Says It Is 'Actively Investigating' Celeb Photo Hack http://t.co/2wCCJVNmtp $AAPL",
        "RT @someone: Apple Says It Is 'Actively Investigating' Celeb Photo Hack http://t.co/2wCC...",
    ),
    (
        "Facebook goes down for many users around the world this morning, engineers are looking into it $FB",
        "RT @news: Facebook goes down for many users around the world this morning, engineers are looking int…",
    ),
    # a newsletter, with other cashtags and another link
    (
        "Todays stocks you should be watching $FBHS $IT $OIS #equity http://t.co/iILaTlaMMO",
        "Todays stocks you should be watching $AAPL $T http://t.co/XyZ12",
    ),
    # a comment that was added
    (
        "Apple confirms celebrity accounts were compromised in a very targeted attack on user names and passwords",
        "So much for security: Apple confirms celebrity accounts were compromised in a very targeted attack on user"
        " names and passwords",
    ),
    (
        "公司被证监会立案调查,股价开盘跌停,投资者损失惨重",
        "【转】公司被证监会立案调查,股价开盘跌停,投资者损失惨重!!",
    ),
    ("$AAPL good", "good $AAPL http://t.co/1"),
    ("垃圾", "垃圾!!!"),
]
DIFFERENT = [
    # the same event in other words
    (
        "Apple shares slide as iCloud hack worries weigh ahead of the iPhone event",
        "Apple stock falls four percent after celebrity photos leak; analysts blame profit taking",
    ),
    (
        "Instagram co-founder and CEO Kevin Systrom joining Wal-Mart board",
        "Wal-Mart names Instagram co-founder to its board of directors today",
    ),
    ("公司被证监会立案调查,股价跌停", "立案调查的消息出来,今天又是跌停,快跑"),
    # short ones
    ("$AAPL good", "$AAPL bad"),
    ("buy now", "sell now"),
    ("垃圾", "好股"),
    ("http://t.co/1", "http://t.co/2"),
    ("🚀🚀", "📉"),
]


@pytest.mark.parametrize(("a", "b"), REPEATS)
def test_repeats_are_near(a: str, b: str) -> None:
    assert near(fingerprint(a), fingerprint(b)), distance(fingerprint(a), fingerprint(b))


@pytest.mark.parametrize(("a", "b"), DIFFERENT)
def test_other_texts_are_not(a: str, b: str) -> None:
    assert not near(fingerprint(a), fingerprint(b)), distance(fingerprint(a), fingerprint(b))


def test_distance_counts_bits() -> None:
    assert distance(0b1011, 0b0001) == 2
    assert near(0, (1 << NEAR_BITS) - 1)
    assert not near(0, (1 << NEAR_BITS + 1) - 1)


def test_a_fingerprint_is_the_same_for_ever() -> None:
    """State that was stored yesterday is compared with texts of today."""
    assert fingerprint("Apple confirms celebrity accounts were compromised") == 0x8F447B8823DDA95E
    assert fingerprint("公司被证监会立案调查,股价跌停") == 0x7CCF8C19EE4BDE37
    assert fingerprint("good") == 0x30B55B74D88F8707


def test_what_is_dropped() -> None:
    text = "RT @you: AT&T's Q3 sales up 12% to $4.5bn, $T up 3rd day #telecom http://t.co/x, 中国移动600941涨"
    assert normalise(text) == [
        "at",
        "t's",
        "q",
        "sales",
        "up",
        "to",
        "up",
        "day",
        "telecom",
        "中国移动",
        "涨",
    ]


@given(st.text())
def test_any_text_has_a_fingerprint_that_fits_a_message(text: str) -> None:
    value = fingerprint(text)
    assert 0 <= value < 1 << 64
    assert msgspec.json.decode(msgspec.json.encode(value), type=int) == value
