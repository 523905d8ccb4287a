"""A worker that stood still for longer than its session ends before it writes."""

from __future__ import annotations

from services.kafka.session_lease import SessionLease


class Bench:
    """A lease of six seconds whose clock and end are the test's."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ended: list[int] = []
        self.lease = SessionLease(6.0, clock=lambda: self.now, end=self.ended.append)


def test_a_process_that_runs_may_write() -> None:
    bench = Bench()
    for _ in range(100):
        bench.now += 0.2
        bench.lease.renew()
        bench.lease.check()
    assert bench.ended == []


def test_a_standstill_shorter_than_the_session_ends_nobody() -> None:
    bench = Bench()
    bench.now += 6.0
    bench.lease.check()
    bench.lease.renew()
    bench.now += 6.0
    bench.lease.check()
    assert bench.ended == []


def test_whoever_looks_first_after_a_longer_one_ends_the_process() -> None:
    writes_first, watches_first = Bench(), Bench()
    for bench in (writes_first, watches_first):
        bench.now += 6.1
    writes_first.lease.check()
    watches_first.lease.renew()
    assert (writes_first.ended, watches_first.ended) == ([70], [70])
