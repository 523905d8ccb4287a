"""Nothing that others wrote acts, hides or becomes markup, whatever it is and wherever people meet it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.alerting.incidents.history import Happened
from services.alerting.notify.annotations import annotations_of
from services.alerting.notify.labels import labels_of
from services.alerting.receivers.chat_service import fitted
from services.alerting.receivers.robots import CHAT_SERVICES
from services.alerting.terminal.json_output import detail_json, listed_json, message_json
from services.alerting.terminal.list import listing
from services.alerting.terminal.message_line import message_line
from services.alerting.terminal.show import detail
from services.backtest.report.page import page
from services.domain.errors import InvalidMessage
from services.domain.messages import Company, IncidentRaised, KeyedText, Origin, ScoredText
from services.files.jsonl import BadLine
from services.ingest.dead_letters import dead_line
from services.ingest.normalise import SourceDefaults, normalise
from services.kafka.codec import Codec
from services.kafka.topic_reader import Placed
from services.runtime.demo.screen import Surroundings, draw
from services.runtime.demo.state import DemoState
from services.text.json_text import json_text
from services.texts.dead.letters import Buried
from services.texts.dead.view import as_json as letter_json
from services.texts.dead.view import detail as letter_detail
from services.texts.dead.view import listing as letters
from services.texts.known import Known
from services.texts.view import all_known, known_json, tail_line
from tests.factories import BEST, DAY, START, TIME, cleared, dead_letter, raised, raw_text, record_of, scored
from tests.harness.alertmanagers import AMTOOL, NOT_INSTALLED, rendered
from tests.harness.backtests import findings, raised_at
from tests.harness.brokers import ROOT
from tests.harness.hostile_strings import HOSTILE, IN_JSON, hidden_in
from tests.harness.html_tags import Tags
from tests.harness.notifications import alert, message
from tests.harness.terminal import printed

EACH = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
EACH_IN_JSON = pytest.mark.parametrize("text", IN_JSON.values(), ids=IN_JSON)
STEP = Happened("raised", TIME, 4, 1.0, 0.1)
MARKUP = re.compile(r"[<>*_`~@\\]|\]\(|!\[|https?://|evil\.example")
FOREIGN = ("name", "summary", "summary_zh", "numbers", "numbers_zh", "evidence", "command", "incident", "link")


def about(text: str) -> IncidentRaised:
    """An alert whose every word is hostile."""
    evidence = msgspec.structs.replace(BEST, id=text, text=text, source=text, url=text, highlights=())
    words = {"id": text, "entity": text, "name": f"{text}!", "rule": text, "watchlists": (text,)}
    return raised(**words, channel="rule", evidence=(evidence,) * 2)


def strings(node: Any) -> Iterator[str]:
    """Every string in a JSON value."""
    if isinstance(node, str):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from strings(child)


def test_the_corpus_is_hostile() -> None:
    markup = ("html", "markdown", "links", "mentions", "slack", "telegram", "templates", "rich markup", "json")
    assert {name for name, text in HOSTILE.items() if not hidden_in(text)} == {"blanks", "very long", *markup}


@EACH
def test_terminal(text: str) -> None:
    made = about(text)
    views = [listing([record_of(made)], 0), detail(record_of(made), [STEP])]
    views += [message_line("raised", made), message_line("cleared", cleared(made))]
    for view in views:
        shown = printed(view, 200)
        assert hidden_in(shown) == []
        assert len(shown) < 50_000
    assert len(printed(message_line("raised", made), 100_000).splitlines()) == 2


def letter(text: str) -> Buried:
    """A dead letter whose every word is hostile."""
    data = text.encode("utf-8", "surrogatepass")
    made = dead_letter(reason=text, detail=text, payload=data, payload_bytes=len(data))
    return Buried(Origin(topic="opinions.dead", partition=0, offset=1), made)


def known(text: str) -> Known:
    """What topics know of a text all of which is hostile."""
    topics, companies = {text: 0.5}, (Company(id=text, mention=text),)
    came = raw_text(text, source=text, url=text)
    made = scored(1, text=text, topics=topics, companies=companies, source=text, model_version=text)
    messages = [came, made, KeyedText(key=text, text=made)]
    found = Known(dead=[letter(text)])
    for each in messages:
        found.add(Placed(Origin(topic="t", partition=0, offset=1), each))
    return found


@EACH
def test_dead_letters_and_texts_on_a_terminal(text: str) -> None:
    found = known(text)
    views = [letters([letter(text)], 0), letter_detail(letter(text)), all_known(text, found)]
    for view in [*views, tail_line(found.scored[0].message)]:
        shown = printed(view, 200)
        assert hidden_in(shown) == []
        assert len(shown) < 100_000


@EACH_IN_JSON
def test_dead_letters_and_texts_as_json(text: str) -> None:
    for value in (letter_json(letter(text)), known_json(text, known(text))):
        line = json_text(value)
        assert hidden_in(line) == []
        assert json.loads(line) == json.loads(json.dumps(value))


@EACH
def test_json_for_scripts_is_whole_and_harmless_on_a_terminal(text: str) -> None:
    made = about(text)
    for value in (listed_json(record_of(made)), detail_json(record_of(made), [STEP]), message_json("raised", made)):
        line = json_text(value)
        assert hidden_in(line) == []
        assert "\n" not in line
        assert json.loads(line) == json.loads(json_text(value, indent=2)) == value


@EACH
def test_annotations_and_labels(text: str) -> None:
    record = record_of(about(text))
    said, labels = annotations_of(record, "http://grafana:3000"), labels_of(record)
    for value in (*said.pop("evidence").split("\n"), *said.values(), *labels.values()):
        assert hidden_in(value) == []
        assert "\n" not in value
    assert max(map(len, said.values())) < 3_000
    assert max(len(value) for name, value in labels.items() if name != "watchlists") <= 120
    assert len(labels.get("watchlists", "")) <= 12_000


@EACH_IN_JSON
@pytest.mark.parametrize("service", CHAT_SERVICES)
def test_chat_services(service: str, text: str) -> None:
    payload = fitted(CHAT_SERVICES[service], message(alert(**dict.fromkeys(FOREIGN, text))))
    assert len(msgspec.json.encode(payload)) <= 20_480
    for value in strings(payload):
        assert hidden_in(value) == []
        if service != "feishu":
            own = re.sub(r'<font color="warning">|</font>|^> |\*\*', "", value, flags=re.M)
            assert MARKUP.findall(own) == []
    if service == "feishu":
        assert set(re.findall(r'"tag":"(\w+)"', msgspec.json.encode(payload).decode())) <= {"div", "plain_text"}


@EACH_IN_JSON
@pytest.mark.skipif(AMTOOL is None, reason=NOT_INSTALLED)
def test_mail_slack_and_telegram(text: str, tmp_path: Path) -> None:
    record = record_of(about(text))
    told = {"labels": labels_of(record), "annotations": annotations_of(record, "")}
    names = ("title", "text", "slack.title", "slack", "telegram")
    subject, mail, slack_title, slack, telegram = (rendered(f"groundswell.{name}", tmp_path, told) for name in names)
    html = rendered("groundswell.html", tmp_path, told, kind="html")
    for made in (subject, mail, slack_title, slack, telegram, html):
        assert hidden_in(made) == []
        assert len(made) < 10_000
    for linked in (subject, mail, slack_title, re.sub("`.*?`", "", slack), re.sub("<code>.*?</code>", "", telegram)):
        assert "://" not in linked
    assert len(subject.splitlines()) == len(slack_title.splitlines()) == 1
    assert not set(slack_title + slack) & {"<", ">"}
    assert slack.count("```") == 2
    assert re.sub("```.*?```", "", slack, flags=re.S).count("`") == 2
    assert Tags(telegram).tags == ["b", "pre", "code", "code"]
    assert len(telegram) <= 4096
    assert Tags(html).tags == ["html", "head", "meta", "body", "h3", "p", "p", "p", "p", "pre", "p", "code", "p"]
    assert Tags(html).links == []


@EACH_IN_JSON
def test_report_of_a_backtest(text: str) -> None:
    made = raised_at(START + DAY, entity=text, text=text, url=f"https://example.org/{text}")
    html = page(findings(msgspec.structs.replace(made, rule=text, id="i")))
    assert hidden_in(html) == []
    assert Tags(html).tags == Tags(page(findings(raised_at(START + DAY, url="https://example.org/")))).tags


@EACH
def test_screen_of_the_demo(text: str) -> None:
    board = DemoState()
    board.see(about(text), 0.0)
    shown = printed(draw(board, Surroundings({}, {"legal": text}), "the status", 0.0, 120, 50), 120)
    assert hidden_in(shown) == []
    assert len(shown.splitlines()) < 60


@EACH
def test_an_error_names_the_fields_of_a_record(text: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        normalise({text: 1}, SourceDefaults("s", "news", b"key"), TIME)
    assert hidden_in(caught.value.detail) == []
    assert len(caught.value.detail) < 300


@EACH
def test_an_error_names_the_file_of_a_line(text: str) -> None:
    assert hidden_in(dead_line(BadLine(1, "invalid_json", "it is malformed", b"{"), text, TIME).detail) == []


@EACH_IN_JSON
def test_an_error_names_the_type_of_a_message(text: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        Codec(ScoredText, IncidentRaised).decode(msgspec.json.encode({"type": text, "schema": 1}))
    assert hidden_in(caught.value.detail) == []


def test_an_error_names_a_file() -> None:
    command = [sys.executable, "-m", "services.cli", "watchlists", "check", "no\x1b[2J\u202e\nfile.yaml"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = "groundswell: no\ufffd[2J\ufffd file.yaml: cannot be read: No such file or directory\n"
    assert (ran.returncode, ran.stderr) == (1, said)
