"""Input weights: copies fade, a slogan of many does not, an author counts once; what decides more than any statistic."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np

from services.detector.opinion import Opinion
from services.detector.params import Params
from services.text.copies import SLOGAN_BITS, shared_bits


class Cluster(msgspec.Struct):
    """Near-repeats of one text: number seen, time of the latest (ms), sketch of the first."""

    copies: int
    time: int
    sketch: bytes = b""


class AuthorVote(msgspec.Struct):
    """An author on one key: when the text that counts was published (ms), its weight and negative units, and how many
    texts of his came in the six hours after it, itself included.
    """

    time: int
    weight: float
    negative: float
    texts: int = 1


class WeightChange(NamedTuple):
    """What a new text adds to the five minutes of `time` (ms); below 0 where an earlier text loses weight."""

    time: int
    texts: float
    negative: float


class Weights(msgspec.Struct):
    """What one key remembers of ids, authors and near-repeats; each bounded by `Params.remembered`."""

    ids: dict[str, int] = msgspec.field(default_factory=dict)
    authors: dict[str, AuthorVote] = msgspec.field(default_factory=dict)
    clusters: list[Cluster] = msgspec.field(default_factory=list)

    def known(self, opinion: Opinion) -> bool:
        """True when a text with this id was seen already."""
        return opinion.id in self.ids

    def weigh(self, opinion: Opinion, params: Params) -> WeightChange:
        """What a new text changes; it is remembered.

        Its weight is 0.3^(earlier near-repeats within 24 h), as one voice that many pass on; but 1 when it is a comment in
        an author's own words that shares no more than a slogan with them, as many voices that say the same. An author
        has one vote in 6 h: his first text counts, and the more he posts the less it does, 1/n^2 of its weight after n
        texts. So a few who shout are not a crowd.
        """
        self.ids[opinion.id] = opinion.time
        earlier, bits = self._count(opinion, params)
        spoken = opinion.own_words and bits <= SLOGAN_BITS
        weight = 1.0 if spoken else params.copy_weight**earlier
        change = WeightChange(opinion.time, weight, weight * opinion.units)
        if opinion.author is not None:
            vote = self.authors.pop(opinion.author, None)
            if vote is not None and abs(opinion.time - vote.time) < params.author_within_ms:
                vote.texts += 1
                lost = 1.0 / (vote.texts - 1) ** 2 - 1.0 / vote.texts**2
                change = WeightChange(vote.time, -lost * vote.weight, -lost * vote.negative)
            else:
                vote = AuthorVote(opinion.time, weight, change.negative)
            self.authors[opinion.author] = vote
        _forget(self.ids, params.remembered)
        _forget(self.authors, params.remembered)
        return change

    def _count(self, opinion: Opinion, params: Params) -> tuple[int, float]:
        """How many near-repeats of a text came before it, and the bits that it shares with the first; it is counted.

        A cluster not seen for 24 h is forgotten.
        """
        oldest = opinion.time - params.copies_within_ms
        self.clusters = [c for c in self.clusters if c.time >= oldest][-params.remembered + 1 :]
        bits = shared_bits(opinion.sketch, [cluster.sketch for cluster in self.clusters])
        if not bits.any():
            self.clusters.append(Cluster(1, opinion.time, opinion.sketch))
            return 0, 0.0
        most = int(np.argmax(bits))
        cluster = self.clusters[most]
        cluster.copies += 1
        cluster.time = max(cluster.time, opinion.time)
        return cluster.copies - 1, float(bits[most])


def _forget(remembered: dict[str, Any], limit: int) -> None:
    """Drop the entries that came first until at most `limit` are left."""
    while len(remembered) > limit:
        del remembered[next(iter(remembered))]
