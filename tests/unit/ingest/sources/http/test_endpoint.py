"""POST /v1/texts: who may, what is taken, what is answered."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from services.ingest.normalise import SourceDefaults
from services.ingest.sources.http.endpoint import TextsEndpoint
from tests.harness.pipeline_bench import PipelineBench, pipeline_bench

TOKEN = "geheim-秘密"
HEADERS = {"Authorization": "Bearer secret"}


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[PipelineBench]:
    with pipeline_bench(tmp_path) as bench:
        yield bench


@pytest.fixture
async def client(bench: PipelineBench) -> AsyncIterator[TestClient[Any, Any]]:
    endpoint = TextsEndpoint(bench.pipeline, SourceDefaults("http", "comment", b"key"), "secret")
    async with TestClient(TestServer(endpoint.app())) as client:
        yield client


async def _post(client: TestClient[Any, Any], body: object, **headers: str) -> ClientResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post("/v1/texts", data=data, headers=headers or HEADERS)


@pytest.mark.parametrize(
    "body", [{"text": "up"}, [{"text": "up"}], {"texts": [{"text": "up"}]}], ids=["one", "list", "texts"]
)
async def test_three_forms(client: TestClient[Any, Any], bench: PipelineBench, body: object) -> None:
    answer = await _post(client, body)
    assert (answer.status, await answer.json()) == (202, {"accepted": 1, "repeated": 0, "rejected": []})
    assert [(text.text, text.source) for text in bench.texts()] == [("up", "http")]


async def test_each_item_has_its_own_result(client: TestClient[Any, Any], bench: PipelineBench) -> None:
    body = [{"id": "1", "text": "up"}, {"id": "1", "text": "up"}, {"text": ""}, "no", {"id": "2", "text": "down"}]
    answer = await _post(client, body)
    receipt = await answer.json()
    assert (answer.status, receipt["accepted"], receipt["repeated"]) == (202, 2, 1)
    assert [(item["index"], item["reason"]) for item in receipt["rejected"]] == [(2, "empty_text"), (3, "invalid_json")]
    assert [text.event_id for text in bench.texts()] == ["1", "2"]


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer wrong", "Basic secret", "Bearer secret2", "secret", "Bearer s\u00e9cret"]
)
async def test_only_with_the_token(client: TestClient[Any, Any], bench: PipelineBench, header: str | None) -> None:
    headers = {"X": "y"} if header is None else {"Authorization": header}
    answer = await _post(client, {"text": "up"}, **headers)
    assert answer.status == 401
    assert "Authorization: Bearer" in (await answer.json())["error"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert bench.messages() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"5", b'"text"', b'{"texts": 5}', b"null", b"[" * 100_000, b'{"text": NaN}']
)
async def test_what_is_no_batch(client: TestClient[Any, Any], bench: PipelineBench, body: bytes) -> None:
    answer = await _post(client, body)
    assert answer.status == 400
    assert (await answer.json())["error"].startswith("expected")
    assert bench.messages() == []


async def test_limits(client: TestClient[Any, Any], bench: PipelineBench) -> None:
    assert (await _post(client, b" " * 1_000_001)).status == 413
    assert (await _post(client, [{"text": "up"}] * 1_001)).status == 413
    assert bench.messages() == []
    answer = await _post(client, [{"text": f"up {i}"} for i in range(1_000)])
    assert (answer.status, (await answer.json())["accepted"]) == (202, 1_000)


async def test_without_a_broker_texts_are_safe_on_disk(client: TestClient[Any, Any], bench: PipelineBench) -> None:
    bench.connection.down = True
    answer = await _post(client, {"text": "up"})
    assert (answer.status, (await answer.json())["accepted"]) == (202, 1)
    assert bench.texts() == []


async def test_without_broker_and_disk_it_says_so(
    client: TestClient[Any, Any], bench: PipelineBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    bench.connection.down = True
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert (await _post(client, {"id": "1", "text": "up"})).status == 503
    answer = await _post(client, {"id": "1", "text": "up"})
    assert (answer.status, (await answer.json())["accepted"]) == (202, 1)


async def test_health_and_other_paths(client: TestClient[Any, Any]) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/v1/texts")).status == 405
    assert (await client.get("/")).status == 404


async def test_a_token_in_any_script(bench: PipelineBench) -> None:
    endpoint = TextsEndpoint(bench.pipeline, SourceDefaults("http", "comment", b"key"), TOKEN)
    async with TestClient(TestServer(endpoint.app())) as client:
        assert (await _post(client, {"text": "up"}, Authorization=f"Bearer {TOKEN}")).status == 202
