"""A backtest in figures: one object for machines, the same as lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from services.backtest.budget import Setting, asked_per_100_key_days
from services.backtest.incidents import of_surges
from services.backtest.report.numbers import NONE, count, rate
from services.backtest.run import BacktestResult
from services.domain.incident import reduce_incidents
from services.domain.incident_json import CHANNELS
from services.domain.local_time import LocalTime
from services.domain.messages import IncidentRecord
from services.ingest.history import LoadedTexts

Summary = dict[str, Any]


def summary(loaded: LoadedTexts, result: BacktestResult, chosen: Setting, model_version: str) -> Summary:
    """What was read, what came of it, and what was asked for.

    `budget` and `alerts_per_100_key_days` are of surges of negative opinion, and null where there was no time. `held`
    says which score raised at the end, by kind of key, texts a day and watchlist, and from how many quiet key-days.
    """
    asked = None
    if chosen.threshold is None:
        asked = asked_per_100_key_days(chosen.watchlists, result.days_by_key, result.days)
    incidents = reduce_incidents(result.messages)
    got = 100.0 * len(of_surges(incidents)) / result.key_days if result.key_days else None
    return {
        "texts": result.texts,
        "repeated": len(loaded.repeated),
        "dead": len(loaded.dead),
        "alerts": len(incidents),
        "keys": result.keys,
        "key_days": round(result.key_days, 2),
        "budget": None if asked is None else round(asked, 4),
        "alerts_per_100_key_days": None if got is None else round(got, 4),
        "threshold": chosen.threshold,
        "held": [] if result.budget_status is None else msgspec.to_builtins(result.budget_status.cohorts),
        "model_version": model_version,
    }


def facts(
    figures: Summary, result: BacktestResult, incidents: Sequence[IncidentRecord], chosen: Setting, times: LocalTime
) -> list[tuple[str, str]]:
    """The head of a report: what each figure is called, and the figure."""
    surges = len(of_surges(incidents))
    a_day = rate(surges / result.days) if result.days else NONE
    got = f"{surges} surges, {a_day} a day, {rate(figures['alerts_per_100_key_days'])} per 100 key-days"
    others = Counter(one.raised.channel for one in incidents if one.raised.channel != "negative")
    got += "".join(f"; {CHANNELS[channel]}: {number}" for channel, number in sorted(others.items()))
    time = f"{times.iso(result.start)} to {times.iso(result.end)}, {result.days:.1f} days" if result.texts else NONE
    texts = f"{count(figures['texts'])}, without {figures['repeated']} repeats and {figures['dead']} bad lines"
    return [
        (f"Time 时间 ({times.name})", time),
        ("Texts 文本", texts),
        ("Followed 关注", f"{figures['keys']} keys, {figures['key_days']:,.1f} key-days; {_lists(chosen)}"),
        ("Asked for 设置", _asked(figures, result)),
        ("Alerts 警报", got),
        ("Model 模型", figures["model_version"]),
    ]


def _lists(chosen: Setting) -> str:
    return "watchlists " + ", ".join(
        " ".join(dict.fromkeys((one.name, one.label.en, one.label.zh))) for one in chosen.watchlists.lists
    )


def _asked(figures: Summary, result: BacktestResult) -> str:
    if figures["threshold"] is not None:
        return f"a score of {figures['threshold']:g}, without a budget"
    asked = figures["budget"]
    if asked is None:
        return NONE
    return f"{rate(asked / 100.0 * result.key_days / result.days)} alerts a day, {rate(asked)} per 100 key-days"
