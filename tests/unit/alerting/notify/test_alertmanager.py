"""Posts to an Alertmanager, and what it answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.alerting.notify.alertmanager import (
    Alertmanager,
    AlertmanagerUnavailable,
    alertmanager_urls,
    until_available,
)
from services.alerting.notify.postable import MOST_ALERTS, MOST_BYTES, PostableAlert, batches, body_of
from services.domain.errors import InvalidInput

Answer = Callable[[httpx.Request], httpx.Response]


def post(entity: str, text: str = "", firing: bool = True) -> PostableAlert:
    annotations = {"summary": text or entity, "link": "http://grafana/d/x"}
    return PostableAlert(
        {"alertname": "OpinionSurge", "entity": entity}, annotations, 1_409_758_860_000, 60_500, firing, 0
    )


def entities(request: httpx.Request) -> list[str]:
    return [alert["labels"]["entity"] for alert in json.loads(request.content)]


def asked(answer: Answer, url: str = "http://user:word@am:9093/prefix/") -> Alertmanager:
    return Alertmanager(url, httpx.MockTransport(answer))


def test_the_body_is_what_the_api_takes() -> None:
    assert json.loads(body_of([post("AAPL")])) == [
        {
            "labels": {"alertname": "OpinionSurge", "entity": "AAPL"},
            "annotations": {"summary": "AAPL", "link": "http://grafana/d/x"},
            "startsAt": "2014-09-03T15:41:00Z",
            "endsAt": "1970-01-01T00:01:00.500Z",
            "generatorURL": "http://grafana/d/x",
        }
    ]


def test_batches_are_bounded_in_alerts_and_bytes() -> None:
    small = [post(str(number)) for number in range(250)]
    assert [len(batch) for batch in batches(small)] == [MOST_ALERTS, MOST_ALERTS, 50]
    large = [post(str(number), "跌" * 50_000) for number in range(20)]
    split = list(batches(large))
    assert [entity.labels["entity"] for batch in split for entity in batch] == [str(number) for number in range(20)]
    assert max(len(body_of(batch)) for batch in split) <= MOST_BYTES + 2
    assert [len(batch) for batch in batches([post("x", "x" * 2 * MOST_BYTES), post("y")])] == [1, 1]
    assert list(batches([])) == []


async def test_alerts_are_posted_to_the_api_with_the_login_of_the_address() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    alertmanager = asked(answer)
    assert await alertmanager.post([post("AAPL"), post("MSFT")]) == []
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "http://user:word@am:9093/prefix/api/v2/alerts")
    assert request.headers["authorization"].startswith("Basic ")
    assert (alertmanager.name, entities(request)) == ("am:9093/prefix", ["AAPL", "MSFT"])


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_one_bad_alert_holds_up_no_other(status: int) -> None:
    taken: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if "BAD" in entities(request):
            return httpx.Response(status, text="invalid\nlabel set")
        taken.extend(entities(request))
        return httpx.Response(200)

    names = [f"C{number}" for number in range(60)] + ["BAD"] + [f"D{number}" for number in range(39)]
    (refused,) = await asked(answer).post([post(name) for name in names])
    assert refused.post.labels["entity"] == "BAD"
    assert f"{status} " in refused.answer
    assert refused.answer.endswith(": invalid label set")
    assert taken == [name for name in names if name != "BAD"]


@pytest.mark.parametrize("status", [301, 401, 403, 404, 429, 500, 503])
async def test_a_refusal_that_blames_no_alert_is_tried_again_later(status: int) -> None:
    alertmanager = asked(lambda _: httpx.Response(status, text="go away"))
    with pytest.raises(AlertmanagerUnavailable, match=f"Alertmanager am:9093/prefix: {status} .*: go away"):
        await alertmanager.post([post("AAPL"), post("MSFT")])


async def test_no_answer_is_said_with_its_reason() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    with pytest.raises(AlertmanagerUnavailable, match="Alertmanager am:9093/prefix: ReadTimeout"):
        await asked(answer).post([post("AAPL")])


async def test_what_it_holds_is_what_the_relay_has_posted() -> None:
    ours: dict[str, Any] = {
        "labels": {"alertname": "OpinionSurge", "entity": "AAPL"},
        "annotations": {"incident": "company:AAPL@x"},
        "startsAt": "2014-09-03T15:41:00.000Z",
        "status": {"state": "active"},
    }
    theirs = ours | {"annotations": {"summary": "by a rule of Prometheus"}}
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[ours, theirs])

    (found,) = await asked(answer).firing()
    assert (found.labels, found.annotations, found.starts_at) == (
        ours["labels"],
        ours["annotations"],
        1_409_758_860_000,
    )
    assert seen[0].url.params["filter"] == 'alertname=~"OpinionSurge|OpinionStorm"'


@pytest.mark.parametrize(
    "answer", [httpx.Response(500), httpx.Response(200, text="<html>"), httpx.Response(200, json={})]
)
async def test_an_answer_that_lists_no_alerts_is_none(answer: httpx.Response) -> None:
    with pytest.raises(AlertmanagerUnavailable):
        await asked(lambda _: answer).firing()


async def test_an_outage_of_hours_is_waited_for_with_pauses_that_grow_to_ten_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def ask() -> str:
        if len(pauses) < 3_000:
            raise AlertmanagerUnavailable("Alertmanager am:9093: refused")
        return "an answer"

    monkeypatch.setattr(asyncio, "sleep", pause)
    assert await until_available(ask) == "an answer"
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, *[10.0] * 2_995]


def test_addresses() -> None:
    assert alertmanager_urls("") == []
    assert alertmanager_urls(" http://a:9093/, https://b/am ,") == ["http://a:9093", "https://b/am"]


@pytest.mark.parametrize("setting", ["a:9093", "http://", "ftp://a", "http://a:x", "http://a?b=c", "http://a, a"])
def test_what_is_no_address_is_refused_with_its_setting(setting: str) -> None:
    with pytest.raises(InvalidInput, match="GROUNDSWELL_ALERTMANAGERS: expected http://host:port"):
        alertmanager_urls(setting)


def test_the_same_address_twice_is_refused() -> None:
    with pytest.raises(InvalidInput, match="expected each once"):
        alertmanager_urls("http://a:9093,http://a:9093/")
