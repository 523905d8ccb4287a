"""The messages on the topics: frozen values, nouns or past tense, each with a `schema` number.

Times are integers: milliseconds since 1970-01-01 UTC. Probabilities are floats in [0, 1].
"""

from __future__ import annotations

from typing import Literal

import msgspec

SCHEMA = 1

Kind = Literal["news", "comment"]
Lang = Literal["zh", "en", "other"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en", "other")
Stage = Literal["ingest", "scoring", "monitoring", "relay"]
Channel = Literal["negative", "volume", "rule", "market"]
"""What an alert is about: a surge of negative texts, of any texts, a business rule, many keys at once."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=False):
    """Base of all messages; `schema` is checked by the codec before anything else."""

    schema: int = SCHEMA


class RawText(Message, frozen=True, kw_only=True, tag="raw_text"):
    """A cleaned text as ingest publishes it on `news.raw` or `comments.raw`."""

    event_id: str
    kind: Kind
    source: str
    text: str
    lang: Lang
    published_at: int
    first_seen_at: int
    author: str | None = None
    title: str | None = None
    url: str | None = None
    tickers: tuple[str, ...] | None = None
    """Companies named by the source itself; None lets the linker find them in the text."""
    sentiment: tuple[float, float, float] | None = None
    """(negative, neutral, positive) where the source brings its own score; None lets the model score."""


class Heartbeat(Message, frozen=True, kw_only=True, tag="heartbeat"):
    """A source's word that it has nothing older than `time`: moves the watermark when no text comes."""

    source: str
    time: int


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company found in a text: `id` such as `AAPL` or `600519.SH`, and the piece of text that named it."""

    id: str
    mention: str


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a text, `text[start:end]`, and how much it adds to the probability of the text's sentiment."""

    text: str
    start: int
    end: int
    effect: float


class EntitySentiment(msgspec.Struct, frozen=True, kw_only=True):
    """The sentiment of a text towards one thing that it names; `company` is its id where it is a known company."""

    name: str
    company: str | None
    sentiment: tuple[float, float, float]
    highlights: tuple[Highlight, ...] = msgspec.field(name="because", default=())
    """As in `ScoredText`, of the sentiment towards it."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record was read: makes every later copy of it recognisable."""

    topic: str
    partition: int
    offset: int


class ScoredText(Message, frozen=True, kw_only=True, tag="scored_text"):
    """A text with its scores, published on `opinions.scored`."""

    event_id: str
    kind: Kind
    source: str
    text: str
    lang: Lang
    published_at: int
    first_seen_at: int
    scored_at: int
    author: str | None
    title: str | None
    url: str | None
    sentiment: tuple[float, float, float]
    """P(negative), P(neutral), P(positive); they sum to 1."""
    topics: dict[str, float]
    """Topic id -> probability, for the topics at or above their threshold."""
    companies: tuple[Company, ...]
    fingerprint: int
    """64-bit fingerprint of the normalised text; near-repeats differ in few bits (`near_repeats`)."""
    model_version: str
    origin: Origin | None = None
    entities: tuple[EntitySentiment, ...] = ()
    """Sentiment towards each company of `companies` that the text itself names."""
    unsure: bool = False
    """True when the leading sentiment is too weak to be relied on (the model's abstain band)."""
    highlights: tuple[Highlight, ...] = msgspec.field(name="because", default=())
    """What made a followed text negative, strongest first; empty unless `explain` is set."""

    def towards(self, company: str) -> EntitySentiment | ScoredText:
        """What holds the sentiment towards a company: its own, or the whole text where the company is not named."""
        return next((one for one in self.entities if one.company == company), self)


class WatermarkUpdate(Message, frozen=True, kw_only=True, tag="progress"):
    """The watermark of one raw partition as it passes through scoring and the router."""

    origin: Origin
    time: int


class KeyedText(Message, frozen=True, kw_only=True, tag="mention"):
    """One text seen by one followed key (a company or a topic), on `opinions.by_key`."""

    key: str
    text: ScoredText


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One text that led to an alert."""

    id: str
    text: str
    time: int
    negative: float
    source: str
    url: str | None
    reach: int
    """How many near-repeats of it were seen, itself included."""
    highlights: tuple[Highlight, ...] = msgspec.field(name="because", default=())
    """The pieces of `text` that made it negative, strongest first; empty unless scoring explains."""


class IncidentRaised(Message, frozen=True, kw_only=True, tag="spike_raised"):
    """Negative opinion about `key` surged. The same incident sends it again, with the same id, when it escalates."""

    id: str
    kind: str
    entity: str
    name: str
    time: int
    severity: int
    score: float
    p_value: float = 1.0
    """How likely a key like this one reaches such a score within a day when nothing happens."""
    threshold: float = msgspec.field(name="raise_at", default=0.0)
    """The score that raises an alert of this key at its budget."""
    watchlists: tuple[str, ...] = ()
    """Names of the watchlists that follow the key."""
    quiet: bool = False
    """Raised in the quiet hours of all of them: kept, but nobody need be woken."""
    observed: float
    expected: float
    texts: float
    window_minutes: int
    provisional: bool
    revision: int
    evidence: tuple[Evidence, ...]
    channel: Channel = "negative"
    rule: str | None = None
    """The business rule that is fulfilled; `p_value` is 1 then, and `observed` its texts."""
    timeline: tuple[float, ...] = ()
    """Weighted negative texts of 24 calendar hours (UTC) of a surge; the last is the one that `time` is in."""


class IncidentCleared(Message, frozen=True, kw_only=True, tag="spike_cleared"):
    """The incident `id` is over."""

    id: str
    kind: str
    entity: str
    name: str
    time: int
    raised_at: int
    severity: int
    score: float = 0.0
    """The largest of the incident."""
    p_value: float = 1.0
    """The smallest of the incident."""
    channel: Channel = "negative"


class IncidentRecord(Message, frozen=True, kw_only=True, tag="incident"):
    """All that `alerts` says of one incident, on the compacted topic `incidents`."""

    raised: IncidentRaised
    """Its latest revision."""
    first_at: int
    """When it was raised first (ms of event time)."""
    score: float
    """The largest of it so far."""
    p_value: float
    """The smallest of it so far."""
    cleared: IncidentCleared | None = None


class CohortBudget(msgspec.Struct, frozen=True, kw_only=True):
    """The score that raises an alert of keys of one kind with so many texts a day: from `least` to less than `most`."""

    kind: str
    least: float
    most: float | None
    key_days: float
    """Quiet days of such keys that it rests on; older ones fade."""
    thresholds: dict[str, float] = msgspec.field(name="raise_at")
    """By watchlist."""


class WatchlistBudget(msgspec.Struct, frozen=True, kw_only=True):
    """What a watchlist may raise: `keys` are followed now, and have `alerts_per_day` together."""

    name: str
    keys: int
    alerts_per_day: float


class BudgetStatus(Message, frozen=True, kw_only=True, tag="budget_held"):
    """What the detector holds to keep the alert budgets, and why, as of the end of `day` (since 1970, UTC)."""

    day: int | None
    watchlists: tuple[WatchlistBudget, ...]
    cohorts: tuple[CohortBudget, ...]


class DeadLetter(Message, frozen=True, kw_only=True, tag="dead_letter"):
    """A record that could not be used, with its reason, origin and the first kilobytes of its bytes (base64)."""

    reason: str
    detail: str
    stage: Stage
    origin: Origin | None
    time: int
    payload: bytes
    payload_bytes: int


class DeadLetterRetried(Message, frozen=True, kw_only=True, tag="dead_letter_retried"):
    """A dead letter whose record was put back where it was read; `letter` is its own place."""

    letter: Origin
    time: int
