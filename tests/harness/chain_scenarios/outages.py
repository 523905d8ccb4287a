"""What the relay delivers to, and what looks after it, is down for a while: receiver, Alertmanager, Prometheus."""

from __future__ import annotations

from pathlib import Path
from threading import Event

from services.clock import now_ms
from tests.factories import cleared
from tests.harness.chain import WATCHDOG, chain
from tests.harness.chain_scenarios.delivery import AAPL, WORSE
from tests.harness.chain_scenarios.row import WITHIN_SECONDS, Durations, Row, Story
from tests.harness.relay_driver import company
from tests.harness.support import wait_until


def receiver_down(folder: Path, durations: Durations) -> Row:
    """The receiver refuses connections for half of the time, and answers 500 for the other half."""
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        done = f"receiver down for {durations.receiver_down:.0f} s; meanwhile one alert is raised, one cleared"
        story = Story(it, done, at_most=3)
        raised_at = now_ms()
        it.send(AAPL)
        story.arrives("raise before", "firing AAPL warning", since=raised_at)
        it.webhook.refuse()
        it.send(company("MSFT"), cleared(AAPL))
        Event().wait(durations.receiver_down / 2)
        it.webhook.failing = True
        it.webhook.listen()
        Event().wait(durations.receiver_down / 2)
        back_at = now_ms()
        it.webhook.failing = False
        story.arrives("raise meanwhile", "firing MSFT warning", since=back_at)
        story.arrives("end meanwhile", "resolved AAPL warning", since=back_at)
        row = story.end()
        row.facts["messages answered 500"] = it.webhook.turned_away
        story.promise(it.webhook.turned_away > 0, "some messages met an answer of 500")
        return row


def alertmanager_killed(folder: Path, durations: Durations) -> Row:
    """Alertmanager crashes in the middle of a spike."""
    with chain(folder, quick=durations.quick) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, "raised; Alertmanager killed; escalated; Alertmanager back; cleared", at_most=3)
        story.row.may.append("resolved AAPL warning")
        raised_at = now_ms()
        it.send(AAPL)
        story.arrives("raise", "firing AAPL warning", since=raised_at)
        it.alertmanager.kill()
        it.send(WORSE)
        wait_until(lambda: (it.relay.value("relay_waiting_seconds") or 0) > 1, WITHIN_SECONDS, "the escalation waits")
        it.alertmanager.start()
        story.arrives("escalation meanwhile", "firing AAPL critical", since=now_ms())
        cleared_at = now_ms()
        it.send(cleared(WORSE))
        story.arrives("end", "resolved AAPL critical", since=cleared_at)
        return story.end()


def prometheus_down(folder: Path, durations: Durations) -> Row:
    """The relay goes on without Prometheus, and the Watchdog's silence says that it is gone."""
    with chain(folder, quick=durations.quick, prometheus=True) as it:
        assert it.prometheus is not None
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(it, f"Prometheus down for {durations.prometheus_down:.0f} s; raised and cleared meanwhile", 2)

        def last_watchdog() -> int:
            """When the Watchdog came last (ms); 0 for never."""
            return max((one.at for one in it.webhook.notifications(WATCHDOG)), default=0)

        def is_held() -> bool:
            """Whether Alertmanager holds the Watchdog as firing."""
            return any(alert["labels"]["alertname"] == "Watchdog" for alert in it.alertmanager.firing())

        wait_until(last_watchdog, WITHIN_SECONDS, "the Watchdog")
        it.prometheus.kill()
        down_at = now_ms()
        it.send(AAPL)
        story.arrives("raise meanwhile", "firing AAPL warning", since=down_at)
        cleared_at = now_ms()
        it.send(cleared(AAPL))
        story.arrives("end meanwhile", "resolved AAPL warning", since=cleared_at)
        wait_until(lambda: not is_held(), durations.prometheus_down + WITHIN_SECONDS, "the Watchdog expires")
        until_then = len(it.webhook.notifications(WATCHDOG))
        Event().wait(max(0.0, durations.prometheus_down - (now_ms() - down_at) / 1000))
        meanwhile = len(it.webhook.notifications(WATCHDOG)) - until_then
        back_at, last = now_ms(), last_watchdog()
        it.prometheus.start()
        wait_until(lambda: last_watchdog() > last, WITHIN_SECONDS, "the Watchdog again")
        row = story.end()
        first_again = min(one.at for one in it.webhook.notifications(WATCHDOG) if one.at > last)
        row.waits["Watchdog again"] = (first_again - back_at) / 1000
        row.facts["last Watchdog, seconds after Prometheus ended"] = (last - down_at) / 1000
        row.facts["seconds without Watchdog"] = (first_again - last) / 1000
        story.promise(meanwhile <= 1, "the Watchdog stops, but for one that is on its way")
        return row


def one_of_two_down(folder: Path, durations: Durations) -> Row:
    """A cluster of two Alertmanagers; the other may not know yet that the one that is killed has sent the first."""
    with chain(folder, quick=durations.quick, alertmanagers=2) as it:
        it.relay.start()
        it.relay.wait_until_it_delivers()
        story = Story(
            it, "two Alertmanagers; the one that notifies is killed at once; raised and cleared; it is back", at_most=5
        )
        raised_at = now_ms()
        it.send(AAPL)
        story.arrives("raise before", "firing AAPL warning", since=raised_at)
        it.alertmanager.kill()
        down_at = now_ms()
        it.send(company("MSFT"), cleared(AAPL))
        story.arrives("raise meanwhile", "firing MSFT warning", since=down_at)
        story.arrives("end meanwhile", "resolved AAPL warning", since=down_at)
        story.promise(it.relay.value("relay_delivers") == 1, "the relay delivers with one Alertmanager")
        it.alertmanager.start()
        wait_until(lambda: len(it.alertmanager.firing()) == 1, WITHIN_SECONDS, "the one that was down knows MSFT")
        back_at = now_ms()
        it.send(cleared(company("MSFT")))
        story.arrives("end", "resolved MSFT warning", since=back_at)
        return story.end()
