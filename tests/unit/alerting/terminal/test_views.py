"""Alerts as a terminal shows them, line by line."""

from __future__ import annotations

import unicodedata
from zoneinfo import ZoneInfo

import msgspec
import pytest

from services.alerting.incidents.history import History
from services.alerting.terminal.chart import bar_chart
from services.alerting.terminal.evidence import MOST_CHARACTERS, marked
from services.alerting.terminal.list import listing
from services.alerting.terminal.message_line import message_line
from services.alerting.terminal.show import detail
from services.alerting.terminal.terms import duration, rarity
from services.domain.local_time import LocalTime
from services.domain.messages import Highlight
from tests.factories import BEST, ESCALATED, HOUR, MINUTE, cleared, raised, record_of
from tests.harness.terminal import lines_of

RULE = raised(
    id="company:600519.SH@2014-09-03T15:41:00Z/legal-risk",
    channel="rule",
    rule="legal-risk",
    entity="600519.SH",
    name="贵州茅台",
    severity=3,
    p_value=1.0,
    observed=2.0,
    window_minutes=90,
    watchlists=(),
    evidence=(),
    timeline=(),
)

MARKET = raised(
    id="market:company@2014-09-03T15:41:00Z",
    channel="market",
    kind="market",
    entity="company",
    name="company",
    observed=7.0,
    texts=87.0,
    window_minutes=30,
    watchlists=(),
    evidence=(),
    timeline=(),
)
HOSTILE = "\x1b[2J\x1b]0;title\x07[red]\u202eevil\u2066 <b>{{x}}</b>\nsecond line\u2028third"


def test_incidents_are_a_table_that_marks_what_is_open() -> None:
    over = record_of(raised(), ESCALATED, cleared(raised(), severity=4, score=4.0, p_value=1e-7))
    # fmt: off
    assert lines_of(listing([record_of(RULE), over], 3), 120) == [
        "",
        " severity 级别       key 对象                   raised 触发 (UTC)   texts 文本              "
        "  best text 最强证据",
        " " + "─" * 118,
        " ● 3 high 高         company:600519.SH          2014-09-03 15:41    2 texts",
        "                     (贵州茅台)                 open 未解除         within 90 min",
        "                     rule 规则 legal-risk",
        " ○ 4 critical 严重   company:AAPL               2014-09-03 15:41    31.5 against 0.7        "
        "  Apple's iCloud was hacked",
        "                     negative 负面              4 h                 expected                "
        "  and the pictures are",
        "                     关注 all, risk                                 in 4 h, p 1e-07         "
        "  everywhere, sell now",
        "",
        "2 shown, 1 open; 3 more with --limit. 显示 2 起，未解除 1 起。",
        "One in full: groundswell alerts show KEY@TIME, such as company:600519.SH@2014-09-03T15:41; a key"
        " alone shows its latest.",
    ]
    # fmt: on


def test_no_incidents_are_said() -> None:
    assert lines_of(listing([], 0), 80)[0] == "No incidents 无."
    assert "groundswell backtest" in " ".join(lines_of(listing([], 0), 80))


