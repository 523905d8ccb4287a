"""Signs beside a name that is an ordinary word too that here it is the company."""

from __future__ import annotations

import re

_NOUNS = (
    "shares?|stocks?|stake|shareholders?|investors?|ceo|cfo|chief|chairman|chairwoman|boss|executives?|board|"
    "profits?|earnings|revenues?|sales|results|quarterly|guidance|dividend|ipo|bonds?|stores?|workers|employees|"
    "customers|unit|inc|corp|co|ltd|plc|group|holdings?|company|motor|airlines?|air|bank"
)
_VERBS = (
    "says?|said|sees|saw|posts|posted|reports|reported|beats|misses|cuts|raises|lifts|plans|recalls|sues|sued|"
    "settles|names|hires|agrees|buys|sells|announces|announced|unveils|launches|warns|expects|forecasts|shuts|"
    "closes|opens|faces|wins|loses|falls|fell|rises|rose|drops|jumps|slips|gains|surges|tumbles|plunges|slides|"
    "soars|tops|to|is|was|has|had|will|may|would|could|and|seeks|bets|gets|takes|makes|pays|fined|earns|swings|"
    "drags|leads|joins|teams|completes|considering|mulls|eyes|nears|taps|appoints|halts|suspends|resumes|denies|"
    r"[a-z]{2,}[a-rt-z]s|[a-z]{3,}ed"
)
_ENGLISH_NOUN = re.compile(rf"(?:['’]s?)?[\s-](?:{_NOUNS}|q[1-4])\b", re.IGNORECASE)
_ENGLISH_VERB = re.compile(rf"['’]s\b|\s(?:{_VERBS})\b")
_ENGLISH_BEFORE = re.compile(
    r"\b(?:shares of|stock of|giant|maker|carmaker|automaker|retailer|airline|lender|insurer|rival|chain|major)\s$",
    re.IGNORECASE,
)
_LOWER_WORD_BEFORE = re.compile(r"(?:^|\s)[a-z][a-z'’]*,?\s$")
_LOWER_OR_END = re.compile(r"['’]s\b|[,;.!?)]|\s[a-z]|$")
_NAME_BEFORE = re.compile(r"[A-Z][\w'’.&-]*\s$")

_NEWS = "重组|取得|终止|复牌|停牌|可转债|定增|减持|增持|回购|签|质押|募资|收购|获|收到|调研|上市|补助|季报|年报"
_CHINESE_AFTER = re.compile(
    rf"\s?[(（](?:[A-Za-z]{{2}})?\d{{4,6}}|\s?[:：](?=.*(?:净利|营收|公告|公司|拟|股|中标|亿元|万元|业绩|预计|{_NEWS}))|"
    r"(?:股价|股票|股份(?:有限)?公司|公告|董事长|董事会|总裁|控股股东|实控人|实际控制人|披露|公布|回复|涨停|跌停|一字板|财报|年报|"
    r"季报|半年报|中报|业绩|净利|营收|拟|[涨跌](?=[停超近逾幅至到了\d])|高开|低开|复牌|停牌|午后|盘中|发布)"
)
_CHINESE_MARK_BEFORE = re.compile(r"(?:ST|上市公司|A股公司|龙头股?)$")
_LIST = re.compile(r"\s?(?:[,、/&]|and|和|与|及)\s?|\s(?:and|or|&)\s")
_IDEOGRAPH = re.compile(r"[一-鿿]")


def is_company_here(text: str, start: int, end: int) -> bool:
    """Does what stands around `text[start:end]`, an ordinary word, say that it is a company?"""
    before, after = text[max(0, start - 24) : start], text[end : end + 40]
    if _IDEOGRAPH.match(text, start) or _IDEOGRAPH.match(text, end - 1):
        return _chinese(before, after)
    return _english(before, after, several=" " in text[start:end])


def is_list(between: str) -> bool:
    """Does `between` join two names of one list ("Visa, Mastercard", "机器人、埃斯顿")?"""
    return _LIST.fullmatch(between) is not None


def _chinese(before: str, after: str) -> bool:
    """The word stands at the start of a clause and what follows is said of listed companies only."""
    if _IDEOGRAPH.match(before[-1:]) and not _CHINESE_MARK_BEFORE.search(before):
        return False
    return bool(_CHINESE_MARK_BEFORE.search(before) or _CHINESE_AFTER.match(after))


def _english(before: str, after: str, several: bool) -> bool:
    """A business word beside it, or capitals where a sentence that is otherwise in lower case needs none.

    Of `several` words the second has no need of a capital even at the start of the sentence.
    """
    if _ENGLISH_BEFORE.search(before) or _ENGLISH_NOUN.match(after):
        return True
    if _NAME_BEFORE.search(before):
        return False  # "Harrison Ford says", "Kansas City Southern": part of a longer name
    if _ENGLISH_VERB.match(after):
        return True
    return bool((several or _LOWER_WORD_BEFORE.search(before)) and _LOWER_OR_END.match(after))
