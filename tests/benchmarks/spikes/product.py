"""The product on the generated streams: `backtest` over all keys at once, at a budget, with nothing tuned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from services.backtest.run import run_backtest
from services.detector.context import Context
from services.detector.params import Params
from services.domain.messages import ScoredText
from services.watchlists.model import Label, Watchlist, Watchlists
from tests.benchmarks.spikes.texts import Texts

NAME = "groundswell"


def at_budget(alerts_per_100_keys: float, params: Params | None = None) -> Context:
    """The detector as it ships (or with other `params`), with this budget for all companies."""
    everything = Watchlist(
        name="all",
        label=Label("Everything", "全部"),
        companies=None,
        alerts_per_100_keys=alerts_per_100_keys,
    )
    return Context(Watchlists((everything,)), params=params)


def alerts_of(
    keys: Sequence[Texts], alerts_per_100_keys: float, params: Params | None = None
) -> list[npt.NDArray[np.int64]]:
    """When alerts of each key were raised (ms)."""
    texts: list[ScoredText] = [text for number, one in enumerate(keys) for text in one.scored(str(number))]
    texts.sort(key=lambda text: (text.published_at, text.event_id))
    raised = [m for m in run_backtest(texts, at_budget(alerts_per_100_keys, params)).raised() if m.revision == 0]
    return [
        np.array(sorted(m.time for m in raised if m.entity == str(number)), dtype=np.int64)
        for number in range(len(keys))
    ]