def test_one_incident_in_full() -> None:
    history = History()
    over = cleared(raised(), after=5 * HOUR + 5 * MINUTE, severity=4, score=4.0, p_value=1e-7)
    for message in (raised(), ESCALATED, over):
        history.apply(message)
    record = history.records[over.id]
    # fmt: off
    assert lines_of(detail(record, history.steps[over.id]), 92) == [
        "○ 4 critical 严重  company:AAPL  negative 负面",
        "company:AAPL@2014-09-03T15:41:00Z",
        "cleared 解除 2014-09-03 20:46 UTC after 5 h 5 min, raised 触发 2014-09-03 15:41 UTC",
        "watchlists 关注: all, risk",
        "",
        "Numbers 数字",
        "31.5 against 0.7 expected in 4 h: weighted negative texts (copies, and one author again,",
        "count less)",
        "11.4 weighted texts of any sentiment in that window",
        "score 4.00 at most, 0.75 raises an alert",
        "p-value 1e-07: as rare as once in 10,000,000 quiet key-days",
        "",
        "Weighted negative texts by the hour 每小时负面文本 (UTC), until 2014-09-03 16:11",
        "5.4 │                                                                     ██",
        "    │                                                                     ██",
        "    │                                                                     ██",
        "    │                                                                  ▅▅ ██",
        "    │                                                            ▇▇    ██ ██",
        "  0 └───────────────────────────────────────────────────────────────────────",
        "     17 18 19 20 21 22 23 00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16",
        "",
        "History 经过 (UTC)",
        "2014-09-03 15:41  raised 触发     2 warning 警告   score 1.25  p 0.0003",
        "2014-09-03 16:11  escalated 升级  4 critical 严重  score 3.50  p 2.1e-06",
        "2014-09-03 20:46  cleared 解除    4 critical 严重  score 4.00  p 1e-07",
        "",
        "Evidence 证据 («…» made it so 关键词句)",
        "1. 97 % negative 负面, seen 3 times, twitter, 2014-09-03 15:20",
        "   Apple's iCloud was «hacked» and the pictures are everywhere, «sell» now",
        "   https://example.org/1",
        "2. 91 % negative 负面, seen once, 雪球, 2014-09-03 15:39",
        "   苹果云端照片外泄，股价下跌",
    ]
    # fmt: on


def test_times_are_those_of_the_reader() -> None:
    beijing = LocalTime(ZoneInfo("Asia/Shanghai"))
    history = History()
    over = cleared(raised(), after=5 * HOUR)
    for message in (raised(), over):
        history.apply(message)
    lines = lines_of(detail(history.records[over.id], history.steps[over.id], beijing), 92)
    assert lines[1:3] == [
        "company:AAPL@2014-09-03T15:41:00Z",
        "cleared 解除 2014-09-04 04:41 UTC+08:00 after 5 h, raised 触发 2014-09-03 23:41 UTC+08:00",
    ]
    assert "Weighted negative texts by the hour 每小时负面文本 (Asia/Shanghai), until 2014-09-03 23:41" in lines
    (hours,) = (line for line in lines if line.startswith("     00 01"))
    assert hours.split()[-1] == "23"
    assert lines[lines.index("History 经过 (Asia/Shanghai)") + 1].startswith("2014-09-03 23:41  raised")
    assert "1. 97 % negative 负面, seen 3 times, twitter, 2014-09-03 23:20" in lines
    assert lines_of(message_line("cleared", over, beijing), 300)[0].startswith("2014-09-04 04:41 UTC+08:00  cleared")
    table = lines_of(listing([record_of(raised())], 0, beijing), 120)
    assert "raised 触发 (Asia/Shanghai)" in table[1]
    assert "2014-09-03 23:41" in table[3]
    assert "such as company:AAPL@2014-09-03T15:41; a key" in table[-2] + table[-1]


def test_each_channel_has_its_own_numbers() -> None:
    assert lines_of(detail(record_of(RULE), []), 100) == [
        "● 3 high 高  company:600519.SH (贵州茅台)  rule 规则 legal-risk",
        "company:600519.SH@2014-09-03T15:41:00Z/legal-risk",
        "open 未解除, raised 触发 2014-09-03 15:41 UTC",
        "",
        "Numbers 数字",
        "2 texts within 90 min: texts that fit the rule",
    ]
    assert lines_of(detail(record_of(MARKET), []), 100)[-2:] == [
        "7 of 87 keys within 30 min: followed keys with a surge at once",
        "p-value of the rarest of them 0.0003: as rare as once in 3,300 quiet key-days",
    ]
    volume = raised(channel="volume", window_minutes=120, evidence=(), timeline=(), quiet=True, provisional=True)
    assert lines_of(detail(record_of(volume), []), 100)[3:] == [
        "watchlists 关注: all, risk; raised in their quiet hours 免打扰时段",
        "The key is new: its usual level is not known well yet. 新对象，基线未稳。",
        "",
        "Numbers 数字",
        "8.1 against 0.7 expected in 2 h: weighted texts of any sentiment",
        "score 1.25 at most, 0.75 raises an alert",
        "p-value 0.0003: as rare as once in 3,300 quiet key-days",
    ]


