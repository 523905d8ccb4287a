"""Where names stand in a text."""

from __future__ import annotations

import pytest

from services.text.mentions import Named, locate, occurrence_at, occurrences, tokens_of


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Meta beats, metal falls, META up", "Meta", ((0, 4),)),
        ("meta beats, metal falls", "Meta", ((0, 4),)),
        ("AT&T and T", "T", ((3, 4), (9, 10))),
        ("metals", "Meta", ((0, 4),)),
        ("恒丰银行与小资钱包，小资钱包涉嫌诈骗", "小资钱包", ((5, 9), (10, 14))),
        ("$AAPL, AAPL", "$AAPL", ((0, 5),)),
        ("a.b", "a.b", ((0, 3),)),
        ("nothing", "", ()),
        ("nothing", "else", ()),
    ],
)
def test_occurrences(text: str, name: str, expected: tuple[tuple[int, int], ...]) -> None:
    assert occurrences(text, name) == expected


def test_an_entity_is_one_occurrence_or_all() -> None:
    text = "oil up, oil down"
    assert locate(text, Named("oil")) == ((0, 3), (8, 11))
    assert locate(text, Named("oil", occurrence_at(text, "oil", 8))) == ((8, 11),)
    assert locate(text, Named("oil", 7)) == ((8, 11),)
    assert occurrence_at(text, "oil", 9) is None


def test_tokens_of_spans_and_of_nothing() -> None:
    offsets = [(0, 0), (0, 3), (3, 6), (7, 10), (0, 0)]
    assert tokens_of(offsets, [(2, 4)]) == [1, 2]
    assert tokens_of(offsets, [(7, 8), (0, 1)]) == [1, 3]
    assert tokens_of(offsets, []) == [0, 1, 2, 3, 4]
