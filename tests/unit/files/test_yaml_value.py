"""YAML values that know their place, for any file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.domain.errors import InvalidInput
from services.files.yaml_document import read_yaml
from services.files.yaml_value import YamlValue

FILE = """\
feeds:
  - {url: ON, every: 2.5}
  - url: 22:00
    retries: 3
    after: ~
"""


def read(text: str = FILE) -> YamlValue:
    return read_yaml(text, "f.yaml", "feeds")


def feeds() -> list[YamlValue]:
    return read().fields(("feeds",))["feeds"].items("feeds")


def test_values_come_as_they_are_written_with_their_path() -> None:
    first, second = (feed.fields(("url",), ("every", "retries", "after")) for feed in feeds())
    assert [each["url"].text("a link") for each in (first, second)] == ["ON", "22:00"]
    assert (first["every"].number(10), second["retries"].whole(1, 3)) == (2.5, 3)
    assert first["every"].path == "feeds[0].every"
    assert first["url"].is_word("ON")
    assert not first["url"].is_word("on")
    assert list(feeds()[1].entries()) == ["url", "retries", "after"]


@pytest.mark.parametrize(
    ("look", "expected"),
    [
        (lambda: read().fields(("feed",)), "1:1: expected one of feed, got 'feeds' (did you mean feed?)"),
        (lambda: read().items("feeds"), "1:1: expected a list of feeds, got a mapping"),
        (lambda: feeds()[0].fields(("url", "name"), ("every",)), "2:5: feeds[0]: expected a field name, got none"),
        (lambda: feeds()[1].text("a link"), "3:5: feeds[1]: expected a link, got a mapping"),
        (lambda: feeds()[1].entries()["after"][1].text("a link"), "5:12: feeds[1].after: expected a link, got nothing"),
        (lambda: feeds()[0].entries()["url"][1].text("a link", str.islower), "2:11: feeds[0].url: expected a link"),
        (lambda: feeds()[0].entries()["every"][1].whole(1, 9), "2:22: feeds[0].every: expected a whole number from 1"),
        (lambda: feeds()[0].entries()["every"][1].number(2), "2:22: feeds[0].every: expected a number above 0 and at"),
        (lambda: read("a: 1\nb: 2\na: 3").entries(), "3:1: expected a once, got it again, after line 1"),
        (lambda: read("~: 1").entries(), "1:1: expected a key, got nothing"),
        (lambda: read("? [a]\n: 1").entries(), "1:3: expected a key, got a list"),
        (lambda: read(" # nothing"), "1:1: expected feeds, got an empty file"),
        (lambda: read("a: *b"), "1:4: no valid YAML: an alias (*name) is not taken; write the value out"),
    ],
)  # fmt: skip
def test_an_error_names_place_path_expected_and_got(look: Callable[[], object], expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        look()
    assert str(caught.value).startswith(f"f.yaml:{expected}")


def test_a_word_of_many_is_suggested() -> None:
    value = feeds()[0].entries()["url"][1]
    assert str(value.wrong("a link", near=("ONE", "TWO"))).endswith("got 'ON' (did you mean ONE?)")
    assert str(value.wrong("a link", near=("TWO",))).endswith("got 'ON'")
