"""Near duplicates are found by similarity, leaks by likeness, and groups stay on one side."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from services.cli import app
from training.data.leaks import Leak, Likeness, find_leaks, shared_groups
from training.data.near_duplicates import near_duplicate_groups, near_pairs
from training.data.split import whole_groups
from training.errors import ConfigError

LONG = "the company said on monday that its profit for the quarter rose"


def _jaccard(a: str, b: str) -> float:
    one, two = ({text[at : at + 5] for at in range(max(1, len(text) - 4))} for text in (a, b))
    return len(one & two) / len(one | two)


def test_pairs_are_those_that_comparing_all_finds() -> None:
    random = Random(1)
    letters = "abcdefgh中文字符"
    texts = ["".join(random.choices(letters, k=random.randint(3, 60))) for _ in range(60)]
    for text in texts[:40]:
        place = random.randrange(len(text))
        texts.append(text[:place] + random.choice(letters) + text[place + 1 :])
        texts.append(text + random.choice(letters))
    texts += ["", "", "abc", "abc"]
    every = [(i, j) for i in range(len(texts)) for j in range(i + 1, len(texts)) if texts[i] and texts[j]]
    expected = [(i, j, _jaccard(texts[i], texts[j])) for i, j in every if _jaccard(texts[i], texts[j]) >= 0.8]
    assert len(expected) > 40
    assert near_pairs(texts) == expected


def test_sides_leave_out_pairs_of_one_side() -> None:
    texts = [LONG, LONG + " a", LONG + " b"]
    assert [pair[:2] for pair in near_pairs(texts)] == [(0, 1), (0, 2), (1, 2)]
    assert [pair[:2] for pair in near_pairs(texts, sides=[0, 0, 1])] == [(0, 2), (1, 2)]
    assert near_pairs([]) == near_pairs(["", ""]) == []


def test_groups_are_connected_components() -> None:
    chain = [LONG, LONG + " by a tenth", LONG + " by a tenth and more"]
    assert not any(pair[:2] == (0, 2) for pair in near_pairs(chain))
    groups = near_duplicate_groups([*chain, "other", "other"])
    assert groups == {**dict.fromkeys(chain, LONG), "other": "other"}


def test_a_group_of_which_a_part_is_in_training_goes_to_training() -> None:
    links = [("a", "a"), ("b", "a"), ("c", "c"), ("d", "d"), ("e", "d")]
    assert whole_groups(frozenset("acde"), links) == frozenset("cde")
    assert whole_groups(frozenset(), links) == frozenset()


def test_companies_go_to_training_with_those_they_share_a_story_with() -> None:
    links = [("A", "1"), ("A", "2"), ("B", "2"), ("B", "3"), ("C", "3"), ("D", "4"), ("E", "5")]
    assert whole_groups(frozenset("BCDE"), links) == frozenset("DE")
    assert whole_groups(frozenset("ABCD"), links) == frozenset("ABCD")


def test_each_test_text_has_its_closest_leak() -> None:
    train = ["Profit rises 4%", LONG + " sharply", LONG, "!!!", "https://t.co/1"]
    tests = ["Nothing alike", "Profit  rises 4% https://t.co/2", "profit rises 5%!", LONG + "s", "???", "!!!", ""]
    found = find_leaks(train, tests)
    assert found[:2] == [Leak(1, 0, Likeness.EXACT, 1.0), Leak(2, 0, Likeness.SAME_WORDS, 1.0)]
    near = _jaccard(LONG, LONG + "s")
    assert (found[2].test, found[2].train, found[2].likeness) == (3, 2, Likeness.NEAR)
    assert found[2].jaccard == pytest.approx(near)
    assert found[3:] == [Leak(5, 3, Likeness.EXACT, 1.0)]


def test_command_counts_leaks_and_ends_with_1(tmp_path: Path) -> None:
    def write(name: str, *texts: str) -> str:
        path = tmp_path / name
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        return str(path)

    train = write("train.jsonl", "Profit rises 4%", LONG)
    (tmp_path / "test.csv").write_text(f"text\nProfit rises 4%\nprofit rises 5%\n{LONG}s\nfree [text]\n")
    clean = write("clean.jsonl", "free [text]")
    ran = CliRunner().invoke(app, ["leaks", train, clean, str(tmp_path / "test.csv")])
    assert ran.exit_code == 1
    output = " ".join(ran.output.split())
    assert "0 of 1 texts are in the training texts (none)" in output
    assert "3 of 4 texts are in the training texts (1 exact, 1 near, 1 same words)" in output
    assert CliRunner().invoke(app, ["leaks", train, clean]).exit_code == 0
    assert CliRunner().invoke(app, ["leaks", train]).exit_code == 2


def test_groups_on_both_sides_are_counted() -> None:
    shared = shared_groups(["Apple", "", "Tesla", "Apple"], ["Apple", "Cisco", "", "Apple", "Tesla"])
    assert shared == {"Apple": 2, "Tesla": 1}
    assert not shared_groups(["Apple"], ["apple", ""])


def test_command_finds_groups_on_both_sides(tmp_path: Path) -> None:
    def write(name: str, *rows: tuple[str, str]) -> str:
        path = tmp_path / name
        path.write_text("text,company\n" + "".join(f"{text},{company}\n" for text, company in rows))
        return str(path)

    train = write("train.csv", ("profit rises", "Apple"), ("oil is flat", "Shell"))
    mixed = write("mixed.csv", ("a new phone", "Apple"), ("a new car", "Tesla"), ("a new chip", "Apple"))
    apart = write("apart.csv", ("a new car", "Tesla"), ("no company", ""))
    assert CliRunner().invoke(app, ["leaks", train, mixed]).exit_code == 0
    ran = CliRunner().invoke(app, ["leaks", train, mixed, "--group", "company"])
    assert ran.exit_code == 1
    output = " ".join(ran.output.split())
    assert "1 values of company are in the training rows, with 2 rows here Apple: 2 rows" in output
    assert CliRunner().invoke(app, ["leaks", train, apart, "--group", "company"]).exit_code == 0
    with pytest.raises(ConfigError, match=r"train\.csv: expected rows with a field author, got none"):
        CliRunner().invoke(app, ["leaks", train, apart, "--group", "author"], catch_exceptions=False)
    config = tmp_path / "config.yaml"
    assert CliRunner().invoke(app, ["leaks", str(config), apart, "--group", "company"]).exit_code == 2
