"""What the README promises: copies of one story raise none; forty people with one slogan reach severity 2."""

from __future__ import annotations

import msgspec
import pytest

from services.backtest.budget import Setting
from services.backtest.run import run_backtest
from services.domain.incident import reduce_incidents
from services.domain.messages import ScoredText
from services.watchlists.model import Watchlists
from tests.harness.copied import HIT_AT, STORIES, Write, background, copied_story, slogan, spam, within_two_hours

QUIET = tuple((f"QUIET{number}", f"Quiet{number}") for number in range(14))
ONE_VOICE: dict[str, tuple[str, Write]] = {
    "STORY": ("Harbour Foods", copied_story(STORIES["en"], "en")),
    "STORY.CUT": ("Harbour Foods", copied_story(STORIES["en"], "en", shortened=True)),
    "STORY.SHORT": ("Northgate Rail", copied_story(STORIES["short en"], "en")),
    "STORY.ZH": ("远洋乳业", copied_story(STORIES["zh"], "zh")),
    "STORY.ZH.CUT": ("远洋乳业", copied_story(STORIES["zh"], "zh", shortened=True)),
    "TITLE.ZH": ("长河汽车", copied_story(STORIES["title zh"], "zh")),
    "HBF": ("$HBF", spam("en", "HBF")),
    "SPAM.ZH": ("长河汽车", spam("zh", "长河汽车")),
}
MANY_VOICES: dict[str, tuple[str, Write]] = {
    "CROWD": ("Costwell", slogan("en", "Costwell")),
    "CROWD.LONG": ("Harper & Daughters", slogan("en", "Harper & Daughters")),
    "CROWD.ZH": ("星河咖啡", slogan("zh", "星河咖啡")),
    "CROWD.ZH.SHORT": ("远洋", slogan("zh", "远洋")),
}
ALL = ONE_VOICE | MANY_VOICES


def severities(seed: int, **changes: object) -> dict[str, int]:
    """Of the surges of negative opinion that forty texts in two hours raise, at the default budget."""
    named = [(company, mention) for company, (mention, _) in ALL.items()]
    texts = background([*QUIET, *named], seed=seed)
    for company, (mention, write) in ALL.items():
        texts += [
            msgspec.structs.replace(one, **changes) for one in within_two_hours(write, company, mention, seed=seed)
        ]
    texts.sort(key=_order)
    records = reduce_incidents(run_backtest(texts, Setting(Watchlists()).context()).messages)
    return {
        one.raised.entity: one.raised.severity
        for one in records
        if one.raised.channel == "negative" and one.raised.time >= HIT_AT
    }


def _order(text: ScoredText) -> tuple[int, str]:
    return text.published_at, text.event_id


@pytest.mark.parametrize("seed", range(3))
def test_copies_of_one_story_raise_none_and_forty_people_with_one_slogan_reach_severity_2(seed: int) -> None:
    found = severities(seed)
    assert set(found) == set(MANY_VOICES)
    assert all(severity >= 2 for severity in found.values())


def test_nobody_knows_how_many_speak_where_authors_are_not_named() -> None:
    """One who posts forty times without a name is not forty."""
    assert all(severity < 2 for severity in severities(1, author=None).values())


def test_outlets_do_not_chant() -> None:
    assert all(severity < 2 for severity in severities(1, kind="news").values())
