"""One alert: what goes out, who has taken it, and which offsets wait for that."""

from __future__ import annotations

import pytest

from services.alerting.notify.alert import (
    LEAST_FIRING_MS,
    LEAST_RESOLVED_MS,
    RESEND_MS,
    RESEND_RESOLVED_MS,
    ActiveAlert,
)
from services.alerting.notify.alert_state import AlertState
from services.alerting.notify.pending_offset import PendingOffset
from services.alerting.notify.transitions import ImpossibleEvent

NOW = 1_800_000_000_000


def fired(*offsets: int) -> ActiveAlert:
    alert = ActiveAlert({"entity": "AAPL"}, "company:AAPL@x", 0, {})
    for offset in offsets:
        alert.fire({"summary": str(offset)}, [PendingOffset(offset, NOW + offset)])
    return alert


def test_messages_of_the_same_post_wait_together_and_later_ones_for_the_next() -> None:
    alert = fired(5, 7)
    post = alert.post(NOW)
    alert.fire({"summary": "9"}, [PendingOffset(9, None)])
    assert (post.annotations, post.version, alert.version) == ({"summary": "7"}, 0, 1)
    assert alert.pending() == [PendingOffset(5, NOW + 5), PendingOffset(9, None)]
    assert alert.confirm("am", post, NOW) == [PendingOffset(5, NOW + 5)]
    assert alert.is_due("am", NOW)
    assert alert.confirm("am", alert.post(NOW), NOW) == [PendingOffset(9, None)]
    assert [alert.is_due("am", now) for now in (NOW, NOW + RESEND_MS)] == [False, True]


def test_an_alert_comes_to_be_firing_and_resolved_by_the_answers_to_what_it_is_now() -> None:
    alert = fired(1)
    states = [alert.state]
    firing = alert.post(NOW)
    states.append(alert.state)
    alert.confirm("am", firing, NOW)
    assert [*states, alert.state] == [AlertState.NEW, AlertState.FIRING_UNCONFIRMED, AlertState.FIRING]
    assert alert.confirmed_at == NOW
    assert [alert.may_resolve(NOW + passed) for passed in (LEAST_FIRING_MS - 1, LEAST_FIRING_MS)] == [False, True]
    alert.resolve(NOW + 1)
    alert.confirm("am", firing, NOW + 2)
    states = [alert.state]
    resolved = alert.post(NOW + 3)
    assert (resolved.firing, resolved.ends_at) == (False, NOW + 1)
    alert.confirm("am", resolved, NOW + 4)
    assert [*states, alert.state] == [AlertState.RESOLVED_UNCONFIRMED, AlertState.RESOLVED]
    assert alert.confirmed_at == NOW + 4
    assert [alert.may_fire_anew(NOW + 4 + passed) for passed in (LEAST_RESOLVED_MS - 1, LEAST_RESOLVED_MS)] == [
        False,
        True,
    ]
    assert [alert.is_done(NOW + 4 + passed) for passed in (RESEND_RESOLVED_MS - 1, RESEND_RESOLVED_MS)] == [False, True]


def test_an_alert_that_is_over_does_not_end_again() -> None:
    alert = fired(1)
    alert.resolve(NOW)
    with pytest.raises(ImpossibleEvent, match="AlertState: expected no RESOLVE in the state RESOLVED_UNCONFIRMED"):
        alert.resolve(NOW)


def test_a_late_answer_about_an_earlier_alert_with_the_same_labels_delivers_nothing() -> None:
    earlier = fired(1)
    late = earlier.post(NOW)
    alert = fired(2)
    assert alert.confirm("am", late, NOW) == []
    assert (alert.state, alert.pending()) == (AlertState.NEW, [PendingOffset(2, NOW + 2)])


def test_one_that_is_refused_is_not_due_until_it_says_something_new() -> None:
    alert = fired(1)
    alert.confirm("am", alert.post(NOW), NOW, refused=True)
    assert not alert.is_due("am", NOW + 10 * RESEND_MS)
    alert.fire({"summary": "other"}, [])
    assert alert.is_due("am", NOW)
