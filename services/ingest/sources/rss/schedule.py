"""When a feed is fetched next; pure: time and chance are arguments. Seconds, on a monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.ingest.sources.rss.page import Page
from services.ingest.sources.rss.refusal import Refusal
from services.ingest.sources.rss.subscription import Subscription

LONGEST_BACKOFF_SECONDS = 900.0
"""A feed that is back is found again before what it brought meanwhile is too late for detection."""
JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Feed:
    """What is known of a feed: its last validators, how often in a row it failed, when it is due."""

    subscription: Subscription
    due: float = 0.0
    failures: int = 0
    etag: str | None = None
    last_modified: str | None = None
    gone: bool = False


def after_page(feed: Feed, page: Page, now: float, interval: float, chance: float) -> Feed:
    """The feed after a fetch that worked; `chance` in [0, 1) delays the next by up to a tenth."""
    return replace(
        feed,
        due=now + interval * (1 + JITTER * chance),
        failures=0,
        etag=page.etag or (feed.etag if page.body is None else None),
        last_modified=page.last_modified or (feed.last_modified if page.body is None else None),
    )


def after_refusal(feed: Feed, refusal: Refusal, now: float, interval: float, chance: float) -> Feed:
    """The feed after a failure: twice as long as the time before, at most a quarter of an hour or its interval, and at
    least as long as the server asks.
    """
    failures = feed.failures + 1
    pause = interval * 2.0 ** min(failures - 1, 20) * (1 + JITTER * chance)
    pause = max(min(pause, max(LONGEST_BACKOFF_SECONDS, interval)), refusal.retry_after or 0.0)
    return replace(feed, due=now + pause, failures=failures, gone=refusal.gone)
