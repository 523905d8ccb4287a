"""`ingest rss` in a real process: a feed on this machine, allowed and not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import brotli
import pytest

from tests.harness.ingest_process import ingest, texts, wait_for_end, wait_for_log
from tests.harness.support import wait_until

RSS = b"""<rss version="2.0"><channel><item><title>Apple &lt;script&gt;x()&lt;/script&gt; falls</title>
<link>javascript:x()</link><guid>1</guid></item></channel></rss>"""
CHINESE_RSS = """<?xml version="1.0" encoding="gb2312"?><rss version="2.0"><channel>
<item><title>钢厂减产 三百人被裁</title></item></channel></rss>"""


@contextmanager
def serve(body: bytes, encoding: str = "identity") -> Iterator[int]:
    """The port of a server with one answer at every path."""

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def feed() -> Iterator[str]:
    with serve(RSS) as port:
        yield f"http://127.0.0.1:{port}/feed-{port}.xml"


def test_entries_become_news(broker: str, tmp_path: Path, feed: str) -> None:
    source = f"127.0.0.1/{feed.rpartition('/')[2]}"
    with ingest(tmp_path, broker, "rss", feed, allow_private_feeds="true") as child:
        found = wait_until(lambda: texts(broker, "news.raw", source), 120)
        child.ask_to_stop()
        assert wait_for_end(child)[0] == 0
    assert [(text.text, text.title, text.url) for text in found] == [("Apple falls", "Apple falls", None)]
    assert [(text.precision, text.in_detection) for text in found] == [("seen", False)]  # its first fetch, undated


def test_a_sources_file_is_followed_and_taken_up_anew(broker: str, tmp_path: Path) -> None:
    with serve(brotli.compress(CHINESE_RSS.encode("gbk")), "br") as port:
        sources = tmp_path / "sources.yaml"
        sources.write_text(f"sources: [{{url: 'http://127.0.0.1:{port}/first'}}]")
        with ingest(tmp_path, broker, "rss", "--sources", str(sources), allow_private_feeds="true") as child:
            found = wait_until(lambda: texts(broker, "news.raw", "127.0.0.1/first"), 120)
            assert [(text.lang, text.title) for text in found] == [("zh", "钢厂减产 三百人被裁")]
            sources.write_text("sources: [{url: nowhere}]")
            wait_for_log(child, r"sources\.yaml:1:17: .* the sources in use stay")
            sources.write_text(f"sources: [{{url: 'http://127.0.0.1:{port}/second', kind: comment, publisher: P}}]")
            found = wait_until(lambda: texts(broker, "comments.raw", "127.0.0.1/second"), 120)
            assert [text.publisher for text in found] == ["P"]
            child.ask_to_stop()
            assert wait_for_end(child)[0] == 0


def test_private_addresses_are_refused_unless_allowed(broker: str, tmp_path: Path, feed: str) -> None:
    with ingest(tmp_path, broker, "rss", feed) as child:
        wait_for_log(child, r"127\.0\.0\.1 is at 127\.0\.0\.1, which is not a public address; GROUNDSWELL_ALLOW_PRI")
