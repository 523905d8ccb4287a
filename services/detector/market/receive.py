"""What partitions send, each at its own pace, put into the order of event time."""

from __future__ import annotations

from services.detector.incident_events import IncidentEvent
from services.detector.market.incidents import apply_event
from services.detector.market.messages import KeyEvent, PartitionPassed, event_order
from services.detector.market.state import MarketState


def receive(state: MarketState, message: KeyEvent | PartitionPassed, partitions: int) -> list[IncidentEvent]:
    """Take in one message; what all `partitions` have passed is applied in the order of event time."""
    if isinstance(message, PartitionPassed):
        state.passed[message.partition] = max(message.time, state.passed.get(message.partition, 0))
    elif message.time >= state.until and message not in state.waiting:
        state.waiting.append(message)
    if len(state.passed) < partitions:
        return []
    state.until = min(state.passed.values())
    due = sorted((each for each in state.waiting if each.time < state.until), key=event_order)
    state.waiting = [each for each in state.waiting if each.time >= state.until]
    return [incident for each in due for incident in apply_event(state, each)]
