"""The page: what it says, that it is whole, and that no text becomes markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import msgspec
import pytest

from services.backtest.reference import reference_of_events
from services.backtest.report.incidents import MOST_KEYS, shown_keys
from services.backtest.report.names import name_of
from services.backtest.report.page import page
from services.companies import default_linker
from services.domain.incident import reduce_incidents
from services.domain.key import MonitoredKey
from services.domain.messages import BudgetStatus, CohortBudget, WatchlistBudget
from tests.factories import DAY, START, cleared
from tests.harness.backtests import findings, raised_at

HOSTILE = "<script>alert('x')</script> & <img src=x onerror=y>"
_HOSTILE_ENDS = (
    '" onload="x',
    "' onload='x",
    "</title></style></svg><script>",
    "<!--",
    "]]>",
    "{% raw %}",
    "\x00\ud800",
)


def words(html: str) -> str:
    """What a reader sees of it."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<style>.*?</style>", "", html, flags=re.S)).split())


def test_it_says_what_an_alert_is_about() -> None:
    first = raised_at(START + DAY, severity=2, p_value=0.002, text="巨亏 a loss", url="https://example.org/a")
    shown = page(findings(first, cleared(first, time=START + 2 * DAY, p_value=2.5e-4)))
    row = "2014-08-02T00:00:00Z company:ACME negative 负面 2 0.00025 4.2 of 6.0, expected 0.3, in 240 min 巨亏 a loss"
    assert row in words(shown)
    assert "p = 0.00025" in words(shown)
    assert "cleared 2014-08-03T00:00:00Z 巨亏 a loss (2014-08-01T23:59:00Z, wire , 3 copies 篇)" in words(shown)
    assert '<a href="https://example.org/a" rel="noopener noreferrer">wire</a>' in shown
    assert "its 1 incidents that reached severity 2" in words(shown)


def test_it_says_which_scores_the_budget_came_to_and_on_what_they_rest() -> None:
    shown = words(page(findings(raised_at(START + DAY))))
    assert "company 1–2 0.875 1,234 topic 128+ – 40" in shown
    without = words(page(replace(findings(raised_at(START + DAY)), budget_status=None)))
    assert "Quiet key-days" in shown
    assert "Quiet key-days" not in without


def test_the_chosen_budget_is_marked_once_in_the_table() -> None:
    shown = page(findings(raised_at(START + DAY)))
    (chosen,) = re.findall(r'<tr class="chosen">(.*?)</tr>', shown, flags=re.S)
    assert words(chosen) == "budget × 1 (chosen 所选) 0.003 0.2 1 0.1 6.67 0 0 –"


def test_hostile_text_stays_text_and_nothing_is_fetched_or_run() -> None:
    alert = raised_at(START + DAY, text=HOSTILE, url="javascript:alert(1)", entity="<B>")
    hostile = replace(findings(alert), title=HOSTILE, facts=[(HOSTILE, HOSTILE)])
    shown = page(hostile)
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<B>" not in shown
    assert shown.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &lt;img") == 6
    assert "javascript:" not in shown
    assert {name for tag in re.findall(r"<[^>]+>", shown) for name in re.findall(r" (src|href|on\w+)=", tag)} == set()
    assert "url(" not in shown
    assert "default-src 'none'" in shown


class Tags(HTMLParser):
    """The start tags of a page with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, [name for name, _ in attrs]))


def tags_with(words: str) -> list[tuple[str, list[str]]]:
    """The tags of a page in which every name, id and text is `words`."""
    first = raised_at(START + DAY, text=words, url=f"https://example.org/{words}", entity=words, channel="rule")
    evidence = (msgspec.structs.replace(first.evidence[0], id=words, source=words),)
    alert = msgspec.structs.replace(first, id=words, name=words, rule=words, watchlists=(words,), evidence=evidence)
    cohort = CohortBudget(kind=words, least=1.0, most=2.0, key_days=1.0, thresholds={words: 0.5})
    status = BudgetStatus(
        day=1, watchlists=(WatchlistBudget(name=words, keys=1, alerts_per_day=1.0),), cohorts=(cohort,)
    )
    made = replace(findings(alert), title=words, facts=[(words, words)], budget_status=status)
    tags = Tags()
    tags.feed(page(replace(made, names=dict.fromkeys(made.names, words))))
    return tags.found


@pytest.mark.parametrize(
    "hostile",
    [
        HOSTILE,
        '" onload="x',
        "' onload='x",
        "</title></style></svg><script>",
        "<!--",
        "]]>",
        "{{ 7 * 7 }}{% raw %}",
        "\x00\ud800",
    ],
)
def test_no_name_id_or_text_adds_a_tag_or_an_attribute(hostile: str) -> None:
    assert tags_with(hostile) == tags_with("harmless")
    assert tags_with(hostile).count(("a", ["href", "rel"])) == 1


def test_what_looks_like_a_template_is_shown_as_it_is() -> None:
    assert "{{ 7 * 7 }}" in words(page(findings(raised_at(START + DAY, text="{{ 7 * 7 }}"))))


def test_a_long_text_is_cut_in_the_table_and_later_below() -> None:
    shown = page(findings(raised_at(START + DAY, text="x" * 500)))
    assert f">{'x' * 159}…<" in shown
    assert f">{'x' * 399}…<" in shown


def test_labelled_events_add_a_column() -> None:
    reference = reference_of_events([], START, START + DAY)
    assert "On other events 其他事件上的警报" in page(findings(reference=reference))
    assert "On other events" not in page(findings())


def test_without_alerts_it_says_so_and_has_no_timeline() -> None:
    shown = words(page(findings()))
    assert "None 无." in shown
    assert "Timelines" not in shown


def test_rules_have_no_p_value_and_the_market_no_timeline() -> None:
    rule = raised_at(START, channel="rule", p_value=1.0)
    market = raised_at(START + DAY, channel="market", entity="company", p_value=1e-9)
    shown = findings(rule, market)
    assert "rule 规则 1 – 4 in 240 min" in words(page(shown))
    assert "market-wide 全市场 1 1e-09 4 of 6 keys in 240 min" in words(page(shown))
    assert shown_keys(shown.incidents) == [MonitoredKey.of_company("ACME")]


def test_the_least_likely_keys_are_shown() -> None:
    incidents = reduce_incidents(
        raised_at(START + at, entity=f"C{at}", p_value=1 / (at + 1)) for at in range(MOST_KEYS + 5)
    )
    keys = shown_keys(incidents)
    assert len(keys) == MOST_KEYS
    assert keys[:2] == [MonitoredKey.of_company("C24"), MonitoredKey.of_company("C23")]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (MonitoredKey.of_company("AAPL"), "AAPL Apple 苹果"),
        (MonitoredKey.of_company("NOBODY"), "NOBODY"),
        (MonitoredKey.of_topic("legal_regulation"), "legal_regulation (topic 话题)"),
        (MonitoredKey.of_pair("legal_regulation", "AAPL"), "legal_regulation of AAPL Apple 苹果"),
        (MonitoredKey("market", "company"), "all keys of kind company"),
    ],
)
def test_keys_have_names(key: MonitoredKey, name: str) -> None:
    assert name_of(key, default_linker()) == name
