"""repair: mojibake is undone where that is certain, seen where it is not, and everything else is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.mojibake import repair

CHINESE = ("钢厂宣布减产，两千人待岗", "$STEEL 裁员 2000 人", "鋼廠宣布減產，兩千人待崗", "煤价跌 3.5%")


@pytest.mark.parametrize("text", CHINESE)
def test_utf8_that_was_read_as_single_bytes(text: str) -> None:
    assert repair(text.encode().decode("latin-1")) == (text, True, False)


@pytest.mark.parametrize("text", [text for text in CHINESE if "鋼" not in text])  # traditional ones are no GB 2312
def test_gb_2312_that_was_read_as_single_bytes(text: str) -> None:
    assert repair(text.encode("gb2312").decode("latin-1")) == (text, True, False)


@pytest.mark.parametrize(
    ("mojibake", "text"),
    [
        ("Steelmakerâ€™s profit â€” gone", "Steelmaker’s profit — gone"),
        ("Ã„rger bei StÃ¤hle", "Ärger bei Stähle"),
        ("Steelmaker鈥檚 profit", "Steelmaker’s profit"),
        ("閽㈠巶瀹ｅ竷鍑忎骇", "钢厂宣布减产"),
    ],
)
def test_usual_forms(mojibake: str, text: str) -> None:
    assert repair(mojibake) == (text, True, False)


def test_what_lost_a_byte_is_repaired_but_for_that() -> None:
    found = repair("公司股价大跌，投资者信心不足，前景堪忧".encode().decode("gb18030", "replace"))
    assert found.changed
    assert found.damaged
    assert found.text.startswith("公司股价大跌")
    assert found.text.endswith("前景堪忧")


@pytest.mark.parametrize("text", ["亏损锟斤拷扩大", "profit \ufffd\ufffd down", "璺屽仠锛�"])
def test_what_cannot_be_repaired_is_seen(text: str) -> None:
    assert repair(text) == (text, False, True)


@pytest.mark.parametrize(
    "text",
    [*CHINESE, "plain", "Café — “naïve” façade, £5bn ±2 %, 3 × ½", "Ärger über Übernahme", "ÉÈÊË", "製鉄所が減産",
     "제철소", "Завод", "镕基 喆啡", "饕餮盛宴", "😀 to the moon 🚀", "it’s ok…", "Ão Paulo, São Tomé"],
)  # fmt: skip
def test_honest_text_is_left_alone(text: str) -> None:
    assert repair(text) == (text, False, False)


@given(st.text(max_size=100))
def test_any_text_gives_a_text_that_can_be_sent(text: str) -> None:
    found = repair(text)
    assert isinstance(found.text, str)
    assert found.changed == (found.text != text)
