"""Streams of one voice and of many: a story that outlets copy, spam from a template, a crowd with one slogan.

Everybody has an author and a source of his own, so that nothing but the words tells them apart.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from services.domain.messages import Company, ScoredText
from tests.factories import DAY, HOUR, NEGATIVE, NEUTRAL, START, scored
from tests.harness.sentences import sentence

DAYS = 15
"""Of the quiet background."""
HIT_AT = START + DAYS * DAY - 5 * HOUR
"""When the texts of `within_two_hours` begin."""

STORIES = {
    "en": "Harbour Foods pulls nine lines of frozen berries from shelves after inspectors trace a hepatitis outbreak"
    " to its plant in Leeds, and its shares close eleven percent lower",
    "short en": "Northgate Rail cancels half of its trains after drivers walk out over unpaid overtime",
    "zh": "远洋乳业承认三个批次奶粉细菌总数超标,市场监管部门已责令停产整顿,公司股价午后一度跌停",
    "title zh": "长河汽车因刹车软管开裂召回二十一万辆轿车,交易所要求说明情况",
}
_BEFORE = {
    "en": ["", "", "UPDATE 3-", "RPT-", "CORRECTED-", "LEEDS, Aug 15 (Reuters) - ", "(Bloomberg) -- ", "Watch: ",
           "REFILE-", "Top story: ", "By Jane Roe and John Doe. ", "* "],
    "zh": ["", "", "快讯:", "【财联社】", "财联社8月15日电,", "突发!", "(记者 王某)", "重磅|", "更新2-", "早报:"],
}  # fmt: skip
_AFTER = {
    "en": ["", "", " - MarketWatch", " | Financial Times", " (Adds share move, background)", " - The Business Desk",
           " (Writing by P. Smith in London; editing by Q. Brown)", " #food #recall", " via @newsdesk",
           " ... [+1840 chars]", " Read the whole story: http://s.example/1f",
           " Copyright 2026 The Agency. Distributed under licence."],
    "zh": ["", "", " - 新浪财经", " | 东方财富网", "(责任编辑:李某)", "(来源:证券时报网)", " 查看全文", "_腾讯新闻",
           " 本文仅代表作者观点,不构成投资建议", "。更多内容请下载客户端"],
}  # fmt: skip

SLOGANS = {
    "en": ["boycott {0}", "Boycott {0} now!", "{0} out", "never {0} again", "shame on {0}", "no more {0} for me"],
    "zh": ["拒绝{0}", "{0}滚蛋", "再也不去{0}", "{0}必须道歉", "拒绝{0}到底", "{0}滚出这里"],
}

Write = Callable[[random.Random], str]
"""One text more."""


def copied_story(story: str, language: str, *, shortened: bool = False) -> Write:
    """A story under prefixes and suffixes of the wires; `shortened`: some outlets cut it, some quote a part of it."""

    def write(source: random.Random) -> str:
        text = story
        if shortened and source.random() < 0.4:
            text = text[: int(len(text) * source.uniform(0.6, 0.9))]
        return source.choice(_BEFORE[language]) + text + source.choice(_AFTER[language])

    return write


def spam(language: str, name: str) -> Write:
    """A template with rotating words, addresses and codes."""

    def write(source: random.Random) -> str:
        code = "".join(source.choices("0123456789ABCDEFGHJKLMNP", k=6))
        if language == "zh":
            opening, when = (
                source.choice(["警报", "注意", "速看", "快跑", "紧急"]),
                source.choice(["明天", "今晚", "下周", "马上"]),
            )
            sign = source.choice(["", "!", "🚨", "!!!"])
            return f"{opening}{sign} {name}{when}要崩,加微信 {code} 进群领取做空名单,名额有限先到先得{sign}"
        opening = source.choice(["Folks", "Traders", "URGENT", "Heads-up", "Psst"])
        when, sign = source.choice(["tonight", "Monday", "shortly"]), source.choice(["", "!", "🔥🔥", "..."])
        return (
            f"{opening}{sign} ${name} is about to collapse {when}, my group called the last five drops,"
            f" get in free at wa.example/{code.lower()} with code {code}{sign}"
        )

    return write


def slogan(language: str, name: str) -> Write:
    """A few short words, in few variants."""
    return lambda source: source.choice(SLOGANS[language]).format(name)


def within_two_hours(
    write: Write, company: str, mention: str, *, count: int = 40, at: int = HIT_AT, seed: int = 1
) -> list[ScoredText]:
    """`count` negative texts about a company within two hours, each by an author and from a source of its own."""
    source = random.Random(f"{company} {seed}")
    times = sorted(at + source.randrange(2 * HOUR) for _ in range(count))
    return [
        _text(f"{company}-{seed}-{n}", time, write(source), company, mention, NEGATIVE) for n, time in enumerate(times)
    ]


def background(companies: Sequence[tuple[str, str]], *, seed: int = 1) -> list[ScoredText]:
    """`DAYS` days of 3 to 9 different texts a day about each (company, mention), 12 % of them negative."""
    source = random.Random(seed)
    texts = []
    for company, mention in companies:
        for day in range(DAYS):
            for number in range(source.randint(3, 9)):
                time = START + day * DAY + source.randrange(DAY)
                sentiment = NEGATIVE if source.random() < 0.12 else NEUTRAL
                text = f"{mention} {sentence(source.randrange(10**9), 7)}"
                texts.append(_text(f"{company}-{seed}-{day}-{number}b", time, text, company, mention, sentiment))
    return texts


def _text(
    id: str, time: int, text: str, company: str, mention: str, sentiment: tuple[float, float, float]
) -> ScoredText:
    made = scored(0, time, sentiment, text=text, author=f"author {id}", company=company, source=f"source {id}")
    return replace(made, event_id=id, origin=None, companies=(Company(id=company, mention=mention),))
