"""A hostile alert through a real Alertmanager, its templates and the adapter to every receiver of the teams example."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.header import decode_header, make_header

import httpx
import pytest

from services.alerting.receivers.chat_service import hmac_base64
from tests.harness.alertmanagers import ALERTMANAGER, AMTOOL, NOT_INSTALLED, post_alerts, run_amtool
from tests.harness.html_tags import Tags
from tests.harness.receiver_chain import (
    DINGTALK_SECRET,
    EVIDENCE,
    FEISHU_SECRET,
    LINK,
    PASSWORD,
    TOKEN,
    Chain,
    new_entity,
    receiver_chain,
    surge,
)
from tests.harness.support import wait_until

UNLINKED = EVIDENCE.replace("://", ":／／")
pytestmark = pytest.mark.skipif(ALERTMANAGER is None or AMTOOL is None, reason=NOT_INSTALLED)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """The whole chain, for all tests here."""
    with receiver_chain(tmp_path_factory.mktemp("receivers")) as running:
        yield running


@pytest.fixture
def told(chain: Chain) -> str:
    """The entity of a hostile alert that was just raised."""
    entity = new_entity()
    post_alerts(chain.alertmanager, surge(entity))
    return entity


def test_slack(chain: Chain, told: str) -> None:
    (found, *_) = chain.wait_for("/slack", told)
    (attachment,) = found.body["attachments"]
    assert attachment["title"].startswith("[CRITICAL 严重] AAPL &amp; Co &lt;#C1|general&gt; 'quoted'")
    assert (attachment["title_link"], attachment["color"]) == (LINK, "danger")
    text = attachment["text"]
    assert not set(attachment["title"] + text + attachment["fallback"]) & {"<", ">"}
    assert text.count("```") == 2
    before, block, after = text.split("```")
    assert "41 条负面文本" in before
    assert "p = 1e-09 &lt; 0.01" in before
    assert "&lt;!channel&gt; &lt;https:／／evil.example|click&gt;" in block
    assert "{{ .Labels }}" in block
    assert "负面5" in block
    assert f"`groundswell alerts show '{told}@2026-01-05T09:30:00Z'`" in after


def test_telegram(chain: Chain, told: str) -> None:
    (found, *_) = chain.wait_for(f"/bot{TOKEN}/sendMessage", told)
    assert found.body["parse_mode"] == "HTML"
    assert found.body["chat_id"] == "-1001234567890"
    html = Tags(found.body["text"])
    assert len(found.body["text"]) <= 4096
    assert html.tags == ["b", "pre", "code", "code", "a"]
    assert html.links == [LINK]
    assert UNLINKED in html.text
    assert html.text.startswith("[CRITICAL 严重] AAPL & Co <#C1|general>")
    assert f"groundswell alerts show '{told}@2026-01-05T09:30:00Z'" in html.text


@pytest.mark.parametrize("sign", ["<", "&", '"', "'", "+", "危", "😀"])
def test_telegram_stays_whole_whatever_the_length(chain: Chain, sign: str) -> None:
    entity = new_entity()
    alert = surge(entity)
    long = dict.fromkeys(("summary", "summary_zh", "numbers", "numbers_zh", "evidence"), sign * 2_000)
    post_alerts(chain.alertmanager, alert | {"annotations": alert["annotations"] | long})
    (found, *_) = chain.wait_for(f"/bot{TOKEN}", entity)
    text = found.body["text"]
    assert len(text) <= 4096
    html = Tags(text)
    assert html.tags == ["b", "pre", "code", "code"]
    assert re.findall(r"</\w+>", text) == ["</b>", "</pre>", "</code>", "</code>"]
    assert sign * 200 in html.text


def test_e_mail(chain: Chain, told: str) -> None:
    mail, text, html = wait_until(lambda: chain.mail.about(told), 60, "a mail")[0]
    assert set(chain.mail.logins) == {("groundswell@example.org", PASSWORD)}
    assert set(chain.mail.recipients) == {"TO:<risk@example.org>"}
    assert (mail["To"], mail["Bcc"]) == ("risk@example.org", None)
    assert str(make_header(decode_header(mail["Subject"]))).startswith("[CRITICAL 严重] AAPL & Co <#C1|general>")
    assert text.startswith("[CRITICAL 严重] AAPL & Co")
    assert UNLINKED in text
    page = Tags(html)
    assert page.tags == ["html", "head", "meta", "body", "h3", "p", "p", "p", "pre", "p", "code", "p", "a", "p"]
    assert page.links == [LINK]
    assert UNLINKED in page.text


def test_webhook(chain: Chain, told: str) -> None:
    (found, *_) = chain.wait_for("/record", told)
    (alert,) = found.body["alerts"]
    assert alert["annotations"]["evidence"] == EVIDENCE
    assert alert["annotations"]["incident"] == f"{told}@2026-01-05T09:30:00Z"
    assert re.fullmatch(r"[0-9a-f]{16}", alert["fingerprint"])


def test_an_operational_alert_has_its_runbook(chain: Chain) -> None:
    labels = {"alertname": "StageAbsent", "stage": "scoring", "severity": "high"}
    annotations = {"summary": "No scoring", "summary_zh": "没有评分进程", "runbook": "deploy/runbook.md#stageabsent"}
    post_alerts(chain.alertmanager, {"labels": labels, "annotations": annotations})
    (attachment,) = chain.wait_for("/slack", "No scoring")[0].body["attachments"]
    assert attachment["title"] == "[HIGH 高] No scoring"
    assert "title_link" not in attachment
    assert attachment["text"].split() == ["没有评分进程", "`deploy/runbook.md#stageabsent`"]


def test_an_alert_added_by_amtool(chain: Chain) -> None:
    run_amtool(
        *("alert", "add", f"--alertmanager.url={chain.alertmanager}", "--annotation=summary=Only a test"),
        *("alertname=OpinionSurge", "channel=negative", "kind=company", "entity=TEST"),
        *("severity=warning", "watchlists=risk"),
    )
    content = chain.wait_for("/wecom", "Only a test")[0].body["markdown"]["content"]
    assert content == '**<font color="warning">[WARNING 警告]</font> Only a test**'


def test_wecom(chain: Chain, told: str) -> None:
    (found, *_) = chain.wait_for("/wecom", told)
    content = found.body["markdown"]["content"]
    assert found.path == "/wecom?key=k1"
    assert len(content.encode()) <= 4096
    assert re.findall(r"<[^>]*>", content) == ['<font color="warning">', "</font>"]
    assert re.findall(r"\]\((.*)\)", content) == [LINK]
    assert "evil.example" not in content
    assert f"Incident 事件: {told}@2026-01-05T09:30:00Z" in content


def test_feishu_is_signed(chain: Chain, told: str) -> None:
    (found, *_) = chain.wait_for("/feishu", told)
    assert found.path == "/feishu/hook/f1"
    stamp = found.body["timestamp"]
    assert abs(int(stamp) - time.time()) < 3600
    assert found.body["sign"] == hmac_base64(f"{stamp}\n{FEISHU_SECRET}", "")
    assert found.body["card"]["header"]["title"]["content"].startswith("[CRITICAL 严重] AAPL & Co <#C1|general>")


def test_dingtalk_is_signed(chain: Chain, told: str) -> None:
    (found, *_) = chain.wait_for("/dingtalk", told)
    query = httpx.URL(f"http://x{found.path}").params
    stamp = query["timestamp"]
    assert abs(int(stamp) / 1000 - time.time()) < 3600
    assert (query["access_token"], query["sign"]) == ("d1", hmac_base64(DINGTALK_SECRET, f"{stamp}\n{DINGTALK_SECRET}"))
    assert "evil.example" not in found.body["markdown"]["text"]
