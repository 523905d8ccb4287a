"""The adapter between Alertmanager and the robots: what each side gets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from services.alerting.receivers import delivery, server
from services.alerting.receivers.robots import CHAT_SERVICES, Robot
from services.alerting.receivers.server import Adapter, serve
from services.domain.errors import PortTaken
from services.observability.metrics import Metrics
from tests.harness.notifications import INCIDENT, body

OK = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"}
KEY = "key-that-nobody-may-see"
TOKEN = "token-of-the-adapter"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}


@dataclass
class Bench:
    """An adapter whose robots all talk to one service, which gives `answers` and remembers what it got."""

    answers: list[Any] = field(default_factory=list)
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    now: float = 1_000.0
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))

    async def service(self, request: web.Request) -> web.Response:
        """The chat service."""
        self.got.append((str(request.rel_url), await request.json()))
        answer = self.answers.pop(0) if self.answers else OK
        if callable(answer):
            slow: Callable[[], Awaitable[web.Response]] = answer
            return await slow()
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    def count(self, name: str, result: str) -> float:
        """Messages counted."""
        value = self.metrics.registry.get_sample_value(
            "groundswell_adapter_messages_total", {"receiver": name, "result": result}
        )
        assert value is not None
        return value


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
async def client(bench: Bench) -> AsyncIterator[TestClient[Any, Any]]:
    service = web.Application()
    service.router.add_post("/hook", bench.service)
    async with TestServer(service) as server:
        url = str(server.make_url(f"/hook?key={KEY}"))
        found = {name: Robot(service, url, "secret") for name, service in CHAT_SERVICES.items()}
        adapter = Adapter(found, TOKEN, bench.metrics, lambda: bench.now)
        async with TestClient(TestServer(adapter.app())) as client:
            yield client


async def send(client: TestClient[Any, Any], name: str = "wecom", data: bytes | None = None) -> ClientResponse:
    """Post a notification."""
    return await client.post(f"/{name}", data=body() if data is None else data, headers=HEADERS)


@pytest.mark.parametrize(
    ("changes", "status", "why"),
    [
        ({"Authorization": None}, 401, "expected the header Authorization: Bearer TOKEN"),
        ({"Authorization": f"Basic {TOKEN}"}, 401, "expected the header Authorization: Bearer TOKEN"),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401, "expected the header Authorization: Bearer TOKEN"),
        ({"Content-Type": "text/plain"}, 415, "expected Content-Type: application/json, got text/plain"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "expected Content-Type: application/json"),
        ({"Origin": "https://evil.example"}, 403, "got a request from a page in a browser"),
        ({"Origin": "null"}, 403, "got a request from a page in a browser"),
        ({"Sec-Fetch-Site": "same-origin"}, 403, "got a request from a page in a browser"),
    ],
)
async def test_only_alertmanager_may_send(
    client: TestClient[Any, Any], bench: Bench, changes: dict[str, str | None], status: int, why: str
) -> None:
    headers = {name: value for name, value in (HEADERS | changes).items() if value is not None}
    answer = await client.post("/wecom", data=body(), headers=headers)
    assert answer.status == status
    assert why in (await answer.json())["error"]
    assert TOKEN not in await answer.text()
    assert bench.got == []
    assert bench.count("wecom", "forbidden") == 1


async def test_a_body_that_does_not_end_is_given_up(
    client: TestClient[Any, Any], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BODY_SECONDS", 0.2)
    release = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await release.wait()

    answer = await client.post("/wecom", data=slow(), headers=HEADERS)
    release.set()
    assert answer.status == 408
    assert bench.got == []


@pytest.mark.parametrize("name", CHAT_SERVICES)
async def test_sent(client: TestClient[Any, Any], bench: Bench, name: str) -> None:
    answer = await send(client, name)
    assert (answer.status, await answer.json()) == (200, {"status": "sent"})
    ((url, payload),) = bench.got
    assert url.startswith(f"/hook?key={KEY}")
    assert ("sign" in url, "sign" in payload) == (name == "dingtalk", name == "feishu")
    assert INCIDENT in str(payload)
    assert bench.count(name, "sent") == 1


async def test_what_the_service_refuses_comes_again(client: TestClient[Any, Any], bench: Bench) -> None:
    bench.answers = [{"errcode": 93000, "errmsg": "invalid webhook url"}]
    answer = await send(client)
    assert (answer.status, await answer.json()) == (502, {"error": "wecom: errcode 93000: invalid webhook url"})
    assert (await send(client)).status == 200
    assert (bench.count("wecom", "refused"), bench.count("wecom", "sent")) == (1, 1)


async def test_too_many_messages_pause_this_robot_alone(client: TestClient[Any, Any], bench: Bench) -> None:
    bench.answers = [{"errcode": 45009, "errmsg": "api freq out of limit"}]
    assert (await send(client)).status == 503
    answer = await send(client)
    assert (answer.status, await answer.json()) == (
        503,
        {"error": "wecom: too many messages a short while ago; next try in 30 s"},
    )
    assert len(bench.got) == 1
    assert (await send(client, "dingtalk")).status == 200
    bench.now += 30
    assert (await send(client)).status == 200
    assert bench.count("wecom", "limited") == 2


async def test_refused_content_is_sent_without_the_texts(client: TestClient[Any, Any], bench: Bench) -> None:
    bench.answers = [{"errcode": 430102, "errmsg": "unfit text"}]
    assert (await send(client, "dingtalk")).status == 200
    first, second = (payload["markdown"]["text"] for _, payload in bench.got)
    assert "Apple falls, part 5" in first
    assert "Apple falls" not in second
    assert "> … 5 more texts left out / 另有 5 条文本未显示" in second
    assert INCIDENT in second


async def test_no_service(bench: Bench) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/hook?key={KEY}"
        adapter = Adapter({"wecom": Robot(CHAT_SERVICES["wecom"], url, "")}, TOKEN, bench.metrics)
        async with TestClient(TestServer(adapter.app())) as client:
            answer = await send(client)
            assert (answer.status, await answer.json()) == (
                502,
                {"error": "wecom: cannot be reached (ConnectError)"},
            )
            assert bench.count("wecom", "unreachable") == 1


async def test_a_service_that_does_not_answer(
    client: TestClient[Any, Any], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT_SECONDS", 0.2)
    release = asyncio.Event()

    async def never() -> web.Response:
        await release.wait()
        return web.Response()

    bench.answers = [never]
    answer = await send(client)
    release.set()
    assert (answer.status, await answer.json()) == (502, {"error": "wecom: no answer within 0 s"})


async def test_of_an_endless_answer_the_start_is_read(client: TestClient[Any, Any], bench: Bench) -> None:
    bench.answers = [{"errcode": 0, "errmsg": "x" * 1_000_000}]
    answer = await send(client)
    assert (answer.status, await answer.json()) == (
        502,
        {"error": "wecom: an answer without errcode (HTTP status 200)"},
    )


async def test_no_proxy_of_the_environment_is_asked(
    client: TestClient[Any, Any], bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert (await send(client)).status == 200
    assert len(bench.got) == 1


async def test_a_redirect_is_not_followed(client: TestClient[Any, Any], bench: Bench) -> None:
    bench.answers = [web.Response(status=307, headers={"Location": "/hook?elsewhere"})]
    assert (await send(client)).status == 502
    assert len(bench.got) == 1


async def test_not_configured(bench: Bench) -> None:
    async with TestClient(TestServer(Adapter({}, TOKEN, bench.metrics).app())) as client:
        answer = await send(client, "feishu")
        assert (answer.status, await answer.json()) == (
            503,
            {"error": "feishu: not configured; write the robot's address into the secret groundswell_feishu_url"},
        )
        assert bench.count("feishu", "unset") == 1
        assert await (await client.get("/healthz")).json() == {"status": "ok", "receivers": []}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"null", b'{"version": "4"}'])
async def test_what_is_no_notification(client: TestClient[Any, Any], bench: Bench, data: bytes) -> None:
    answer = await send(client, data=data)
    assert answer.status == 400
    assert (await answer.json())["error"].startswith("wecom: expected Alertmanager's webhook JSON, version 4")
    assert bench.got == []
    assert bench.count("wecom", "invalid") == 1


async def test_limits_and_other_paths(client: TestClient[Any, Any], bench: Bench) -> None:
    assert (await send(client, data=b" " * 4_000_001)).status == 413
    assert (await send(client, "slack")).status == 404
    assert (await client.get("/wecom")).status == 405
    assert (await client.get("/healthz")).status == 200
    assert bench.got == []


async def test_no_log_line_shows_a_key(
    client: TestClient[Any, Any], bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bench.answers = [{"errcode": 1, "errmsg": "no"}, web.Response(status=500), {"errcode": 430101, "errmsg": "link"}]
    for name in ("wecom", "dingtalk", "dingtalk"):
        await send(client, name)
    assert "dingtalk: refused: an answer without errcode (HTTP status 500)" in caplog.text
    assert "wecom: refused: errcode 1: no" in caplog.text
    assert "errcode 430101: link; sent again without the texts" in caplog.text
    assert KEY not in "".join(r.getMessage() for r in caplog.records if not r.name.startswith("aiohttp.access"))


async def test_a_taken_port_is_named(bench: Bench) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"the adapter cannot listen on 127.0.0.1:{port}"):
            await serve(Adapter({}, TOKEN, bench.metrics).app(), "127.0.0.1", port)
