"""POST /v1/texts in a real process, into real brokers."""

from __future__ import annotations

from pathlib import Path

from tests.harness.ingest_process import TOKEN, dead_letters, ingest, post, texts, wait_for_log
from tests.harness.support import wait_until


def test_who_has_the_token_may_send(broker: str, tmp_path: Path) -> None:
    options = ("http", "--port", "0", "--kind", "news")
    with ingest(tmp_path, broker, *options, http_token=TOKEN) as child:
        port = int(wait_for_log(child, r"POST http://127\.0\.0\.1:(\d+)/v1/texts")[1])
        batch = {"texts": [{"id": "h-1", "text": "$AAPL falls", "source": "posted"}, {"text": "<p></p>"}]}
        assert post(port, batch, "wrong")[0] == 401
        status, receipt = post(port, batch)
        assert (status, receipt["accepted"], receipt["repeated"]) == (202, 1, 0)
        assert receipt["rejected"][0]["reason"] == "empty_text"
        assert post(port, batch)[1]["repeated"] == 1
        arrived = wait_until(lambda: texts(broker, "news.raw", "posted"), 120)
        assert [text.event_id for text in arrived] == ["h-1"]
        wait_until(lambda: dead_letters(broker, "POST /v1/texts item 1"), 120)
        assert {letter.reason for letter in dead_letters(broker, "POST /v1/texts item 1")} == {"empty_text"}
