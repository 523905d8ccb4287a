"""A source's loose record to a `RawText`, or to the reason why not; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlsplit

from services.domain.errors import InvalidMessage
from services.domain.limits import MAX_TEXT_CHARS
from services.domain.messages import Kind, RawText
from services.ingest.dates import published_ms
from services.ingest.identity import author_hash, event_id
from services.text.clean import MAX_RAW_CHARS, clean_text
from services.text.language import detect
from services.text.untrusted import masked

MAX_TITLE_CHARS = 500
MAX_SOURCE_CHARS = 100
MAX_URL_CHARS = 2_000
MAX_TICKERS = 50
MAX_TICKER_CHARS = 20
MOST_NAMED_CHARS = 200
"""Of the fields that an error names."""

TEXT_CUT = "text_cut"
LINK_DROPPED = "link_dropped"


@dataclass(frozen=True, slots=True)
class SourceDefaults:
    """What records get when they do not say it themselves, and the key that hides their authors."""

    source: str
    kind: Kind
    author_key: bytes

    def of(self, source: str) -> SourceDefaults:
        """The same rules for another source."""
        return replace(self, source=source)


@dataclass(frozen=True, slots=True)
class Normalised:
    """A text ready to publish, and what had to be changed (labels of the metric `texts_normalised_total`)."""

    text: RawText
    changes: tuple[str, ...]


def normalise(record: Mapping[str, Any], rules: SourceDefaults, seen: int) -> Normalised:
    """One record `{id?, text | title/body, created_at | published_at | date, author?, source?, url?, kind?,
    tickers?, sentiment?}`, first seen at `seen` (ms since 1970); other fields are ignored.

    :raises InvalidMessage: with the reason for the dead-letter topic.
    """
    changes: list[str | None] = []
    title = _string(record, "title")
    title = clean_text(title, MAX_TITLE_CHARS) or None if title is not None else None
    text, cut = _text(record, title)
    changes.append(cut)
    source = clean_text(_string(record, "source") or "", MAX_SOURCE_CHARS) or rules.source
    published, dated = published_ms(_first(record, "created_at", "published_at", "date"), seen)
    changes.append(dated)
    author = author_hash(rules.author_key, record.get("author"))
    identity, replaced = event_id(source, record.get("id"), author, text)
    changes.append(replaced)
    url = _link(record.get("url"))
    changes.append(LINK_DROPPED if url is None and record.get("url") else None)
    message = RawText(
        event_id=identity,
        kind=_kind(record, rules.kind),
        source=source,
        text=text,
        lang=detect(text),
        published_at=published,
        first_seen_at=seen,
        author=author,
        title=title,
        url=url,
        tickers=_tickers(record.get("tickers")),
        sentiment=_sentiment(record.get("sentiment")),
    )
    return Normalised(message, tuple(change for change in changes if change))


def _text(record: Mapping[str, Any], title: str | None) -> tuple[str, str | None]:
    """The cleaned text, from `text`, or from title and body."""
    raw = _string(record, "text")
    if raw is None:
        body = _string(record, "body") or _string(record, "summary")
        if title is None and body is None:
            named = masked(", ".join(sorted(map(str, record)))[:MOST_NAMED_CHARS])
            raise InvalidMessage("invalid_field", f"expected a field text, or title and body; got: {named or 'none'}")
        raw = body or ""
    clean = clean_text(raw, MAX_TEXT_CHARS + 1)
    if "text" not in record and title is not None and not clean.startswith(title):
        clean = f"{title}{'' if title[-1] in '.!?。!?' else '.'} {clean}" if clean else title
    if not clean:
        raise InvalidMessage("empty_text", "expected a text, nothing visible is left of it")
    cut = len(clean) > MAX_TEXT_CHARS or len(raw) > MAX_RAW_CHARS
    return clean[:MAX_TEXT_CHARS].rstrip(), TEXT_CUT if cut else None


def _string(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidMessage("invalid_field", f"{name}: expected a string, got {type(value).__name__}")


def _first(record: Mapping[str, Any], *names: str) -> object:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _kind(record: Mapping[str, Any], default: Kind) -> Kind:
    kind = record.get("kind")
    if kind is None:
        return default
    if kind not in ("news", "comment"):
        raise InvalidMessage("invalid_field", f"kind: expected news or comment, got {str(kind)[:40]!r}")
    return cast(Kind, kind)


def _link(value: object) -> str | None:
    """The link when a reader may click on it: http or https, with a host and without a password."""
    if not isinstance(value, str) or len(value) > MAX_URL_CHARS:
        return None
    link = value.strip()
    if not link.isprintable() or any(sign in link for sign in " <>\"'`\\"):
        return None
    try:
        parts = urlsplit(link)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return link


def _tickers(value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise InvalidMessage("invalid_field", f"tickers: expected a list of strings, got {str(value)[:80]!r}")
    cleaned = (clean_text(item).lstrip("$").upper() for item in value)
    found = tuple(dict.fromkeys(item for item in cleaned if item))
    if len(found) > MAX_TICKERS or any(len(item) > MAX_TICKER_CHARS for item in found):
        raise InvalidMessage(
            "invalid_field", f"tickers: expected at most {MAX_TICKERS} of {MAX_TICKER_CHARS} characters each"
        )
    return found


def _sentiment(value: object) -> tuple[float, float, float] | None:
    """(negative, neutral, positive) from an object with these names or a list in this order."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        value = [value.get(name) for name in ("negative", "neutral", "positive")]
    numbers = list(value) if isinstance(value, (list, tuple)) else []
    right = len(numbers) == 3 and all(
        isinstance(p, (int, float)) and not isinstance(p, bool) and 0 <= p <= 1
        for p in numbers  # NaN is refused too
    )
    if not right or abs(sum(numbers) - 1.0) >= 0.01:
        raise InvalidMessage(
            "invalid_field",
            "sentiment: expected {negative, neutral, positive} or a list of three that sum to 1, "
            f"got {str(value)[:80]}",
        )
    return float(numbers[0]), float(numbers[1]), float(numbers[2])
