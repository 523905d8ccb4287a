"""A feed that is followed, and what is known of it beforehand; what is None is as for feeds at large."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.domain.messages import Kind, Lang
from services.ingest.normalise import SourceDefaults
from services.ingest.sources.rss.fetch import parse_url


@dataclass(frozen=True, slots=True)
class Subscription:
    """Its address, the kind, time zone, language and publisher of its texts, and the seconds between two fetches."""

    url: str
    kind: Kind | None = None
    zone: ZoneInfo | None = None
    lang: Lang | None = None
    interval: float | None = None
    publisher: str | None = None

    @property
    def host(self) -> str:
        """The server, which is asked for one feed at a time.

        :raises Refusal: when the address is none that can be fetched.
        """
        return _host(self.url)

    def defaults(self, common: SourceDefaults, source: str) -> SourceDefaults:
        """What its records get when they do not say it themselves."""
        return replace(
            common.of(source),
            kind=self.kind or common.kind,
            zone=self.zone or common.zone,
            lang=self.lang or common.lang,
            publisher=self.publisher or common.publisher,
        )


@lru_cache(maxsize=10_000)
def _host(url: str) -> str:
    return parse_url(url).host.lower()
