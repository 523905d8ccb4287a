"""The messages on the topics: frozen values, nouns or past tense, each with a `schema` number.

Times are integers: milliseconds since 1970-01-01 UTC. Probabilities are floats in [0, 1].
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from services.domain.checks import check_dates, check_key, check_probabilities, check_text, check_time
from services.domain.errors import InvalidMessage
from services.domain.limits import (
    MAX_COMPANIES,
    MAX_FINGERPRINT,
    MAX_TICKERS,
    MAX_TOPICS,
    MAX_WATCHLISTS,
    AlertName,
    Author,
    CompanyId,
    Count,
    Id,
    IncidentId,
    KafkaTopic,
    KeyName,
    Mention,
    ModelVersion,
    Number,
    Offset,
    Partition,
    Place,
    Probability,
    Severity,
    SourceName,
    Ticker,
    Title,
    TopicId,
    Url,
)

SCHEMA = 1

Kind = Literal["news", "comment"]
Lang = Literal["zh", "en", "other"]
LANGUAGES: tuple[Lang, ...] = ("zh", "en", "other")
Precision = Literal["exact", "day", "seen"]
"""How well the time of publication is known. `day`: its day, so it counts as of when it was seen within that, or of its
end. `seen`: not at all, so it counts as of when it was seen.
"""
Stage = Literal["ingest", "scoring", "monitoring", "relay"]
Channel = Literal["negative", "volume", "rule", "market"]
"""What an alert is about: a surge of negative texts, of any texts, a business rule, many keys at once."""
Sentiment = tuple[Probability, Probability, Probability]
"""P(negative), P(neutral), P(positive); they sum to 1."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=False):
    """Base of all messages; `schema` is checked by the codec before anything else."""

    tells_time_only: ClassVar[bool] = False
    """It says how far time is, and no more."""
    schema: int = SCHEMA

    def check(self, now: int | None) -> None:
        """What the types of the fields cannot say; `now` is in ms, None where the present does not matter.

        :raises InvalidMessage: naming the field, what was expected and what came.
        """


class RawText(Message, frozen=True, kw_only=True, tag="raw_text"):
    """A cleaned text as ingest publishes it on `news.raw` or `comments.raw`."""

    event_id: Id
    kind: Kind
    source: SourceName
    text: str
    lang: Lang
    published_at: int
    first_seen_at: int
    author: Author | None = None
    title: Title | None = None
    url: Url | None = None
    tickers: Annotated[tuple[Ticker, ...], Meta(max_length=MAX_TICKERS)] | None = None
    """Companies named by the source itself; None lets the linker find them in the text."""
    sentiment: Sentiment | None = None
    """(negative, neutral, positive) where the source brings its own score; None lets the model score."""
    cut: bool = False
    """True when the source brought more than a text may hold."""
    precision: Precision = "exact"
    """Of `published_at`."""
    in_detection: bool = True
    """False for a text whose age is unknown: scored and shown, and left out of detection."""
    publisher: SourceName | None = None
    """Who publishes the source, where its user says so."""
    revises: Id | None = None
    """The id under which an earlier state of the text was published: it replaces that, and counts no second time."""

    def check(self, now: int | None) -> None:
        """A text, with sane dates and probabilities."""
        check_text(self.text)
        check_dates(self.published_at, self.first_seen_at, now)
        if self.sentiment is not None:
            check_probabilities("sentiment", self.sentiment)


class Heartbeat(Message, frozen=True, kw_only=True, tag="heartbeat"):
    """A source's word that it has nothing older than `time`: moves the watermark when no text comes."""

    tells_time_only: ClassVar[bool] = True
    source: SourceName
    time: int

    def check(self, now: int | None) -> None:
        """A time that is not far ahead: it would end all that comes before it."""
        check_time("time", self.time, now, earliest=0)


class Company(msgspec.Struct, frozen=True, kw_only=True):
    """A company found in a text: `id` such as `AAPL` or `600519.SH`, and the piece of text that named it."""

    id: CompanyId
    mention: Mention


