"""More at once than the stream can take: a slow model, a crisis on one key."""

from __future__ import annotations

from services.kafka.topics import KEYS_CHANGELOG
from tests.factories import MINUTE, NEGATIVE, START, scored
from tests.faults.oracle import backtest
from tests.faults.records import in_portions, text_records
from tests.faults.row import Outcome, Row
from tests.faults.stream import stream
from tests.faults.world import World, rest
from tests.harness.streams import as_raw
from tests.harness.support import consume

FAULTY = "tests.harness.faulty_worker"
SLOW_MS = 20
BURST_TEXTS = 3_000
MOST_BYTES = 2_048
"""Of changelog a text in a burst."""
CRISIS_PORTION = 250
STARTED_SECONDS = 20.0
"""In which processes have started; then the burst begins."""


def slow_model(world: World) -> Outcome:
    """A model that takes 20 ms a text; after a third of the stream the rest comes at more than ten times its pace."""
    seconds = world.pick(180, 60)
    options = {"score": {"module": FAULTY, "settings": {"FAULTY_SLOW_MS": str(SLOW_MS)}}}
    with stream(world, ("score", "monitor"), seconds, options=options) as flow:
        world.pause(seconds / 3, seconds / 3)
        before = len(flow.feeder.sent)
        outcome = flow.settle()
    outcome.notes = f"a burst of {outcome.sent - before} texts; {SLOW_MS} ms a text in the model"
    return outcome


def crisis(world: World) -> Outcome:
    """Thousands of texts about one company in one minute."""
    texts = [as_raw(scored(number, START + number * MINUTE // BURST_TEXTS, NEGATIVE)) for number in range(BURST_TEXTS)]
    portions = in_portions(text_records(texts), CRISIS_PORTION)
    end = texts[-1].published_at + MINUTE
    with stream(
        world, ("score", "monitor"), 2 * STARTED_SECONDS * len(portions), portions, backtest(texts), end
    ) as flow:
        rest(STARTED_SECONDS)
        outcome = flow.settle()
    written = consume(world.address, KEYS_CHANGELOG.name, 0)
    size = sum(len(record.key or b"") + len(record.value or b"") for record in written) / BURST_TEXTS
    outcome.notes = f"{size:.0f} bytes of changelog a text"
    outcome.promise(size <= MOST_BYTES, f"more than {MOST_BYTES} bytes of changelog a text")
    return outcome


ROWS = (
    Row("slow-model", "a slow model, and a burst at ten times the pace", slow_model),
    Row("burst", "3,000 texts on one key in one minute", crisis),
)
