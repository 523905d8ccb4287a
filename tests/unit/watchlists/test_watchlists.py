"""Watchlists and rules: what a file says, what is refused and where, and how a changed file is taken up."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.companies import default_resolver
from services.domain.errors import InvalidInput
from services.domain.key import MonitoredKey
from services.files.watched_file import FileChange
from services.inference.bundle import MANIFEST, current_version
from services.inference.manifest import Manifest
from services.settings import load_settings
from services.watchlists.file import MOST_BYTES, WatchlistFile, read_watchlists
from services.watchlists.model import DEFAULT_ALERTS_PER_100_KEYS, Label, Watchlists
from services.watchlists.parse import parse_watchlists
from services.watchlists.values import Known
from tests.harness.brokers import ROOT

company, topic, pair = MonitoredKey.of_company, MonitoredKey.of_topic, MonitoredKey.of_pair
EXAMPLE = ROOT / "deploy" / "watchlists.example.yaml"
DOCS = ROOT / "docs" / "watchlists.md"
FULL = """\
watchlists:
  - name: banks
    label: {en: Banks, zh: 银行}
    companies: [JPM, BAC, 600036.SH]
    topics: [legal]
    pairs: [{topic: fraud, company: GS}]
    alerts_per_day: 2
    volume_alerts_per_100_keys: 0.5
    sensitivity: {"company:JPM": 2.0, "pair:fraud|GS": 0.5}
    quiet_hours: {from: 22:00, to: 07:00, timezone: Asia/Shanghai, days: [mon, fri], unless_severity: 3}
  - name: rest
    companies: all
    alerts_per_100_keys: 10
rules:
  - name: legal-risk
    label: {zh: 法律风险}
    topics: [legal, fraud]
    negative: 0.9
    sources: 2
    within_minutes: 1440
    severity: 2
  - name: one-bank
    companies: [JPM]
    negative: 0.5
    sources: 1
    within_minutes: 60
    severity: 4
