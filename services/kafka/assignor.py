"""Who reads which partition: decided only when the broker lists all topics that are read."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from faust.assignor import PartitionAssignor


class TopicNotListed(Exception):
    """The broker does not list a topic, or not yet: one that has just started."""


class ListedAssignor(PartitionAssignor):
    """Faust's assignor leaves a topic out that the broker does not list. One that has just started again lists none for
    a moment: every member got nothing to read, and nobody looked again.
    """

    @classmethod
    def _get_copartitioned_groups(
        cls, topics: set[str], cluster: Any, subscriptions: MutableMapping[str, list[str]]
    ) -> Any:
        """The topics that are assigned together.

        :raises TopicNotListed: the member that assigns takes no part in its group then, and is started again, which
            waits for all topics.
        """
        missing = sorted(topic for topic in topics if not cluster.partitions_for_topic(topic))
        if missing:
            raise TopicNotListed(f"not listed by the broker: {', '.join(missing)}")
        return super()._get_copartitioned_groups(topics, cluster, subscriptions)
