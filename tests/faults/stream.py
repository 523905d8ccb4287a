"""A stream of texts through scoring and monitoring while faults happen, and what came of it beside the backtest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from services.backtest.run import BacktestResult
from services.kafka.topics import ALERTS, PARTITIONS
from tests.factories import MINUTE
from tests.faults.feeder import Feeder
from tests.faults.fleet import Fleet
from tests.faults.oracle import alerts_of, alerts_on, backtest, incidents_of, incidents_on, read_topics_of_stream
from tests.faults.records import RawRecord, in_portions, text_records
from tests.faults.row import Outcome
from tests.faults.texts import texts_of
from tests.faults.world import World
from tests.harness.stream_scenario import budget_status
from tests.harness.support import wait_until

ACKNOWLEDGED_SECONDS = 300.0
PASSED_SECONDS = 420.0
ALERTS_SECONDS = 90.0


class Stream:
    """A stream that flows. `expected` is what the backtest finds in its texts, `end` (ms) lies behind the last one."""

    def __init__(self, world: World, fleet: Fleet, feeder: Feeder, expected: BacktestResult, end: int) -> None:
        self.world, self.fleet, self.feeder, self.expected, self.end = world, fleet, feeder, expected, end

    def settle(
        self, dead: dict[str, int] | None = None, buried: Collection[str] = (), *, exact: bool = True
    ) -> Outcome:
        """The faults are over: send the rest at once, wait until all is through, and look at what came of it.

        `dead`: the dead letters that there must be, by their reason; `buried`: the texts that are among them.
        Not `exact`: alerts of the same keys are enough, where the order of texts may change their figures.

        :raises AssertionError: when the stream does not come to its end, naming what was waited for.
        """
        world, fleet = self.world, self.fleet
        world.say("the faults are over; the rest of the stream is sent")
        begun = monotonic()
        self.feeder.hurry(ACKNOWLEDGED_SECONDS)
        self.feeder.send_beat(self.end)
        self.wait_for_end()
        self._wait_for_alerts()
        recovered = monotonic() - begun
        world.say("all is through; the topics are read")
        found, wanted = read_topics_of_stream(world.address), alerts_of(self.expected)
        outcome = Outcome(
            sent=len(self.feeder.sent),
            lost=found.lost(self.feeder.sent - set(buried)),
            copies=found.copies,
            left=sum(alert not in wanted for alert in found.alerts),
            equal=(sum(alert in found.alerts for alert in wanted), len(wanted)),
            late=fleet.late(),
            recovered=recovered,
            notes=_counted(found.dead),
        )
        outcome.promise(not outcome.lost, f"{outcome.lost} texts lost")
        same = found.alerts == wanted if exact else _keys(found.alerts) == _keys(wanted)
        outcome.promise(same, "alerts are not those of the backtest")
        outcome.promise(not exact or self._budgets_hold(), "what keeps the budgets is not that of the backtest")
        outcome.promise(not exact or self._incidents_hold(), "the relay keeps other incidents")
        outcome.promise(not outcome.late, f"{outcome.late} texts late")
        outcome.promise(found.dead == (dead or {}), f"dead letters: expected {dead or 'none'}, got {dict(found.dead)}")
        return outcome

    def wait_for_end(self) -> None:
        """Wait until event time has passed the end in all partitions.

        :raises AssertionError: when it has not within the deadline.
        """
        wait_until(
            lambda: sum(mark * 1000 >= self.end for mark in self.fleet.watermarks().values()) == PARTITIONS,
            PASSED_SECONDS,
            f"event time passes the end in all partitions of {ALERTS.name}'s detector",
        )

    def _wait_for_alerts(self) -> None:
        """Wait for those of the backtest; what has come after a while is looked at, right or not."""
        wanted, address = alerts_of(self.expected), self.world.address
        deadline = monotonic() + ALERTS_SECONDS
        wait_until(
            lambda: (
                monotonic() > deadline
                or (self._budgets_hold() and alerts_on(address) == wanted and self._incidents_hold())
            ),
            ALERTS_SECONDS + 60,
            "the alerts",
        )

    def _budgets_hold(self) -> bool:
        """Whether what keeps the budgets is what the backtest says; nothing is said before a day is over."""
        wanted = self.expected.budget_status
        return wanted is None or wanted.day is None or budget_status(self.world.address) == wanted

    def _incidents_hold(self) -> bool:
        """Whether the relay, where there is one, keeps the incidents of the backtest."""
        return "relay" not in self.fleet.names or incidents_on(self.world.address) == incidents_of(self.expected)


@contextmanager
def stream(
    world: World,
    names: Sequence[str],
    seconds: float,
    portions: Sequence[Sequence[RawRecord]] | None = None,
    expected: BacktestResult | None = None,
    end: int | None = None,
    options: dict[str, dict[str, Any]] | None = None,
) -> Iterator[Stream]:
    """A stream over so many seconds through these processes, by default of the texts of the row's seed.

    `options` are those of a process, by its name. A failure says what became of all of them.
    """
    texts = texts_of(world.seed, per_day=world.pick(18, 6))
    if expected is None:
        world.say(f"the backtest of {len(texts)} texts is computed")
        expected = backtest(texts)
    if portions is None:
        portions = in_portions(text_records(texts))
    end = texts[-1].published_at + MINUTE if end is None else end
    with Fleet(world) as fleet:
        for name in names:
            fleet.add(name, **(options or {}).get(name, {}))
        world.say(f"the stream flows for {seconds:.0f} s")
        with Feeder(world.address, portions, seconds) as feeder:
            try:
                yield Stream(world, fleet, feeder, expected, end)
            except AssertionError as error:
                error.add_note(fleet.report())
                raise


def _keys(found: Sequence[Any]) -> list[tuple[str, str]]:
    """What alerts are about."""
    return sorted((alert["kind"], alert["entity"]) for alert in found)


def _counted(dead: dict[str, int]) -> str:
    """Dead letters, for the notes."""
    return ", ".join(f"{count} dead letters {reason}" for reason, count in sorted(dead.items()))
