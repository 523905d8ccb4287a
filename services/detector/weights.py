"""Input weights: copies fade, a slogan of many does not, an author counts once; what decides most."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np

from services.detector.opinion import Opinion
from services.detector.params import Params
from services.text.copies import SLOGAN_BITS, shared_bits


class Cluster(msgspec.Struct):
    """Near-repeats of one text: number seen, time of the latest (ms), sketch of the first, how many are own words."""

    copies: int
    time: int
    sketch: bytes = b""
    own_words: int = 0


class AuthorVote(msgspec.Struct):
    """An author on one key: when the text that counts was published (ms), its weight and negative units, and how many
    texts of his came in the six hours after it, itself included.
    """

    time: int
    weight: float
    negative: float
    texts: int = 1


class CountedText(msgspec.Struct, array_like=True):
    """A text that was counted: a hash of its content, when it was published (ms), its weight and negative units."""

    content: int
    time: int
    weight: float
    negative: float


class WeightChange(NamedTuple):
    """What a new text adds to the five minutes of `time` (ms); below 0 where an earlier text loses weight."""

    time: int
    texts: float
    negative: float


class Weights(msgspec.Struct):
    """What one key remembers of ids, authors and near-repeats; each bounded by `Params.remembered`."""

    ids: dict[str, CountedText | int] = msgspec.field(default_factory=dict)
    """Numbers are times, in states of before more was kept."""
    authors: dict[str, AuthorVote] = msgspec.field(default_factory=dict)
    clusters: list[Cluster] = msgspec.field(default_factory=list)

    def known(self, opinion: Opinion) -> bool:
        """True when a text with this id and content was seen already."""
        counted = self.ids.get(opinion.id)
        return counted.content == opinion.content if isinstance(counted, CountedText) else counted is not None

    def weigh(self, opinion: Opinion, params: Params) -> WeightChange:
        """What a new text changes; it is remembered.

        Its weight is 0.3^(earlier near-repeats within 24 h), as of one voice that is passed on; but 1 in a crowd with
        one slogan, as of many voices: a comment in an author's own words that shares no more than a slogan with the
        first, where more than three in four are own words. An author has one vote in 6 h: his first text counts, and
        the more he posts the less it does, 1/n^2 of its weight after n texts. So a few who shout are not a crowd.
        """
        cluster, bits = self._cluster(opinion, params)
        crowd = bits <= SLOGAN_BITS and 4 * cluster.own_words > 3 * cluster.copies
        weight = 1.0 if crowd and opinion.own_words else params.copy_weight ** (cluster.copies - 1)
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
        kept = max(change.texts, 0.0)
        self.ids[opinion.id] = CountedText(opinion.content, opinion.time, kept, kept * opinion.units)
        _forget(self.ids, params.remembered)
        _forget(self.authors, params.remembered)
        return change

    def revise(self, opinion: Opinion, params: Params) -> tuple[WeightChange, float] | None:
        """What a text changes that replaces an earlier one, and the weight of that: its sentiment counts in its place.

        None when it replaces none that is remembered.
        """
        earlier = self.ids.get(opinion.revises) if opinion.revises is not None else None
        if not isinstance(earlier, CountedText):
            return None
        more = earlier.weight * opinion.units - earlier.negative
        earlier.negative += more
        self.ids[opinion.id] = CountedText(opinion.content, earlier.time, 0.0, 0.0)
        _forget(self.ids, params.remembered)
        vote = self.authors.get(opinion.author) if opinion.author is not None else None
        if vote is not None and vote.time == earlier.time:
            vote.negative += more
            more /= vote.texts**2
        return WeightChange(earlier.time, 0.0, more), earlier.weight

    def _cluster(self, opinion: Opinion, params: Params) -> tuple[Cluster, float]:
        """The cluster of a text, counting it, and the bits that it shares with the first; forgotten after 24 h."""
        oldest = opinion.time - params.copies_within_ms
        self.clusters = [c for c in self.clusters if c.time >= oldest][-params.remembered + 1 :]
        bits = shared_bits(opinion.sketch, [cluster.sketch for cluster in self.clusters])
        if bits.any():
            most = int(np.argmax(bits))
            cluster, shared = self.clusters[most], float(bits[most])
        else:
            cluster, shared = Cluster(0, opinion.time, opinion.sketch), 0.0
            self.clusters.append(cluster)
        cluster.copies += 1
        cluster.own_words += opinion.own_words
        cluster.time = max(cluster.time, opinion.time)
        return cluster, shared


def _forget(remembered: dict[str, Any], limit: int) -> None:
    """Drop the entries that came first until at most `limit` are left."""
    while len(remembered) > limit:
        del remembered[next(iter(remembered))]