"""


def parsed(text: str) -> Watchlists:
    return parse_watchlists(text, "w.yaml")


def refused(text: str, known: set[str] | None = None) -> str:
    with pytest.raises(InvalidInput) as caught:
        parse_watchlists(text, "w.yaml", Known(known))
    return str(caught.value)


def one(fields: str) -> str:
    """A file of one watchlist whose further fields are `fields`."""
    return f"watchlists: [{{name: a, {fields}}}]"


def ms(zone: str, *moment: int) -> int:
    return int(datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp() * 1000)  # type: ignore[misc, arg-type]


def test_without_a_file_everything_is_followed_and_nothing_ruled() -> None:
    found = WatchlistFile(None)
    assert found.check() is None
    everything = found.current()
    assert everything == Watchlists()
    assert everything.rules == ()
    assert [(each.name, each.label) for each in everything.lists] == [("all", Label("Everything", "全部"))]
    assert everything.watching(company("ANY")) == everything.watching(topic("any")) == ("all",)
    assert not everything.follows(pair("legal", "JPM"))
    assert everything.budget(company("ANY"), {"all": 12}) == DEFAULT_ALERTS_PER_100_KEYS / 100
    assert everything.volume_budget(company("ANY")) == 0.0


def test_who_watches_a_key() -> None:
    found = parsed(FULL)
    assert found.watching(company("JPM")) == ("banks", "rest")
    assert found.watching(company("AAPL")) == ("rest",)
    assert found.watching(topic("legal")) == found.watching(pair("fraud", "GS")) == ("banks",)
    assert [key for key in (topic("fraud"), pair("legal", "GS"), company("")) if found.follows(key)] == [company("")]


def test_the_largest_budget_counts_times_the_sensitivity() -> None:
    found, keys = parsed(FULL), {"banks": 5, "rest": 1000}
    assert found.budget(company("JPM"), keys) == pytest.approx(2 / 5 * 2.0)
    assert found.budget(company("BAC"), keys) == pytest.approx(2 / 5)
    assert found.budget(company("BAC"), {"banks": 40, "rest": 1000}) == pytest.approx(0.1)  # the rest's is larger
    assert found.budget(company("AAPL"), keys) == pytest.approx(0.1)
    assert found.budget(pair("fraud", "GS"), keys) == pytest.approx(2 / 5 * 0.5)
    assert found.budget(topic("legal"), {}) == 2.0  # a list of no keys yet is one of one key
    assert found.budget(topic("fraud"), keys) == 0.0
    assert found.volume_budget(company("JPM")) == pytest.approx(0.01)
    assert found.volume_budget(company("AAPL")) == 0.0


def test_rules_hold_for_followed_companies_that_they_name() -> None:
    found = parsed(FULL)
    assert [rule.name for rule in found.rules_of("JPM")] == ["legal-risk", "one-bank"]
    assert [rule.name for rule in found.rules_of("AAPL")] == ["legal-risk"]
    only = parsed(FULL.replace("companies: all\n", "companies: [MSFT]\n"))
    assert [rule.name for rule in only.rules_of("MSFT")] == ["legal-risk"]
    assert only.rules_of("AAPL") == ()
    legal = found.rules[0]
    assert legal.label == Label("法律风险", "法律风险")
    assert (legal.topics, legal.companies) == (frozenset({"legal", "fraud"}), None)
    assert (legal.negative, legal.sources, legal.within_ms, legal.severity) == (0.9, 2, 86_400_000, 2)


def test_rules_without_watchlists_hold_for_everything() -> None:
    found = parsed(FULL[FULL.index("rules:") :])
    assert found.lists == Watchlists().lists
    assert len(found.rules_of("JPM")) == 2


@pytest.mark.parametrize(
    ("moment", "quiet"),
    [
        ((2024, 1, 5, 21, 59), False),  # a Friday
        ((2024, 1, 5, 22, 0), True),
        ((2024, 1, 6, 6, 59), True),  # the night that began on Friday
        ((2024, 1, 6, 7, 0), False),
        ((2024, 1, 6, 23, 0), False),  # Saturday's night
        ((2024, 1, 8, 1, 0), False),  # Sunday's night, on a Monday
        ((2024, 1, 8, 23, 0), True),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(moment: tuple[int, ...], quiet: bool) -> None:
    found = parsed(FULL)
    assert found.quiet(topic("legal"), ms("Asia/Shanghai", *moment), 2) is quiet
    assert not found.quiet(topic("legal"), ms("Asia/Shanghai", *moment), 3)


def test_quiet_hours_within_a_day_and_without_exceptions() -> None:
    hours = "quiet_hours: {from: '9:30', to: '24:00', timezone: America/New_York, days: [sat]}"
    found = parsed(one(f"topics: [a], alerts_per_day: 1, {hours}"))
    saturday = [ms("America/New_York", 2024, 1, 6, *clock) for clock in ((9, 29), (9, 30), (23, 59))]
    assert [found.quiet(topic("a"), time, 4) for time in saturday] == [False, True, True]
    assert not found.quiet(topic("a"), ms("America/New_York", 2024, 1, 7, 12, 0), 1)


def test_an_alert_is_quiet_only_when_every_watchlist_is() -> None:
    night = ms("Asia/Shanghai", 2024, 1, 5, 23, 0)
    assert not parsed(FULL).quiet(company("JPM"), night, 1)  # the rest has no quiet hours
    assert not parsed(FULL).quiet(topic("fraud"), night, 1)  # nobody follows it
    later = "alerts_per_100_keys: 10\n    quiet_hours: {from: 23:30, to: 24:00, timezone: Asia/Shanghai}"
    both = parsed(FULL.replace("alerts_per_100_keys: 10", later))
    assert not both.quiet(company("JPM"), night, 1)
    assert both.quiet(company("JPM"), night + 45 * 60_000, 1)


def test_values_are_what_is_written() -> None:
    found = parsed(one("companies: [ON, TRUE, NO, 700, PRIVATE:HUAWEI, M&M.NS], alerts_per_day: 1"))
    assert found.lists[0].companies == frozenset({"ON", "TRUE", "NO", "700", "PRIVATE:HUAWEI", "M&M.NS"})
    assert found.follows(company("PRIVATE:HUAWEI"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "w.yaml:1:1: expected watchlists or rules, got an empty file"),
        ("{}", "w.yaml:1:1: expected watchlists or rules, got neither"),
        ("- a", "w.yaml:1:1: expected a mapping, got a list"),
        ("a: 1\n---\nb: 2", "w.yaml:2:1: no valid YAML: expected a single document in the stream, but found"),
        ("watchlists:\n\t- a", "w.yaml:2:1: no valid YAML: while scanning for the next token, found character '\\t'"),
        ("rules:\n- {name: a\x00}", "w.yaml:2:11: expected YAML, got the character U+0000"),
        ("watchlist: []", "w.yaml:1:1: expected one of watchlists, rules, got 'watchlist' (did you mean watchlists?)"),
        ("watchlists: []", "w.yaml:1:13: watchlists: expected a list of watchlists, got an empty one"),
        ("watchlists:", "w.yaml:1:12: watchlists: expected a list of watchlists, got nothing"),
        ("rules: all", "w.yaml:1:8: rules: expected a list of rules, got 'all'"),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, expected: str) -> None:
    assert refused(text).startswith(expected)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("name: banks", "name: Banks", "2:11: watchlists[0].name: expected a name of a to z, 0 to 9, _ and -"),
        ("- name: rest", "- name: banks", "11:5: watchlists[1]: expected a name of its own, got banks, the name of"),
        ("- name: one-bank", "- name: legal-risk", "22:5: rules[1]: expected a name of its own, got legal-risk"),
        ("  - name: rest\n    ", "  - ", "11:5: watchlists[1]: expected a field name, got none"),
        ("en: Banks", "fr: Banques", "3:13: watchlists[0].label: expected one of en, zh, got 'fr'"),
        ("zh: 银行", "zh: ''", "3:28: watchlists[0].label.zh: expected a label of 1 to 60 printable characters"),
        ("BAC", "bac", "4:22: watchlists[0].companies[1]: expected a company id in capitals, such as JPM"),
        ("BAC", "all", "4:22: watchlists[0].companies[1]: expected an id (the word all stands in place of the list)"),
        ("companies: all", "companies: ALL", "12:16: watchlists[1].companies: expected a list of company ids, or the"),
        ("topics: [legal]", "topics: [Legal]", "5:14: watchlists[0].topics[0]: expected a topic id, such as"),
        ("topics: [legal]", "topics: []", "5:13: watchlists[0].topics: expected a list of topic ids, or the word all,"),
        (", company: GS", "", "6:13: watchlists[0].pairs[0]: expected a field company, got none"),
        ("day: 2", "day: lots", "7:21: watchlists[0].alerts_per_day: expected a number above 0 and at most 1000, got"),
        ("day: 2", "day: 0", "7:21: watchlists[0].alerts_per_day: expected a number above 0 and at most 1000, got '0'"),
        ("day: 2", "day: .nan", "7:21: watchlists[0].alerts_per_day: expected a number above 0 and at most 1000"),
        ("day: 2", "day: inf", "7:21: watchlists[0].alerts_per_day: expected a number above 0 and at most 1000"),
        ("day: 2", "day: [2]", "7:21: watchlists[0].alerts_per_day: expected a number above 0 and at most 1000, got a"),
        ("alerts_per_day", "alert_per_day", "7:5: watchlists[0]: expected one of name, label, companies, topics"),
        ("    alerts_per_day: 2\n", "", "2:5: watchlists[0]: expected one of alerts_per_day, alerts_per_100_keys,"),
        ("keys: 10", "keys: 10\n    alerts_per_day: 1", "11:5: watchlists[1]: expected one of alerts_per_day,"),
        ("keys: 0.5", "keys: -1", "8:33: watchlists[0].volume_alerts_per_100_keys: expected a number from 0 to 1000"),
        ("JPM\": 2.0", "JPM\": 101", "9:34: watchlists[0].sensitivity.company:JPM: expected a number above 0 and at"),
        ("company:JPM", "company:JPN", "9:19: watchlists[0].sensitivity: expected a key that this watchlist follows"),
        ("2.0, \"pair:fraud|GS\"", "2.0, \"company:JPM\"", "9:39: watchlists[0].sensitivity: expected company:JPM"),
        ("from: 22:00", "from: 25:00", "10:25: watchlists[0].quiet_hours.from: expected a time of the day from 00:00"),
        ("from: 22:00", "from: 24:00", "10:25: watchlists[0].quiet_hours.from: expected a time of the day before"),
        ("to: 07:00", "to: 22:00", "10:36: watchlists[0].quiet_hours.to: expected another time than `from`, got"),
        ("Asia/Shanghai", "Asia/Shangai", "10:53: watchlists[0].quiet_hours.timezone: expected a time zone, such as"),
        ("Asia/Shanghai", "Asia", "10:53: watchlists[0].quiet_hours.timezone: expected a time zone, such as"),
        ("Asia/Shanghai", "../x", "10:53: watchlists[0].quiet_hours.timezone: expected a time zone, such as"),
        ("[mon, fri]", "[mo]", "10:75: watchlists[0].quiet_hours.days[0]: expected one of mon, tue, wed"),
        ("unless_severity: 3", "unless_severity: 5", "10:103: watchlists[0].quiet_hours.unless_severity: expected a"),
        ("companies: all\n    alerts", "alerts", "11:5: watchlists[1]: expected companies, topics or pairs, got none"),
        ("negative: 0.9", "negative: 1.5", "18:15: rules[0].negative: expected a number above 0 and at most 1, got"),
        ("sources: 2", "sources: 2.5", "19:14: rules[0].sources: expected a whole number from 1 to 20, got '2.5'"),
        ("minutes: 1440", "minutes: 0", "20:21: rules[0].within_minutes: expected a whole number from 1 to 43200"),
        ("    sources: 2\n", "", "15:5: rules[0]: expected a field sources, got none"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_its_place(before: str, after: str, expected: str) -> None:
    assert before in FULL
    assert refused(FULL.replace(before, after, 1)).startswith(f"w.yaml:{expected}")


def test_a_typing_error_is_answered_with_what_was_meant() -> None:
    assert refused(FULL.replace("alerts_per_day", "alert_per_day")).endswith(
        "got 'alert_per_day' (did you mean alerts_per_day?)"
    )
    assert refused(FULL.replace('"company:JPM"', '"company:JPN"')).endswith("(did you mean company:JPM?)")
    assert refused(FULL.replace("Shanghai", "Shangai")).endswith("got 'Asia/Shangai' (did you mean Asia/Shanghai?)")


def test_a_rule_about_a_company_that_nobody_follows_is_refused() -> None:
    text = FULL.replace("companies: all\n", "companies: [MSFT]\n").replace("companies: [JPM]", "companies: [JPM, TSLA]")
    assert refused(text) == (
        "w.yaml:23:22: rules[1].companies[1]: expected a company that a watchlist follows, got 'TSLA'"
    )


def test_topics_are_checked_where_they_are_known() -> None:
    assert parse_watchlists(FULL, "w.yaml", Known({"legal", "fraud"})) == parsed(FULL)
    assert refused(FULL, {"legal", "frauds"}) == (
        "w.yaml:6:21: watchlists[0].pairs[0].topic: expected a topic that the model has, got 'fraud' "
        "(did you mean frauds?)"
    )


def test_aliases_depth_and_numbers_of_entries_are_bounded() -> None:
    assert refused("watchlists: &a [x]\nrules: *a").startswith("w.yaml:2:8: no valid YAML: an alias (*name) is not")
    assert refused("[" * 100_000) == "w.yaml:1:11: no valid YAML: more than 10 levels"
    many = "\n".join(f"- {{name: a{i}, companies: all, alerts_per_day: 1}}" for i in range(101))
    assert refused(f"watchlists:\n{many}") == "w.yaml:2:1: watchlists: expected at most 100 watchlists, got 101"


def test_tags_make_no_objects() -> None:
    assert refused(one("companies: !!python/object/apply:os.system ['X'], alerts_per_day: x")).endswith("got 'x'")


@given(st.integers(0, len(FULL) - 1), st.text("{}[]:,-\n *&!|>'\"#%@\t\x07aA0", max_size=3), st.integers(0, 30))
def test_any_damage_is_taken_or_refused_with_a_place(at: int, put: str, cut: int) -> None:
    try:
        parsed(FULL[:at] + put + FULL[at + cut :])
    except InvalidInput as error:
        assert str(error).startswith("w.yaml:")  # noqa: PT017


def test_the_example_is_of_topics_that_the_model_has() -> None:
    models, name = load_settings().model.folder, load_settings().model.name
    manifest = models / name / current_version(models, name) / MANIFEST
    known = {topic.id for topic in msgspec.json.decode(manifest.read_bytes(), type=Manifest).topics}
    found = read_watchlists(EXAMPLE, known)
    assert [each.name for each in found.lists] == ["banks", "everything"]
    assert found.lists[0].label == Label("Banks", "银行")
    assert found.lists[0].sensitivity == {company("JPM"): 2.0, topic("legal_regulation"): 0.5}
    assert [(rule.name, rule.label.zh) for rule in found.rules] == [("legal-risk", "法律风险"), ("bank-run", "挤兑")]


def test_the_documentation_shows_a_file_and_its_error() -> None:
    docs = DOCS.read_text(encoding="utf-8")
    text = docs.split("```yaml\n")[1].split("```")[0]
    assert len(parsed(text).rules) == 1
    with pytest.raises(InvalidInput) as caught:
        parse_watchlists(text.replace("alerts_per_day", "alert_per_day"), "watchlists.yaml")
    assert str(caught.value) in docs.splitlines()


def replace(path: Path, text: str, time: int) -> None:
    """Put another file in the place of `path`, changed at `time` (s)."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    os.utime(fresh, (time, time))
    fresh.replace(path)


