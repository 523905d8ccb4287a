"""Texts that want to break out of a message: HTML, Markdown, templates, marks of direction, and megabytes."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from time import monotonic

import httpx
import msgspec

from services.alerting.notify.annotations import annotations_of
from services.clock import now_ms
from services.domain.limits import MAX_RECORD_BYTES
from services.domain.messages import Evidence, IncidentRaised, IncidentRecord
from services.kafka.codec import encode
from tests.factories import TIME
from tests.harness.chain import chain
from tests.harness.chain_scenarios.row import Durations, Row, Story
from tests.harness.receiver_chain import ADAPTER_HEADERS, adapter
from tests.harness.receivers import HttpReceivers
from tests.harness.relay_driver import company

HOSTILE = (
    "<script>alert(1)</script><b>x</b> [click](http://evil.example) **bold** `code` @all <!channel> "
    '{{ .Labels }} {{ template "x" }} {% raw %} \u202egnp.exe\u202c \u2066\u200b\u200f \x00\x07\x1b[31m '
    "\r\nBcc: evil@example.org\u2028\U000e0041 &lt; \" ' \\ 负面 "
)
FIVE_MB = 5_000_000
MOST_NOTIFICATION_BYTES = 20_000
MOST_CHARS = 2_000
_SIGNS = re.compile(r"<script|<!channel|\[click\]|\*\*bold|@all|http://evil")
MARKUP = {"wecom": _SIGNS, "dingtalk": _SIGNS, "feishu": re.compile(r'"tag":"(lark_md|markdown)"|http://evil')}
"""What no message may have; Feishu's texts stand in fields that know no markup."""
VENDOR_BYTES = {"wecom": 4_096, "feishu": 20_000, "dingtalk": 20_000}


def hostile_text(folder: Path, durations: Durations) -> Row:
    """The largest record of hostile text through the chain, and on to every chat service."""
    message = largest()
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        done = "a record of 1,000,000 bytes of hostile text, and 5 MB straight to annotations and adapter"
        story = Story(it, done, at_most=1)
        sent_at = now_ms()
        it.send(message)
        story.arrives("raise", "firing EVIL warning", since=sent_at)
        row = story.end()
        (body,) = [one.body for one in it.webhook.notifications() if one.alerts[0].labels["entity"] == "EVIL"]
        row.facts["bytes on alerts"] = len(encode(message))
        row.facts["bytes of the notification"] = len(msgspec.json.encode(body))
        story.promise(row.facts["bytes of the notification"] <= MOST_NOTIFICATION_BYTES, "the notification is short")
        (alert,) = row.received
        _look_at(story, alert.annotations)
        _look_at(story, alert.labels)
        story.promise("{{ .Labels }}" in alert.annotations["evidence"], "what looks like a template stays as it is")
        _look_at_five_mb(story)
        _send_to_vendors(story, body, folder)
        return row


def largest() -> IncidentRaised:
    """A raise with hostile name, rule, watchlist, source and texts, as large as a record may be."""
    one = Evidence(id="t", text=HOSTILE, time=TIME, negative=0.9, source=HOSTILE, url="javascript:alert(1)", reach=7)
    made = company("EVIL", watchlists=(HOSTILE,), evidence=(one,) * 5, channel="rule", rule=HOSTILE)
    made = msgspec.structs.replace(made, name=HOSTILE)
    step = len(encode(with_text(made, 2 * HOSTILE))) - len(encode(made))
    return with_text(made, HOSTILE * (1 + (MAX_RECORD_BYTES - len(encode(made))) // step))


def with_text(made: IncidentRaised, text: str) -> IncidentRaised:
    """With another first text."""
    first = msgspec.structs.replace(made.evidence[0], text=text)
    return msgspec.structs.replace(made, evidence=(first, *made.evidence[1:]))


def _look_at(story: Story, said: dict[str, str]) -> None:
    """Every label and annotation is short, and nothing in it is hidden; only the five texts stand on several lines."""
    for name, text in said.items():
        story.promise(len(text) <= MOST_CHARS, f"{name} is short, has {len(text)} characters")
        lines = text.split("\n")
        story.promise(len(lines) == (5 if name == "evidence" else 1), f"{name} has {len(lines)} lines")
        hidden = {unicodedata.name(sign, hex(ord(sign))) for line in lines for sign in line if _is_hidden(sign)}
        story.promise(not hidden, f"{name} has {hidden}")


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _look_at_five_mb(story: Story) -> None:
    text = HOSTILE * (FIVE_MB // len(HOSTILE) + 1)
    raised = with_text(msgspec.structs.replace(largest(), name=text, watchlists=(text,)), text)
    record = IncidentRecord(raised=raised, first_at=TIME, score=raised.score, p_value=raised.p_value)
    began = monotonic()
    annotations = annotations_of(record, "http://grafana.example")
    story.row.facts["ms for the annotations of 5 MB"] = round(1000 * (monotonic() - began), 1)
    _look_at(story, annotations)


def _send_to_vendors(story: Story, body: dict[str, object], folder: Path) -> None:
    """Through the real adapter: the notification as it came, one that is nearly too large, and one that is."""
    with HttpReceivers().running() as http:
        secrets = {f"{name}_url": f"{http.url}/{name}" for name in VENDOR_BYTES}
        with adapter(folder / "adapter", **secrets) as (_, url):
            for name, most in VENDOR_BYTES.items():
                statuses = [
                    httpx.post(
                        f"{url}/{name}", json=_swollen(body, size), headers=ADAPTER_HEADERS, timeout=60
                    ).status_code
                    for size in (0, 3_000_000, FIVE_MB)
                ]
                story.promise(statuses == [200, 200, 413], f"{name} takes what fits and says no, said {statuses}")
                sent = [msgspec.json.encode(one.body).decode() for one in http.at(f"/{name}")]
                story.promise(len(sent) == 2, f"{name} is sent what fits, got {len(sent)}")
                for text in sent:
                    story.promise(len(text.encode()) <= most + 500, f"{name}'s message is short")
                    story.promise(not MARKUP[name].search(text), f"{name}: markup")
                    story.promise(not any(map(_is_hidden, text)), f"{name}: hidden signs")


def _swollen(body: dict[str, object], size: int) -> dict[str, object]:
    """A notification whose texts have `size` characters more."""
    if not size:
        return body
    swollen = msgspec.json.decode(msgspec.json.encode(body))
    said = swollen["alerts"][0]["annotations"]
    said["evidence"] += "\n" + HOSTILE.replace("\r\n", " ") * (size // len(HOSTILE) + 1)
    said["summary"] += HOSTILE * 100
    return dict(swollen)
