"""A date as it is written to the same in ASCII figures, so that each form need be known once."""

from __future__ import annotations

import re
import unicodedata

_LABEL = re.compile(
    r"^(?:(?:last\s+)?(?:posted|published|updated|date)(?:\s+(?:on|at))?|"
    r"(?:发布|發布|發佈|发表|發表|更新|刊登)?(?:时间|時間|日期|于|於|(?<=[布佈表新登])))\s*:?\s*(?=.)",
    re.IGNORECASE,
)
_NUMERAL = re.compile(r"[〇零○一二三四五六七八九十两兩廿卅]+(?=\s*[年月日号號点點时時分秒天周週小刻星礼个個])")
_DIGITS = {"○": 0, "零": 0, "两": 2, "兩": 2} | {char: value for value, char in enumerate("〇一二三四五六七八九")}


def plain(text: str) -> str:
    """Full-width signs and Chinese numerals as ASCII, without a label in front (`发布时间：`)."""
    folded = unicodedata.normalize("NFKC", text).strip()
    return _LABEL.sub("", _NUMERAL.sub(lambda found: str(_number(found[0])), folded), 1).strip()


def _number(numeral: str) -> int:
    """A Chinese numeral: 十一, 二十, 廿三, or digit by digit as in 二〇二六."""
    spelled = numeral.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = spelled.partition("十")
    if ten:
        return (_DIGITS.get(tens, 1) if tens else 1) * 10 + (_DIGITS.get(ones, 0) if ones else 0)
    return int("".join(str(_DIGITS[char]) for char in spelled))
