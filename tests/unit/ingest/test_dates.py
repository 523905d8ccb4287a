"""published_ms: which dates are taken, clamped and refused."""

from __future__ import annotations

import math

import pytest

from services.domain.errors import InvalidMessage
from services.domain.event_time import parse_iso_ms
from services.ingest.dates import CLAMPED, MISSING, published_ms

NOW = parse_iso_ms("2014-09-03T14:30:00Z")
MINUTE = 60_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2014-09-03T14:00:00Z", "2014-09-03T14:00:00Z"),
        ("2014-09-03T16:00:00+02:00", "2014-09-03T14:00:00Z"),
        ("2014-09-03 14:00:00", "2014-09-03T14:00:00Z"),
        ("2014-09-03", "2014-09-03T00:00:00Z"),
        ("Wed, 03 Sep 2014 14:00:00 GMT", "2014-09-03T14:00:00Z"),
        ("Wed, 03 Sep 2014 10:00:00 -0400", "2014-09-03T14:00:00Z"),
        (1_409_752_800, "2014-09-03T14:00:00Z"),
        (1_409_752_800.5, "2014-09-03T14:00:00.500Z"),
        (1_409_752_800_000, "2014-09-03T14:00:00Z"),
    ],
)
def test_forms(value: object, expected: str) -> None:
    assert published_ms(value, NOW) == (parse_iso_ms(expected), None)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, "NaN", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "2099-01-01", "1989-12-31",
     "soon", "9999-12-31T23:59:59-14:00", 0, -1, 10**4000, True, [2014], {"year": 2014}, 1e300,
     "Wed, 99 Sep 2014 14:00:00 GMT"],
)  # fmt: skip
def test_absurd_dates_are_refused(value: object) -> None:
    with pytest.raises(InvalidMessage) as caught:
        published_ms(value, NOW)
    assert caught.value.reason == "bad_date"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_date_is_the_moment_it_was_seen(value: object) -> None:
    assert published_ms(value, NOW) == (NOW, MISSING)


def test_a_clock_that_is_ahead() -> None:
    assert published_ms(NOW + 5 * MINUTE, NOW) == (NOW + 5 * MINUTE, None)
    assert published_ms(NOW + 5 * MINUTE + 1, NOW) == (NOW, CLAMPED)
    assert published_ms(NOW + 24 * 60 * MINUTE, NOW) == (NOW, CLAMPED)
    with pytest.raises(InvalidMessage):
        published_ms(NOW + 24 * 60 * MINUTE + 1, NOW)
