"""Noise changes what it says it changes, no more than it may, and never a name, a negation or a tone."""

from __future__ import annotations

from random import Random

import pytest
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from services.text.mentions import occurrences
from training.augmentation.cashtags import cashtags
from training.augmentation.changes import Change, apply, count_words, perturb
from training.augmentation.chinese_synonyms import chinese_synonyms
from training.augmentation.emoji import emoji
from training.augmentation.english_synonyms import english_synonyms
from training.augmentation.homophones import characters_by_sound, homophones, sounds_of
from training.augmentation.kinds import KINDS, Kind, kinds_in
from training.augmentation.near_characters import look_alikes, near_characters
from training.augmentation.typos import mistyped, typos
from training.augmentation.word_tables import alternatives, fixed_characters, table
from training.data.languages import language_of

TEXTS = {
    "en": "$AAPL shares fell 4 % after Apple said it will not sell cars, see https://t.co/x1 👀",
    "zh": "贵州茅台今天大跌，主力没有进场，散户担心公司业绩下滑，银行贷款也收紧了",
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_same_draws_give_the_same_text_and_names_stay(kind: Kind) -> None:
    names = ["Apple", "$AAPL", "贵州茅台", "银行"]
    for lang in kind.languages:
        text = TEXTS[lang]
        for seed in range(50):
            once = perturb(text, lang, kind.propose, Random(seed), words=0.3, names=names)
            assert once == perturb(text, lang, kind.propose, Random(seed), words=0.3, names=names)
            assert [len(occurrences(once, name)) for name in names] == [len(occurrences(text, name)) for name in names]
            assert "https://t.co/x1" in once or lang == "zh"
        assert any(perturb(text, lang, kind.propose, Random(seed), words=0.3) != text for seed in range(5))


@pytest.mark.parametrize(("share", "most"), [(0.01, 1), (0.2, 3), (0.99, 11)])
def test_no_more_than_the_share_of_the_words_is_changed(share: float, most: int) -> None:
    text = "company shares slips while investors and traders fear weak growth today"
    for seed in range(30):
        changed = perturb(text, "en", typos, Random(seed), words=share)
        before, after = text.split(), changed.split()
        assert sum(a != b for a, b in zip(before, after, strict=True)) <= most


def test_changes_are_made_from_the_end_and_do_not_disturb_each_other() -> None:
    changes = [Change(0, 1, "XX"), Change(0, 0, "-"), Change(3, 3, "!"), Change(2, 3, "")]
    assert apply("abc", changes) == "-XXb!"


def test_words_are_latin_words_and_pairs_of_han_characters() -> None:
    assert count_words("Apple 大跌了 4 %, don't") == 1 + 2 + 2


def test_a_text_is_never_emptied_and_a_name_never_multiplied() -> None:
    assert perturb("$AAPL", "en", lambda *_: [Change(0, 5, "")], Random(1), words=0.5) == "$AAPL"
    text = "Apple falls"
    assert perturb(text, "en", lambda *_: [Change(11, 11, " Apple")], Random(1), words=0.5, names=["Apple"]) == text


def test_synonyms_are_those_of_the_table() -> None:
    every = english_synonyms("Target says revenue fell, not fell-short", "en", Random(0))
    assert [(one.start, one.replacement) for one in every] == [
        (7, "states"),
        (12, "turnover"),
        (20, every[2].replacement),
    ]
    assert every[2].replacement in {"dropped", "declined"}
    chinese = chinese_synonyms("有限公司说公司股价上涨停板，不可能", "zh", Random(0))
    assert [(one.start, one.end, one.replacement) for one in chinese] == [(5, 7, "企业"), (7, 9, "股票价格")]


@pytest.mark.parametrize("name", ["english_synonyms", "chinese_synonyms"])
def test_a_word_stands_in_one_group_and_blockers_hold_a_word(name: str) -> None:
    content = table(name)
    words = [word for group in content["groups"] for word in group]
    assert len(words) == len(set(words))
    assert all(len(group) > 1 for group in content["groups"])
    assert all(any(word in longer for word in words if len(word) > 1) for longer in content.get("whole", []))
    assert not set(content.get("whole", [])) & set(words)


def test_no_group_of_synonyms_joins_good_and_bad() -> None:
    valence = SentimentIntensityAnalyzer().lexicon
    for group in table("english_synonyms")["groups"]:
        signs = {valence[word] > 0 for word in group if word in valence}
        assert len(signs) <= 1, group


def test_misspelt_characters_sound_or_look_alike_and_carry_no_tone() -> None:
    for sound, members in characters_by_sound().items():
        assert {tuple(sounds_of(one)) for one in members} == {(sound,)}
        assert not fixed_characters() & set(members)
    for character, others in look_alikes().items():
        assert not fixed_characters() & {character, *others}
    assert "货" in look_alikes()["贷"]
    for propose in (near_characters, homophones):
        for seed in range(50):
            changed = perturb("不要卖，未跌，没有亏损", "zh", propose, Random(seed), words=0.9)
            assert [one for one in changed if one in fixed_characters()] == list("不卖未跌没亏损")


def test_a_character_sounds_as_in_its_word() -> None:
    changes = homophones("银行", "zh", Random(0))
    assert {(one.start, sounds_of(one.replacement)[0]) for one in changes} <= {(0, "yin2"), (1, "hang2")}
    assert changes


def test_typing_errors_keep_both_ends_and_leave_short_words_and_negations() -> None:
    seen = {mistyped("share", Random(seed)) for seed in range(300)}
    assert {"sahre", "shrae", "shae", "shre", "shaare", "sjare", "shate"} <= seen
    assert all(one[0] == "s" and one[-1] == "e" and 4 <= len(one) <= 6 for one in seen)
    assert {mistyped("Bank", Random(seed)) for seed in range(300)} <= {
        *("Bnak", "Bnk", "Bak", "Baank", "Bannk", "Bsnk", "Bamk", "Babk")
    }
    assert typos("not cut, never, doesn't, $AAPL @user", "en", Random(0)) == []


def test_cashtags_are_added_removed_or_lowered() -> None:
    drawn = {perturb("$AAPL falls", "en", cashtags, Random(seed), words=0.4) for seed in range(60)}
    assert {"falls", "$aapl falls"} <= drawn
    assert any(text.endswith("falls $TSLA") for text in drawn)
    chinese = {perturb("$平安银行(SZ000001)$ 跌了", "zh", cashtags, Random(seed), words=0.1) for seed in range(60)}
    assert "跌了" in chinese
    assert any("SH600519" in text for text in chinese)


def test_emoji_are_put_between_words_and_repeated() -> None:
    neutral = set(table("marks")["emoji"])
    for seed in range(20):
        changed = perturb("to the moon 🚀", "en", emoji, Random(seed), words=0.3)
        assert [word for word in changed.split() if word not in neutral and not word.startswith("🚀")] == [
            *("to", "the", "moon")
        ]
        assert changed != "to the moon 🚀"
    assert "to the moon 🚀🚀" in {perturb("to the moon 🚀", "en", emoji, Random(s), words=0.3) for s in range(30)}


def test_each_language_has_its_kinds() -> None:
    assert [kind.name for kind in kinds_in("zh")] == [
        *("chinese_synonyms", "near_characters", "homophones", "cashtags", "emoji")
    ]
    assert [kind.name for kind in kinds_in("en")] == ["english_synonyms", "typos", "cashtags", "emoji"]
    assert kinds_in("other") == ()
    assert (language_of("shares fall", "und"), language_of("大跌", "und"), language_of("大跌", "en")) == (
        "en",
        "zh",
        "en",
    )


def test_alternatives_of_a_word_in_two_groups_are_those_of_both() -> None:
    assert alternatives(["ab", "bc"]) == {"a": ("b",), "b": ("a", "c"), "c": ("b",)}
