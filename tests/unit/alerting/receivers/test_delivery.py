"""What a service's answer means."""

from __future__ import annotations

import pytest

from services.alerting.receivers.chat_service import ChatService
from services.alerting.receivers.delivery import read_answer
from services.alerting.receivers.dingtalk import DINGTALK
from services.alerting.receivers.feishu import FEISHU
from services.alerting.receivers.wecom import WECOM


@pytest.mark.parametrize(
    ("service", "status", "body", "result", "detail"),
    [
        (WECOM, 200, b'{"errcode": 0, "errmsg": "ok"}', "sent", ""),
        (WECOM, 200, b'{"errcode": 93000, "errmsg": "invalid\\nurl"}', "refused", "errcode 93000: invalid url"),
        (WECOM, 200, b'{"errcode": 45009, "errmsg": "freq"}', "limited", "errcode 45009: freq"),
        (DINGTALK, 200, b'{"errcode": 0, "errmsg": "ok"}', "sent", ""),
        (
            DINGTALK,
            200,
            b'{"errcode": 310000, "errmsg": "bad sign"}',
            "refused",
            "errcode 310000: bad sign",
        ),
        (DINGTALK, 200, b'{"errcode": 130101, "errmsg": "too fast"}', "limited", "errcode 130101: too fast"),
        (FEISHU, 200, b'{"code": 0, "msg": "success", "data": {}}', "sent", ""),
        (FEISHU, 400, b'{"code": 19021, "msg": "sign match fail"}', "refused", "code 19021: sign match fail"),
        (FEISHU, 200, b'{"code": 11232, "msg": "limited"}', "limited", "code 11232: limited"),
        (FEISHU, 429, b"", "limited", "too many messages (HTTP status 429)"),
        (FEISHU, 200, b'{"code": "x"}', "refused", "code is no number (HTTP status 200)"),
        (WECOM, 200, b'{"code": 0}', "refused", "an answer without errcode (HTTP status 200)"),
        (WECOM, 502, b"<html>", "refused", "an answer without errcode (HTTP status 502)"),
        (WECOM, 200, b"[1]", "refused", "an answer without errcode (HTTP status 200)"),
        (WECOM, 200, b"\xff" * 9, "refused", "an answer without errcode (HTTP status 200)"),
    ],
)
def test_an_answer(service: ChatService, status: int, body: bytes, result: str, detail: str) -> None:
    found = read_answer(service, status, body)
    assert (found.result, found.detail) == (result, detail)


def test_a_long_reason_is_cut() -> None:
    assert len(read_answer(WECOM, 200, b'{"errcode": 1, "errmsg": "%s"}' % (b"x" * 9_000)).detail) < 330