def test_a_changed_file_is_taken_up_and_a_bad_one_refused_once(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    replace(path, FULL, 1)
    file = WatchlistFile(path)
    good = file.current()
    assert good == parsed(FULL)
    assert file.check() is None

    replace(path, FULL.replace("day: 2", "day: x"), 2)
    change = file.check()
    assert change == FileChange(
        f"{path}:7:21: watchlists[0].alerts_per_day: expected a number above 0 and at most 1000, got 'x'; "
        "the watchlists in use stay"
    )
    assert file.current() is good
    assert file.check() is None

    replace(path, FULL.replace("day: 2", "day: 5"), 3)
    assert file.check() == FileChange()
    assert file.current().lists[0].alerts_per_day == 5.0
    assert file.check() is None


def test_a_file_that_disappears_is_said_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(FULL, encoding="utf-8")
    file = WatchlistFile(path)
    away = path.rename(tmp_path / "away.yaml")
    assert file.check() == FileChange(f"{path}: cannot be read: No such file or directory; the watchlists in use stay")
    assert file.check() is None
    assert file.current() == parsed(FULL)
    away.rename(path)
    assert file.check() == FileChange()


def test_at_the_start_a_bad_file_ends_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.yaml: cannot be read: No such file"):
        WatchlistFile(tmp_path / "nowhere.yaml")
    path = tmp_path / "w.yaml"
    path.write_bytes(b"rules:\n- {name: \xff}\n")
    with pytest.raises(InvalidInput, match=r"w\.yaml:2: expected UTF-8, got the byte 0xff"):
        WatchlistFile(path)
    path.write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(InvalidInput, match=r"w\.yaml: expected at most 1000000 bytes, got more"):
        WatchlistFile(path)
    path.write_bytes(b"\xef\xbb\xbf" + FULL.encode())
    assert WatchlistFile(path).current() == parsed(FULL)


def test_companies_may_be_written_in_any_usual_way() -> None:
    text = """
watchlists:
  - name: mine
    companies: [META, 0700.HK, 600519, Tesla, 騰訊]
    pairs: [{topic: fraud, company: SQ}]
    alerts_per_day: 1
    sensitivity: {"company:META": 2.0, "pair:fraud|Block": 0.5}
rules:
  - {name: one, companies: [騰訊, Facebook], negative: 0.9, sources: 2, within_minutes: 60, severity: 2}
"""
    found = parse_watchlists(text, "w.yaml", Known(companies=default_resolver()))
    assert found.lists[0].companies == frozenset({"FB", "00700.HK", "600519.SH", "TSLA"})
    assert found.lists[0].sensitivity == {company("FB"): 2.0, pair("fraud", "XYZ"): 0.5}
    assert found.rules[0].companies == frozenset({"00700.HK", "FB"})


def test_a_company_that_nothing_knows_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_watchlists(FULL.replace("BAC", "Bank of Amerika"), "w.yaml", Known(companies=default_resolver()))
    assert str(refusal.value).startswith(
        "w.yaml:4:22: watchlists[0].companies[1]: expected a company that the dictionary or GROUNDSWELL_COMPANIES has, "
        "got 'Bank of Amerika' (nearest: BAC Bank of America"
    )