def test_a_message_is_a_line_and_its_best_text() -> None:
    assert lines_of(message_line("escalated", ESCALATED), 300) == [
        "2014-09-03 16:11 UTC  escalated 升级  4 critical 严重  company:AAPL  negative 负面"
        "  31.5 against 0.7 expected in 4 h, p 2.1e-06  [all, risk]",
        "    97 % negative 负面, seen 3 times, twitter:"
        " Apple's iCloud was hacked and the pictures are everywhere, sell now",
    ]
    assert lines_of(message_line("cleared", cleared(raised())), 300) == [
        "2014-09-03 19:41 UTC  cleared 解除  2 warning 警告  company:AAPL  negative 负面  after 4 h",
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((0, 1, 8, 16), ["16.0 │         ██", "     │   ▁▁ ██ ██", "   0 └───────────", "      00 01 02 03"]),
        ((0.0, 0.01, 100.0), ["100.0 │      ██", "      │   ▁▁ ██", "    0 └────────", "       00 01 02"]),
        ((0.0, 0.0), ["0.0 │", "    │", "  0 └─────", "     00 01"]),
    ],
)
def test_bars_are_as_long_as_their_values(values: tuple[float, ...], expected: list[str]) -> None:
    assert bar_chart(values, [f"{n:02}" for n in range(len(values))], 2) == expected


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([(19, 25), (59, 63)], "Apple's iCloud was «hacked» and the pictures are everywhere, «sell» now"),
        ([(59, 63), (0, 5)], "«Apple»'s iCloud was hacked and the pictures are everywhere, «sell» now"),
        ([(19, 25), (21, 30), (22, 23)], "Apple's iCloud was «hacked» and the pictures are everywhere, sell now"),
        ([(60, 999), (-3, 4), (9, 9)], "Apple's iCloud was hacked and the pictures are everywhere, sell now"),
    ],
)
def test_pieces_are_marked_without_colour(pieces: list[tuple[int, int]], expected: str) -> None:
    highlights = tuple(Highlight(text="", start=start, end=end, effect=0.1) for start, end in pieces)
    assert marked(msgspec.structs.replace(BEST, highlights=highlights)).plain == expected


def test_a_long_text_is_cut() -> None:
    long = msgspec.structs.replace(BEST, text="x" * 5_000)
    assert marked(long).plain == "x" * 19 + "«xxxxxx»" + "x" * 34 + "«xxxx»" + "x" * (MOST_CHARACTERS - 63) + "…"


def test_no_view_lets_the_text_of_others_act() -> None:
    evidence = msgspec.structs.replace(BEST, text=HOSTILE, source=HOSTILE, url=HOSTILE, highlights=())
    names = {"id": HOSTILE, "kind": HOSTILE, "entity": HOSTILE, "name": HOSTILE + "!", "watchlists": (HOSTILE,)}
    hostile = raised(**names, channel="rule", rule=HOSTILE, evidence=(evidence,))
    views = [
        listing([record_of(hostile)], 0),
        detail(record_of(hostile), []),
        message_line("raised", hostile),
        message_line("cleared", cleared(hostile)),
    ]
    for view in views:
        lines = lines_of(view, 1_000)
        acting = [char for line in lines for char in line if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}]
        assert acting == []
        assert "[red]" in "".join(lines)
    assert len(lines_of(message_line("raised", hostile), 1_000)) == 2


@pytest.mark.parametrize(
    ("p_value", "words"),
    [
        (0.5, "as rare as once in 2 quiet key-days"),
        (2.1e-6, "as rare as once in 480,000 quiet key-days"),
        (1e-9, "rarer than once in 1,000,000,000 quiet key-days"),
        (0.0, "rarer than once in 1,000,000,000 quiet key-days"),
    ],
)
def test_a_p_value_in_words(p_value: float, words: str) -> None:
    assert rarity(p_value) == words


@pytest.mark.parametrize(
    ("ms", "words"),
    [(0, "0 min"), (45 * MINUTE, "45 min"), (3 * HOUR + 20 * MINUTE, "3 h 20 min"), (52 * HOUR, "2 d 4 h")],
)
def test_a_duration_in_words(ms: int, words: str) -> None:
    assert duration(ms) == words