class Highlight(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a text, `text[start:end]`, and how much it adds to the probability of the text's sentiment."""

    text: str
    start: Place
    end: Place
    effect: Number


Highlights = Annotated[tuple[Highlight, ...], Meta(max_length=100)]


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """The sentence of a text that decided its sentiment, `text[start:end]` of what was read."""

    text: str
    start: Place
    end: Place


def check_highlights(text: str, highlights: Highlights, passage: Passage | None = None) -> None:
    """Highlights are pieces of their text, or of its passage, which may lie behind what is kept of the text.

    :raises InvalidMessage: when one is not inside of it.
    """
    length = max(len(text), 0 if passage is None else passage.end)
    for one in highlights:
        if not one.start < one.end <= length:
            raise InvalidMessage("invalid_field", f"because: expected places in the text, got {one.start}:{one.end}")


class EntitySentiment(msgspec.Struct, frozen=True, kw_only=True):
    """The sentiment of a text towards one thing that it names; `company` is its id where it is a known company."""

    name: Mention
    company: CompanyId | None
    sentiment: Sentiment
    highlights: Highlights = msgspec.field(name="because", default=())
    """As in `ScoredText`, of the sentiment towards it."""
    passage: Passage | None = None
    """As in `ScoredText`, of the sentiment towards it."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where a record was read: makes every later copy of it recognisable."""

    topic: KafkaTopic
    partition: Partition
    offset: Offset

    @property
    def place(self) -> str:
        """The same for people."""
        return f"{self.topic}, partition {self.partition}, offset {self.offset}"


class ScoredText(Message, frozen=True, kw_only=True, tag="scored_text"):
    """A text with its scores, published on `opinions.scored`."""

    event_id: Id
    kind: Kind
    source: SourceName
    text: str
    lang: Lang
    published_at: int
    first_seen_at: int
    scored_at: int
    author: Author | None
    title: Title | None
    url: Url | None
    sentiment: Sentiment
    topics: Annotated[dict[TopicId, Probability], Meta(max_length=MAX_TOPICS)]
    """Topic id -> probability, for the topics at or above their threshold."""
    companies: Annotated[tuple[Company, ...], Meta(max_length=MAX_COMPANIES)]
    fingerprint: int
    """64-bit fingerprint of the normalised text, for readers of the topic: near-repeats differ in few bits. Detection
    compares the texts themselves (`services.text.copies`)."""
    model_version: ModelVersion
    origin: Origin | None = None
    entities: Annotated[tuple[EntitySentiment, ...], Meta(max_length=MAX_COMPANIES)] = ()
    """Sentiment towards each company of `companies` that the text itself names."""
    unsure: bool = False
    """True when the leading sentiment is too weak to be relied on (the model's abstain band)."""
    highlights: Highlights = msgspec.field(name="because", default=())
    """What made a followed text negative, strongest first; empty unless `explain` is set."""
    passage: Passage | None = None
    """The sentence that decided its sentiment, or spoke most for it; None: the whole text."""
    cut: bool = False
    """True when part of the text was not read: the source brought too much, or it has too many sentences."""
    precision: Precision = "exact"
    in_detection: bool = True
    publisher: SourceName | None = None
    revises: Id | None = None
    """As in `RawText`."""

    def towards(self, company: str) -> EntitySentiment | ScoredText:
        """What holds the sentiment towards a company: its own, or the whole text where the company is not named."""
        return next((one for one in self.entities if one.company == company), self)

    def check(self, now: int | None) -> None:
        """A text with sane dates and probabilities, and nothing in it about what is not in it."""
        check_text(self.text)
        check_dates(self.published_at, self.first_seen_at, now)
        check_time("scored_at", self.scored_at, now)
        check_probabilities("sentiment", self.sentiment)
        if not 0 <= self.fingerprint <= MAX_FINGERPRINT:
            raise InvalidMessage("invalid_field", f"fingerprint: expected 64 bits, got {self.fingerprint}")
        check_highlights(self.text, self.highlights, self.passage)
        known = {company.id for company in self.companies}
        for entity in self.entities:
            if entity.company is not None and entity.company not in known:
                raise InvalidMessage(
                    "invalid_field", f"entities: expected companies of the text, got {entity.company!r}"
                )
            check_probabilities("entities", entity.sentiment)
            check_highlights(self.text, entity.highlights, entity.passage)


class WatermarkUpdate(Message, frozen=True, kw_only=True, tag="progress"):
    """The watermark of one raw partition as it passes through scoring and the router."""

    tells_time_only: ClassVar[bool] = True
    origin: Origin
    time: int

    def check(self, now: int | None) -> None:
        """A time that is not far ahead."""
        check_time("time", self.time, now, earliest=0)


class PartitionIdle(Message, frozen=True, kw_only=True, tag="idle"):
    """Nothing of a raw partition waits, up to the offset of `origin`, and has not for a while: time need not wait for
    it. It travels behind all that the partition held.
    """

    tells_time_only: ClassVar[bool] = True
    origin: Origin


class KeyedText(Message, frozen=True, kw_only=True, tag="mention"):
    """One text seen by one followed key (a company or a topic), on `opinions.by_key`."""

    key: KeyName
    text: ScoredText

    def check(self, now: int | None) -> None:
        """A key, and a text that is one."""
        check_key(self.key)
        self.text.check(now)


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One text that led to an alert."""

    id: Id
    text: str
    time: int
    negative: Probability
    source: AlertName
    url: Url | None
    reach: Count
    """How many near-repeats of it were seen, itself included."""
    highlights: Highlights = msgspec.field(name="because", default=())
    """The pieces of `text` that made it negative, strongest first; empty unless scoring explains."""

    def check(self, now: int | None) -> None:
        """A sane time, and highlights that are in the text."""
        check_time("evidence", self.time, now)
        check_highlights(self.text, self.highlights)


class IncidentRaised(Message, frozen=True, kw_only=True, tag="spike_raised"):
    """Negative opinion about `key` surged. The same incident sends it again, with the same id, when it escalates."""

    id: IncidentId
    kind: KeyName
    entity: KeyName
    name: AlertName
    time: int
    severity: Severity
    score: Number
    p_value: Number = 1.0
    """How likely a key like this one reaches such a score within a day when nothing happens."""
    threshold: Number = msgspec.field(name="raise_at", default=0.0)
    """The score that raises an alert of this key at its budget."""
    watchlists: Annotated[tuple[AlertName, ...], Meta(max_length=MAX_WATCHLISTS)] = ()
    """Names of the watchlists that follow the key."""
    quiet: bool = False
    """Raised in the quiet hours of all of them: kept, but nobody need be woken."""
    observed: Number
    expected: Number
    texts: Number
    window_minutes: Count
    provisional: bool
    revision: Count
    evidence: Annotated[tuple[Evidence, ...], Meta(max_length=100)]
    channel: Channel = "negative"
    rule: AlertName | None = None
    """The business rule that is fulfilled; `p_value` is 1 then, and `observed` its texts."""
    timeline: Annotated[tuple[Number, ...], Meta(max_length=100)] = ()
    """Weighted negative texts of 24 calendar hours (UTC) of a surge; the last is the one that `time` is in."""

    def check(self, now: int | None) -> None:
        """A key, and sane times."""
        check_key(f"{self.kind}:{self.entity}")
        check_time("time", self.time, now)
        for each in self.evidence:
            each.check(now)


class IncidentCleared(Message, frozen=True, kw_only=True, tag="spike_cleared"):
    """The incident `id` is over."""

    id: IncidentId
    kind: KeyName
    entity: KeyName
    name: AlertName
    time: int
    raised_at: int
    severity: Severity
    score: Number = 0.0
    """The largest of the incident."""
    p_value: Number = 1.0
    """The smallest of the incident."""
    channel: Channel = "negative"

    def check(self, now: int | None) -> None:
        """A key, and sane times."""
        check_key(f"{self.kind}:{self.entity}")
        check_time("time", self.time, now)
        check_time("raised_at", self.raised_at, now)


class IncidentRecord(Message, frozen=True, kw_only=True, tag="incident"):
    """All that `alerts` says of one incident, on the compacted topic `incidents`."""

    raised: IncidentRaised
    """Its latest revision."""
    first_at: int
    """When it was raised first (ms of event time)."""
    score: Number
    """The largest of it so far."""
    p_value: Number
    """The smallest of it so far."""
    cleared: IncidentCleared | None = None

    def check(self, now: int | None) -> None:
        """What holds of the messages that it was reduced from."""
        self.raised.check(now)
        check_time("first_at", self.first_at, now)
        if self.cleared is not None:
            self.cleared.check(now)


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
