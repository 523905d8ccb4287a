"""Groundswell in a notebook: score texts, link companies, see what would have alerted. No Kafka is needed.

It calls what the stream, `score-file` and `backtest` call; docs/python.md has an example.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from services.backtest import score
from services.backtest.budget import Setting, for_everything
from services.backtest.run import run_backtest
from services.clock import now_ms
from services.companies import default_linker
from services.domain.errors import InvalidInput, InvalidMessage
from services.domain.incident import reduce_incidents
from services.domain.messages import Company, IncidentRecord, RawText, ScoredText
from services.domain.time_zone import time_zone
from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from services.ingest.author_key import some_author_key
from services.ingest.history import past_text
from services.ingest.normalise import SourceDefaults, normalise
from services.scoring.score_batch import effort_of
from services.settings import load_settings
from services.watchlists.file import read_watchlists
from services.watchlists.model import Watchlists

__all__ = ["backtest", "for_everything", "link_companies", "load_model", "read_watchlists", "score_texts"]

Record = Mapping[str, Any]
"""A text of the past, as a line of a file has it: `{text, created_at, …}`."""


def load_model(name: str | None = None, folder: Path | str | None = None, threads: int | None = None) -> Classifier:
    """The model that `<folder>/<name>/CURRENT` names; what is not given is as GROUNDSWELL_* variables say.

    :raises BundleInvalid: when there is none, or it is damaged.
    """
    settings = load_settings(model=name, models=folder, threads=threads)
    return Classifier(current_bundle(settings.model.folder, settings.model.name), threads=settings.model.threads)


def link_companies(text: str) -> tuple[Company, ...]:
    """The companies that a text names, in order of first mention."""
    return default_linker().link(text)


def score_texts(
    texts: Iterable[str | Record], model: Classifier | None = None, *, timezone: str | None = None
) -> list[ScoredText]:
    """Each text with its language, sentiment, topics and companies, and the sentiment towards each of these.

    A text is a string, or a record that brings its date and perhaps tickers or a sentiment, and more of what a line of
    a file has. `model` may be None where all bring their sentiment. Dates that name no zone are read in `timezone`
    (`Asia/Shanghai`); without it as docs/times.md says.

    :raises ValueError: when there is no such zone.
    :raises InvalidInput: naming the first text (from 0) that cannot be used, or when a model is needed.
    """
    settings = load_settings()
    defaults = SourceDefaults(
        "python", "comment", some_author_key(settings), None if timezone is None else time_zone(timezone)
    )
    now = now_ms()
    raws = [_raw_text(text, place, defaults, now) for place, text in enumerate(texts)]
    if model is None and any(raw.sentiment is None for raw in raws):
        raise InvalidInput("expected a model, since not every text brings its sentiment")
    effort = effort_of(settings.model)
    linker, batch_tokens = default_linker(), settings.model.batch_tokens
    return list(score.score_texts(raws, model, linker, batch_tokens, lambda done: None, effort=effort))


def backtest(
    texts: Iterable[ScoredText | Record],
    model: Classifier | None = None,
    *,
    watchlists: Watchlists | None = None,
    threshold: float | None = None,
    timezone: str | None = None,
) -> list[IncidentRecord]:
    """The incidents that the texts of the past would have raised, in the order in which they were raised first.

    Texts may come in any order; records are scored by `model` before, repeats are left out. `watchlists` say what is
    followed and what it may cost, as `read_watchlists` and `for_everything` give them; without them all is followed
    at 0.2 alerts a day for each 100 keys. A `threshold` of the score stands in place of budgets.
    `timezone` is as in `score_texts`.

    :raises InvalidInput: as `score_texts` does.
    """
    scored: dict[tuple[str, str], ScoredText] = {}
    given = list(texts)
    records = iter(score_texts([each for each in given if not isinstance(each, ScoredText)], model, timezone=timezone))
    for each in given:
        text = each if isinstance(each, ScoredText) else next(records)
        scored.setdefault((text.source, text.event_id), text)
    ordered = sorted(scored.values(), key=lambda text: text.published_at)
    setting = Setting(Watchlists() if watchlists is None else watchlists, threshold)
    return reduce_incidents(run_backtest(ordered, setting.context()).messages)


def _raw_text(given: str | Record, place: int, defaults: SourceDefaults, now: int) -> RawText:
    record = {"text": given} if isinstance(given, str) else given
    try:
        found = normalise(record, defaults, now) if isinstance(given, str) else past_text(record, defaults, now)
    except InvalidMessage as error:
        raise InvalidInput(f"text {place}: {error}") from error
    return found.text
