"""decode: what the bytes bear out, whatever is stated; any bytes give a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.double_byte import UNUSUAL, decode_double_byte
from services.text.encoding import codec_of, decode

SIMPLIFIED = "<p>钢厂宣布减产，两千人待岗</p>"
TRADITIONAL = "<p>鋼廠宣布減產，兩千人待崗</p>"
WESTERN = "<p>“Café chain” loses £5m — it’s grim</p>"
STATED: list[list[str]] = [
    [],
    ["utf-8"],
    ["iso-8859-1"],
    ["us-ascii", "gb2312"],
    ["no-such-encoding"],
    ["utf-7", "idna"],
]


@pytest.mark.parametrize("stated", STATED)
@pytest.mark.parametrize(
    ("text", "encoding", "read_as"),
    [
        (SIMPLIFIED, "gbk", "gb18030"),
        (SIMPLIFIED, "utf-8", "utf-8"),
        (SIMPLIFIED, "utf-8-sig", "utf-8"),
        (SIMPLIFIED, "utf-16", "utf-16-le"),
        (SIMPLIFIED, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "big5hkscs"),
        (TRADITIONAL, "gbk", "gb18030"),
        (WESTERN, "utf-8", "utf-8"),
        ("plain", "ascii", "utf-8"),
    ],
)
def test_the_encoding_is_found_whatever_is_stated(text: str, encoding: str, read_as: str, stated: list[str]) -> None:
    assert decode(text.encode(encoding), stated) == (text, read_as)


@pytest.mark.parametrize("stated", [[], ["utf-8"], ["iso-8859-1"], ["us-ascii"]])
def test_what_is_nothing_else_is_windows_1252(stated: list[str]) -> None:
    assert decode(WESTERN.encode("cp1252"), stated) == (WESTERN, "cp1252")


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [("製鉄所が減産を発表", "shift_jis", "Shift_JIS"), ("Завод сократит людей", "cp1251", "windows-1251"),
     ("제철소 감산 발표", "euc_kr", "EUC-KR")],
)  # fmt: skip
def test_other_encodings_are_believed_where_they_are_stated(text: str, encoding: str, label: str) -> None:
    assert decode(text.encode(encoding), [label]).text == text


@pytest.mark.parametrize("text", ["被查", "拼搏百天促转型", "６月停牌", "哔哩哔哩番剧下架", "鋼廠發債違約"])
@pytest.mark.parametrize("stated", [["gb2312"], ["utf-8", "gbk"]])
def test_a_short_text_is_read_as_stated(text: str, stated: list[str]) -> None:
    assert decode(text.encode("gb18030"), stated).text == text


def test_rare_characters_are_read_as_stated() -> None:
    assert decode("镕喆".encode("gbk"), ["gb2312"]).text == "镕喆"


def test_a_few_chinese_bytes_that_are_utf8_by_chance() -> None:
    data = "联网".encode("gbk") + "一".encode("gbk")
    assert decode(data, ["gb2312"]).text == "联网一"
    assert decode("café".encode(), ["gb2312"]).text == "café"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (SIMPLIFIED.encode().replace("钢".encode(), b"\xe9\x92"), "<p>\ufffd厂宣布减产，两千人待岗</p>"),
        (SIMPLIFIED.encode("gbk").replace("减".encode("gbk"), b"\xbc"), "<p>钢厂宣布\ufffd产，两千人待岗</p>"),
        (
            SIMPLIFIED.encode("gbk").replace("减".encode("gbk"), b"\xff\xbc\xf5"),
            "<p>钢厂宣布\ufffd减产，两千人待岗</p>",
        ),
        (SIMPLIFIED.encode("gbk").replace("岗".encode("gbk"), b"\xb8"), "<p>钢厂宣布减产，两千人待\ufffd</p>"),
        (TRADITIONAL.encode("big5").replace("減".encode("big5"), b"\xb4"), "<p>鋼廠宣布\ufffd產，兩千人待崗</p>"),
    ],
)
def test_one_bad_byte_costs_one_character(data: bytes, text: str) -> None:
    assert decode(data, ["gb2312"] if b"<p>\xb8" in data else []).text == text


@pytest.mark.parametrize(
    ("label", "codec"),
    [("gb2312", "gb18030"), ("x-gbk", "gb18030"), ("Big5-HKSCS", "big5hkscs"), (" ISO-8859-1 ", "cp1252"),
     ("utf8", "utf-8"), ("idna", None), ("unicode_escape", None), ("base64", None), ("utf-7", None),
     ("hz-gb-2312", None)],
)  # fmt: skip
def test_only_encodings_of_the_web_are_known(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec


@given(st.binary(max_size=300), st.lists(st.sampled_from(["utf-8", "gbk", "big5", "latin1", "shift_jis"]), max_size=2))
def test_any_bytes_give_a_text(data: bytes, stated: list[str]) -> None:
    assert isinstance(decode(data, stated).text, str)


def is_usual(char: str) -> bool:
    return char.encode("gb18030") == char.encode("gb2312") and not UNUSUAL.search(char)


@given(st.text(st.characters(codec="gb2312").filter(is_usual), max_size=40))
def test_what_is_whole_and_usual_is_read_as_it_is(text: str) -> None:
    data = text.encode("gb18030")
    assert decode_double_byte(data, "gb18030") == data.decode("gb18030")
