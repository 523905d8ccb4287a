"""When a feed is due again."""

from __future__ import annotations

import pytest

from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.schedule import LONGEST_BACKOFF_SECONDS, Feed, after_page, after_refusal
from services.ingest.sources.rss.subscription import Subscription

SUBSCRIPTION = Subscription("https://example.com/feed")
FEED = Feed(SUBSCRIPTION, failures=3, etag='"old"', last_modified="then")


def test_after_a_page() -> None:
    page = Page("https://example.com/feed", b"x", "text/xml", '"new"', None)
    assert after_page(FEED, page, 1_000, 300, 0.0) == Feed(SUBSCRIPTION, 1_300, 0, '"new"', None)
    assert after_page(FEED, page, 1_000, 300, 0.5).due == 1_315


def test_not_modified_keeps_the_validators() -> None:
    page = Page("https://example.com/feed", None, "", None, None)
    assert after_page(FEED, page, 1_000, 300, 0.0) == Feed(SUBSCRIPTION, 1_300, 0, '"old"', "then")


@pytest.mark.parametrize("chance", [0.0, 0.99])
def test_each_failure_doubles_the_pause_up_to_a_quarter_of_an_hour(chance: float) -> None:
    feed = Feed(SUBSCRIPTION)
    pauses = []
    for _ in range(40):
        feed = after_refusal(feed, Refusal("too_slow", "x"), 0, 60, chance)
        pauses.append(feed.due)
    jitter = 1 + 0.1 * chance
    assert pauses[:4] == pytest.approx([60 * jitter, 120 * jitter, 240 * jitter, 480 * jitter])
    assert set(pauses[4:]) == {LONGEST_BACKOFF_SECONDS}
    assert LONGEST_BACKOFF_SECONDS == 15 * 60


def test_a_feed_that_is_seldom_fetched_is_not_fetched_more_often_while_it_fails() -> None:
    assert after_refusal(Feed(SUBSCRIPTION), Refusal("too_slow", "x"), 0, 3_600, 0.0).due == 3_600


def test_the_server_may_ask_for_more_time_but_not_for_less() -> None:
    asked = Refusal("http_error", "x", retry_after=5_000)
    assert after_refusal(Feed(SUBSCRIPTION), asked, 0, 300, 0.0).due == 5_000
    assert after_refusal(Feed(SUBSCRIPTION), Refusal("http_error", "x", retry_after=1), 0, 300, 0.0).due == 300


def test_gone_for_good() -> None:
    assert after_refusal(Feed(SUBSCRIPTION), Refusal("http_error", "x", gone=True), 0, 300, 0.0).gone
