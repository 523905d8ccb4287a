"""Partitions are assigned when all topics are listed, and not at all while one is missing."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.kafka.app import make_app, raw_topic
from services.kafka.assignor import ListedAssignor, TopicNotListed
from services.kafka.topics import COMMENTS_RAW, NEWS_RAW
from services.settings import load_settings


class Listed:
    """What a broker lists: topic -> partitions."""

    def __init__(self, topics: dict[str, int]) -> None:
        self._topics = topics

    def topics(self) -> set[str]:
        return set(self._topics)

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self._topics[topic])) if topic in self._topics else None


@pytest.fixture
def assignor(tmp_path: Path) -> ListedAssignor:
    app = make_app("assignor-test", load_settings(state_dir=tmp_path))

    async def read(stream: Any) -> None:
        async for _ in stream:
            pass

    app.agent(raw_topic(app, NEWS_RAW, COMMENTS_RAW), name="read")(read)
    app.finalize()
    assert isinstance(app.assignor, ListedAssignor)
    return app.assignor


def members(assignor: ListedAssignor) -> dict[str, Any]:
    user_data = assignor.metadata({NEWS_RAW.name, COMMENTS_RAW.name}).user_data
    return {"one": SimpleNamespace(subscription=[NEWS_RAW.name, COMMENTS_RAW.name], user_data=user_data)}


def test_all_listed_partitions_are_assigned(assignor: ListedAssignor) -> None:
    assigned = assignor.assign(Listed({NEWS_RAW.name: 4, COMMENTS_RAW.name: 4}), members(assignor))
    assert sorted((topic, sorted(partitions)) for topic, partitions in assigned["one"].assignment) == [
        (COMMENTS_RAW.name, [0, 1, 2, 3]),
        (NEWS_RAW.name, [0, 1, 2, 3]),
    ]


@pytest.mark.parametrize("listed", [{}, {NEWS_RAW.name: 4}], ids=["none", "one of two"])
def test_nobody_is_given_a_part_while_a_topic_is_not_listed(assignor: ListedAssignor, listed: dict[str, int]) -> None:
    with pytest.raises(TopicNotListed, match=f"not listed by the broker: {COMMENTS_RAW.name}"):
        assignor.assign(Listed(listed), members(assignor))
