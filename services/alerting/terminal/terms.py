"""Alerts in words for a terminal: severities, channels, steps, counts, times, and how rare a score is."""

from __future__ import annotations

from services.alerting.incidents.history import Step
from services.alerting.text.wording import MOST_NAME_CHARS
from services.domain.event_time import MINUTE_MS
from services.domain.incident import key_of
from services.domain.incident_json import CHANNELS
from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.domain.severity import severity_of_level
from services.text.untrusted import safe_text

STEPS: dict[Step, str] = {
    "raised": "raised 触发",
    "escalated": "escalated 升级",
    "reopened": "reopened 重开",
    "cleared": "cleared 解除",
}
OPEN = "open 未解除"
LONGEST_ODDS = 1_000_000_000
MOST_KEY_CHARS = 200
MOST_WATCHLISTS_CHARS = 10_000
"""A file has at most 100 of them."""


def severity(level: int) -> str:
    """`4 critical 严重`."""
    known = severity_of_level(level)
    return f"{level} {known.en} {known.zh}"


def key(message: IncidentRaised | IncidentCleared) -> str:
    """The followed key."""
    return safe_text(str(key_of(message)), MOST_KEY_CHARS)


def key_and_name(message: IncidentRaised | IncidentCleared) -> str:
    """The followed key, and its name where that says more."""
    if message.name == message.entity:
        return key(message)
    return f"{key(message)} ({safe_text(message.name, MOST_NAME_CHARS)})"


def watchlists(raised: IncidentRaised) -> str:
    """The watchlists that follow the key; empty where none does."""
    return safe_text(", ".join(raised.watchlists), MOST_WATCHLISTS_CHARS)


def about(message: IncidentRaised | IncidentCleared) -> str:
    """The channel, and the rule of a rule's alert."""
    rule = message.rule if isinstance(message, IncidentRaised) else None
    return CHANNELS[message.channel] + (f" {safe_text(rule, MOST_NAME_CHARS)}" if rule else "")


def counts(raised: IncidentRaised) -> tuple[str, str]:
    """What was counted against what was expected, and within which window: `8.1 against 0.7 expected`, `in 4 h`."""
    span = f"{raised.window_minutes} min" if raised.window_minutes % 60 else f"{raised.window_minutes // 60} h"
    match raised.channel:
        case "market":
            return f"{raised.observed:,.0f} of {raised.texts:,.0f} keys", f"within {span}"
        case "rule":
            return f"{raised.observed:,.0f} text{'s' * (raised.observed != 1)}", f"within {span}"
        case "negative" | "volume":
            return f"{raised.observed:,.1f} against {raised.expected:,.1f} expected", f"in {span}"


def has_p_value(raised: IncidentRaised) -> bool:
    """A rule is fulfilled or not: it has none."""
    return raised.channel != "rule"


def rarity(p_value: float) -> str:
    """`as rare as once in 480,000 quiet key-days`, to two figures."""
    if p_value * LONGEST_ODDS <= 1.0:
        return f"rarer than once in {LONGEST_ODDS:,} quiet key-days"
    return f"as rare as once in {float(f'{1.0 / p_value:.2g}'):,.0f} quiet key-days"


def lasted(record: IncidentRecord) -> str:
    """How long it was open, or that it still is."""
    return OPEN if record.cleared is None else duration(record.cleared.time - record.first_at)


def duration(ms: int) -> str:
    """The two largest units: `45 min`, `3 h 20 min`, `2 d 4 h`."""
    hours, minutes = divmod(ms // MINUTE_MS, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{count} {unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes, "min")) if count]
    return " ".join(parts[:2]) or "0 min"


def percent_negative(probability: float) -> str:
    """`97 % negative`; rounded down, so that nothing is called certain."""
    return f"{int(100 * probability)} % negative 负面"


def seen(reach: int) -> str:
    """How many near-repeats of a text there were."""
    return "seen once" if reach == 1 else f"seen {reach:,} times"
