"""Input weights: copies fade, an author counts once; what decides more than any statistic."""

from __future__ import annotations

import msgspec

from services.common.near_repeats import near
from services.monitoring.detector.opinion import Opinion
from services.monitoring.detector.params import Params


class Cluster(msgspec.Struct):
    """Near-repeats of one text: fingerprint of the first, number seen, time of the latest (ms)."""

    fingerprint: int
    copies: int
    time: int


class Weights(msgspec.Struct):
    """What one key remembers of ids, authors and near-repeats; each bounded by `Params.remembered`."""

    ids: dict[str, int] = msgspec.field(default_factory=dict)
    authors: dict[str, int] = msgspec.field(default_factory=dict)
    clusters: list[Cluster] = msgspec.field(default_factory=list)

    def known(self, opinion: Opinion) -> bool:
        """True when a text with this id was seen already."""
        return opinion.id in self.ids

    def weigh(self, opinion: Opinion, params: Params) -> tuple[float, Cluster]:
        """Weight of a new text in [0, 1] and its cluster, both remembered.

        0.3^(earlier near-repeats within 24 h), and 0 for a further text of an author within 6 h of a counted one.
        """
        self.ids[opinion.id] = opinion.time
        cluster = self._cluster(opinion, params)
        weight = params.copy_weight ** (cluster.copies - 1)
        if opinion.author is not None:
            counted = self.authors.get(opinion.author)
            if counted is not None and abs(opinion.time - counted) < params.author_within_ms:
                weight = 0.0
            else:
                self.authors.pop(opinion.author, None)
                self.authors[opinion.author] = opinion.time
        _forget(self.ids, params.remembered)
        _forget(self.authors, params.remembered)
        return weight, cluster

    def _cluster(self, opinion: Opinion, params: Params) -> Cluster:
        """The cluster of a text, counting it; one not seen for 24 h is forgotten."""
        oldest = opinion.time - params.copies_within_ms
        self.clusters = [c for c in self.clusters if c.time >= oldest][-params.remembered + 1 :]
        for cluster in self.clusters:
            if near(cluster.fingerprint, opinion.fingerprint):
                cluster.copies += 1
                cluster.time = max(cluster.time, opinion.time)
                return cluster
        self.clusters.append(Cluster(opinion.fingerprint, 1, opinion.time))
        return self.clusters[-1]


def _forget(remembered: dict[str, int], limit: int) -> None:
    """Drop the entries that came first until at most `limit` are left."""
    while len(remembered) > limit:
        del remembered[next(iter(remembered))]
