"""`ingest rss` in a real process: a feed on this machine, allowed and not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.harness.ingest_process import ingest, texts, wait_for_end, wait_for_log
from tests.harness.support import wait_until

RSS = b"""<rss version="2.0"><channel><item><title>Apple &lt;script&gt;x()&lt;/script&gt; falls</title>
<link>javascript:x()</link><guid>1</guid></item></channel></rss>"""


class _Feed(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Any path is the feed."""
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(RSS)))
        self.end_headers()
        self.wfile.write(RSS)

    def log_message(self, *_args: object) -> None:
        """Silence."""


@pytest.fixture
def feed() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/feed-{server.server_port}.xml"
    server.shutdown()
    server.server_close()


def test_entries_become_news(broker: str, tmp_path: Path, feed: str) -> None:
    source = f"127.0.0.1/{feed.rpartition('/')[2]}"
    with ingest(tmp_path, broker, "rss", feed, allow_private_feeds="true") as child:
        found = wait_until(lambda: texts(broker, "news.raw", source), 120)
        child.ask_to_stop()
        assert wait_for_end(child)[0] == 0
    assert [(text.text, text.title, text.url) for text in found] == [("Apple falls", "Apple falls", None)]
    assert [(text.precision, text.in_detection) for text in found] == [("seen", False)]  # its first fetch, undated


def test_private_addresses_are_refused_unless_allowed(broker: str, tmp_path: Path, feed: str) -> None:
    with ingest(tmp_path, broker, "rss", feed) as child:
        wait_for_log(child, r"127\.0\.0\.1 is at 127\.0\.0\.1, which is not a public address; GROUNDSWELL_ALLOW_PRI")
