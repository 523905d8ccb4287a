"""Where sentences begin and end, in both languages."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from services.text.sentences import MOST_CHARACTERS, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The warehouse is beside the canal. A lender has called in its loan!  Nobody at the firm would comment?",
            [
                "The warehouse is beside the canal.",
                "A lender has called in its loan!",
                "Nobody at the firm would comment?",
            ],
        ),
        (
            "仓库在运河边上,已经使用多年。银行要求提前还款!公司没有回应记者的提问?明天会开会讨论这件事情",
            [
                "仓库在运河边上,已经使用多年。",
                "银行要求提前还款!",
                "公司没有回应记者的提问?",
                "明天会开会讨论这件事情",
            ],
        ),
        ("Acme Corp. of St. Louis paid Mr. J. Smith $1.5 mn in the U.S. last year, vs. 2.1 before", None),
        ("The price rose to 3.50 dollars a share, it said at 10 a.m. on Friday in the town", None),
        (
            "“We are closing the whole plant.” The workers were told by mail on Friday.",
            ["“We are closing the whole plant.”", "The workers were told by mail on Friday."],
        ),
    ],
)
def test_what_ends_a_sentence(text: str, expected: list[str] | None) -> None:
    assert cut(text) == (expected or [text])


def test_a_short_sentence_goes_with_its_neighbour() -> None:
    assert cut("Ouch! The lender has called in its loan. Wow.") == ["Ouch! The lender has called in its loan. Wow."]
    assert cut("完了!银行要求提前还清全部贷款。") == ["完了!银行要求提前还清全部贷款。"]


@pytest.mark.parametrize("text", ["", "...", "!?。…", "😀 😀"])
def test_what_has_no_word_has_no_sentence(text: str) -> None:
    assert cut(text) == []


def test_what_has_no_end_is_parted() -> None:
    words = cut("table " * 200)
    assert [len(one) for one in words] == [395, 395, 407]  # 66 words, and the last two go with the third part
    assert {len(one) for one in cut("表" * 3 * MOST_CHARACTERS)} == {MOST_CHARACTERS}


def test_every_word_is_in_one_sentence() -> None:
    draw = random.Random(5)
    for _ in range(300):
        text = "".join(draw.choice("ab 。.!? Ａ跌(”)1;；…") for _ in range(draw.randint(0, 900)))
        spans = sentences(text)
        assert all(start < end for start, end in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        outside = list(text)
        for start, end in spans:
            outside[start:end] = " " * (end - start)
        assert not any(map(str.isalnum, outside))


@pytest.mark.parametrize("piece", [".", "!?", ". ", '."', "...a", "。", "”", "Mr. ", "a.b.", "x"])
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    text = f"{piece * (100_000 // len(piece))}a"
    assert "".join(cut(text)).count("a") == text.count("a")
