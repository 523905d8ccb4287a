"""Alerts as Alertmanager's API v2 takes them: a JSON list of bounded size.

https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (postableAlert)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from services.alerting.notify.annotations import Annotations
from services.alerting.notify.labels import Labels
from services.domain.event_time import format_iso

MOST_ALERTS = 100
MOST_BYTES = 1_000_000

_encoder = msgspec.json.Encoder()


class PostableAlert(NamedTuple):
    """An alert as it goes out in one post; times in ms of wall time, but for `starts_at`."""

    labels: Labels
    annotations: Annotations
    starts_at: int
    ends_at: int
    firing: bool
    version: int

    @property
    def key(self) -> str:
        """What it is known by."""
        return key_of(self.labels)


def key_of(labels: Labels) -> str:
    """Labels as one string, whatever their order."""
    return "\n".join(f"{name}={value}" for name, value in sorted(labels.items()))


def body_of(posts: Iterable[PostableAlert]) -> bytes:
    """The body of one post."""
    return b"[" + b",".join(_alert(post) for post in posts) + b"]"


def batches(posts: Iterable[PostableAlert]) -> Iterator[list[PostableAlert]]:
    """Posts in their order, at most 100 alerts and 1 MB of JSON together; a larger one alone."""
    batch: list[PostableAlert] = []
    size = 0
    for post in posts:
        own = len(_alert(post)) + 1
        if batch and (len(batch) == MOST_ALERTS or size + own > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(post)
        size += own
    if batch:
        yield batch


def _alert(post: PostableAlert) -> bytes:
    alert = {
        "labels": post.labels,
        "annotations": post.annotations,
        "startsAt": format_iso(post.starts_at),
        "endsAt": format_iso(post.ends_at),
    }
    link = post.annotations.get("link", "")
    return _encoder.encode(alert | {"generatorURL": link} if link else alert)
