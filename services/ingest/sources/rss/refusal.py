"""A feed that was not fetched, with what the poller and the metrics need to know."""

from __future__ import annotations

from services.domain.errors import FetchRefused

RESULTS = (
    "ok",
    "not_modified",
    "cut",
    "bad_url",
    "private_address",
    "unreachable",
    "too_slow",
    "too_large",
    "too_many_redirects",
    "http_error",
    "bad_content",
    "unforeseen",
)
"""How a fetch can end; labels of the metric `feed_fetches_total`."""


class Refusal(FetchRefused):
    """A fetch that failed: `result` is one of `RESULTS`; skip this poll, count it, and try again later.

    `retry_after` (seconds) is the server's own wish; `gone` says that it will never be there again.
    """

    def __init__(self, result: str, why: str, retry_after: float | None = None, gone: bool = False) -> None:
        super().__init__(why)
        self.result = result
        self.retry_after = retry_after
        self.gone = gone
