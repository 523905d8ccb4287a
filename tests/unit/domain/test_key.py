"""Followed keys as values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.key import KINDS, MonitoredKey

keys = st.builds(MonitoredKey, st.sampled_from(KINDS), st.text(min_size=1))


@given(keys)
def test_a_key_survives_its_string(key: MonitoredKey) -> None:
    assert MonitoredKey.parse(str(key)) == key


@given(st.lists(keys))
def test_keys_sort_as_their_strings_do(found: list[MonitoredKey]) -> None:
    assert [str(key) for key in sorted(found)] == sorted(map(str, found))


@pytest.mark.parametrize("text", ["", "company", "company:", ":AAPL", "person:Musk"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a key such as company:AAPL.*got"):
        MonitoredKey.parse(text)


def test_a_key_says_its_company_and_its_topic() -> None:
    assert str(MonitoredKey.of_company("600519.SH")) == "company:600519.SH"
    assert str(MonitoredKey.of_topic("fraud")) == "topic:fraud"
    assert str(MonitoredKey.of_pair("fraud", "AAPL")) == "pair:fraud|AAPL"
    assert [(key.company, key.topic) for key in map(MonitoredKey.parse, ("company:AAPL", "topic:fraud"))] == [
        ("AAPL", None),
        (None, "fraud"),
    ]
    pair = MonitoredKey.parse("pair:a|b|AAPL")
    assert (pair.topic, pair.company) == ("a|b", "AAPL")
    assert (MonitoredKey("market", "company").company, MonitoredKey("market", "company").topic) == (None, None)


def test_a_label_calls_companies_by_their_names() -> None:
    names = {"AAPL": "Apple 苹果"}
    assert MonitoredKey.of_company("AAPL").label(names) == "Apple 苹果"
    assert MonitoredKey.of_company("MSFT").label(names) == "MSFT"
    assert MonitoredKey.of_pair("fraud", "AAPL").label(names) == "fraud of Apple 苹果"
    assert MonitoredKey.of_topic("fraud").label(names) == "fraud"
