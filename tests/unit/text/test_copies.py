"""What repeats another text, in English and Chinese, and what does not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.copies import CORE_BITS, SLOGAN_BITS, is_passed_on, shared_bits, sketch
from tests.harness.copied import STORIES, copied_story, slogan, spam
from tests.harness.sentences import sentence

CORE = "regulators fine the lender two hundred million for charging the dead, and its chairman resigns"
KERN = "监管机构对该行开出两亿元罚单,董事长引咎辞职,股价创一年新低"


def bits(a: str, b: str, subject: str = "") -> float:
    return float(shared_bits(sketch(a, subject), [sketch(b, subject)])[0])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (f"UPDATE 4-{CORE}", f"{CORE} - The Daily Ledger"),
        (f"SYDNEY, March 3 (Reuters) - {CORE}", f"{CORE} (Reporting by X. Y.; Editing by Z. W.)"),
        (CORE, CORE[: len(CORE) * 6 // 10]),
        (CORE, f"Wow. They wrote today: '{CORE}' and nobody at all is surprised any more"),
        (CORE, f"{CORE}. " + " ".join(sentence(n) for n in range(4))),
        (f"快讯:{KERN}", f"{KERN} | 某某财经"),
        (f"【早报】{KERN}", f"(记者 张三){KERN}(责任编辑:李四)"),
        (KERN, KERN[:18]),
    ],
)
def test_a_story_is_found_under_what_is_put_around_it(a: str, b: str) -> None:
    assert bits(a, b) == bits(b, a) > CORE_BITS


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_template_is_found_under_its_words_that_change(language: str) -> None:
    write, source = spam(language, "某公司"), random.Random(5)
    first = sketch(write(source))
    assert (shared_bits(first, [sketch(write(source)) for _ in range(50)]) > SLOGAN_BITS).all()


@pytest.mark.parametrize("story", STORIES)
def test_all_who_copy_a_story_are_one(story: str) -> None:
    write, source = copied_story(STORIES[story], story[-2:] if story[-2:] in ("en", "zh") else "zh"), random.Random(6)
    texts = [sketch(write(source)) for _ in range(60)]
    assert sum(bool(found) for found in shared_bits(texts[0], texts)) >= 57


@pytest.mark.parametrize(
    ("a", "b", "subject"),
    [
        (
            "Meridian shares fall after recall of ovens",
            "Meridian shares fall after its founder sells stock",
            "Meridian",
        ),
        ("Meridian cuts jobs", "Meridian cuts its outlook", "Meridian"),
        ("某行被立案调查,股价跌停", "某行董事被带走,储户排队取款", "某行"),
        ("$ABC good", "$ABC bad", "$ABC"),
        ("垃圾", "好股", ""),
        ("🚀🚀", "📉", ""),
    ],
)
def test_different_texts_about_one_company_are_not(a: str, b: str, subject: str) -> None:
    assert bits(a, b, subject) == 0.0


@pytest.mark.parametrize(("language", "name"), [("en", "Costwell"), ("zh", "某超市")])
def test_a_slogan_says_no_more_than_many_find_for_themselves(language: str, name: str) -> None:
    write, source = slogan(language, name), random.Random(7)
    texts = [sketch(write(source), name) for _ in range(40)]
    shared = shared_bits(texts[0], texts)
    assert 0 < max(shared) <= SLOGAN_BITS


def test_the_name_of_the_subject_is_left_out_as_a_word() -> None:
    assert sketch("Boycott Kona", "kona") == sketch("boycott")
    assert sketch("ko koala", "KO") == sketch("koala")
    assert sketch("再见某行再见", "某行") != sketch("再见某行再见")


def test_the_most_alike_is_told_of_several_and_old_states_share_nothing() -> None:
    others = [sketch(sentence(1)), b"", sketch(CORE)]
    assert [bool(one) for one in shared_bits(sketch(f"{CORE} today"), others)] == [False, False, True]
    assert shared_bits(b"", others).tolist() == [0.0, 0.0, 0.0]
    assert shared_bits(sketch(CORE), []).tolist() == []


def test_a_sketch_is_the_same_for_ever() -> None:
    """State that was stored yesterday is compared with texts of today."""
    assert sketch("good").hex().rstrip("0") == "09000100fb8d"
    assert sketch("垃圾股").hex().rstrip("0") == "100002009893fdf5"


@pytest.mark.parametrize(
    ("text", "passed_on"),
    [
        ("boycott them", False),
        ("never again - ever", False),
        ("what a shame (really)", True),
        ("so bad https://x.example/1", True),
        ("join us at t.example/abc", True),
        ("RT @somebody: boycott them", True),
        ("Lender fined - The Daily Ledger", True),
        ("银行被罚 | 某某财经", True),
        ("银行被罚_某某财经", True),
        ("【快讯】银行被罚", True),
        ("UPDATE 2-Lender fined", True),
        ("抵制到底!", False),
    ],
)
def test_what_shows_that_it_comes_from_elsewhere(text: str, passed_on: bool) -> None:
    assert is_passed_on(text) is passed_on


@given(st.text(), st.text(max_size=20))
def test_any_text_has_a_sketch_that_repeats_itself(text: str, subject: str) -> None:
    made = sketch(text, subject)
    assert len(made) == 52
    assert shared_bits(made, [made])[0] > 0
