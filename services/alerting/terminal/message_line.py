"""One message of `alerts` as it comes: a line of facts, and the best text of a raise below it."""

from __future__ import annotations

from rich.text import Text

from services.alerting.incidents.history import Step
from services.alerting.terminal.evidence import facts
from services.alerting.terminal.terms import (
    STEPS,
    about,
    counts,
    duration,
    has_p_value,
    key_and_name,
    severity,
    watchlists,
)
from services.domain.local_time import IN_UTC, LocalTime
from services.domain.messages import IncidentCleared, IncidentRaised
from services.text.untrusted import safe_text

TEXT_CHARACTERS = 160


def message_line(step: Step, message: IncidentRaised | IncidentCleared, times: LocalTime = IN_UTC) -> Text:
    """What happened, when, to what, and how much; lines are as long as they need be."""
    head = [times.stamp(message.time), STEPS[step], severity(message.severity)]
    head += [key_and_name(message), about(message)]
    if isinstance(message, IncidentCleared):
        head.append(f"after {duration(message.time - message.raised_at)}")
        return Text("  ".join(head), no_wrap=True)
    p_value = f", p {message.p_value:.2g}" if has_p_value(message) else ""
    head.append(" ".join(counts(message)) + p_value)
    if message.watchlists:
        head.append(f"[{watchlists(message)}]")
    line = Text("  ".join(head), style="bold red" if step != "cleared" else "", no_wrap=True)
    if message.evidence:
        best = message.evidence[0]
        line.append(f"\n    {facts(best)}: {safe_text(best.text, TEXT_CHARACTERS)}", style="not bold default")
    return line
