"""What made followed texts negative, from scoring to the evidence of an alert."""

from __future__ import annotations

import msgspec
import pytest

from services.backtest.score import score_texts
from services.companies import default_linker
from services.detector.evidence import add_evidence, select_evidence
from services.detector.opinion import TEXT_CHARS, Opinion, opinion_of
from services.detector.params import Params
from services.detector.state import EvidenceText, KeyState
from services.domain.key import MonitoredKey
from services.domain.messages import Company, EntitySentiment, Evidence, Highlight, RawText, ScoredText
from services.inference.classifier import Classifier
from services.kafka.codec import Codec, encode
from services.scoring.highlights import add_highlights
from services.text.mentions import Named
from tests.harness.tiny_bundle import tiny_bundle

TIME = 1_409_700_000_000
BAD = (0.8, 0.1, 0.1)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(tiny_bundle(tmp_path_factory.mktemp("models")), threads=1)


def raw(text: str, sentiment: tuple[float, float, float] | None = None) -> RawText:
    return RawText(
        event_id=text,
        kind="news",
        source="wire",
        text=text,
        lang="en",
        published_at=TIME,
        first_seen_at=TIME,
        sentiment=sentiment,
    )


def scored(text: str, classifier: Classifier, *companies: str, topics: tuple[str, ...] = ()) -> ScoredText:
    (scores,) = classifier.score([text], entities=[[Named(name) for name in companies]])
    return ScoredText(
        event_id=text,
        kind="news",
        source="wire",
        text=text,
        lang="en",
        published_at=TIME,
        first_seen_at=TIME,
        scored_at=TIME,
        author=None,
        title=None,
        url=None,
        sentiment=scores.sentiment,
        topics=dict.fromkeys(topics, 0.9),
        companies=tuple(Company(id=name, mention=name) for name in companies),
        fingerprint=1,
        model_version="tiny/1",
        entities=tuple(
            EntitySentiment(name=name, company=name, sentiment=one)
            for name, one in zip(companies, scores.entities, strict=True)
        ),
    )


def test_only_followed_negative_texts_of_the_model_are_explained(classifier: Classifier) -> None:
    texts = ["the shares bad", "bad news", "good shares", "bad shares given", "bad earnings"]
    given = [raw(text, BAD if "given" in text else None) for text in texts]
    before = [
        scored(texts[0], classifier, "shares"),
        scored(texts[1], classifier),
        scored(texts[2], classifier, "shares"),
        scored(texts[3], classifier, "shares"),
        scored(texts[4], classifier, topics=("earnings",)),
    ]
    found = add_highlights(given, before, classifier.score)
    assert [[one.text for one in each.highlights] for each in found] == [["bad"], [], [], [], ["bad"]]
    assert [(one.start, one.end) for one in found[0].highlights] == [(11, 14)]
    assert found[0].highlights[0].effect == pytest.approx(before[0].sentiment[0] - 1 / (2 + 2.718281828), abs=1e-6)
    assert [msgspec.structs.replace(each, highlights=(), entities=()) for each in found] == [
        msgspec.structs.replace(each, entities=()) for each in before
    ]


def test_a_text_that_is_bad_for_one_company_is_explained_for_that_one(classifier: Classifier) -> None:
    text = "good good the bad shares"
    before = scored(text, classifier, "bad shares", "the")
    assert max(before.sentiment) == before.sentiment[2]
    (found,) = add_highlights([raw(text)], [before], classifier.score)
    assert found.highlights == ()
    assert [one.highlights for one in found.entities] == [(), ()]  # its name alone is what is bad


def test_a_backtest_explains_as_the_stream_does(classifier: Classifier) -> None:
    texts = [raw("$AAPL shares bad"), raw("bad"), raw("$AAPL good")]
    plain, explained = (
        list(score_texts(texts, classifier, default_linker(), 4096, lambda _: None, explain=each))
        for each in (False, True)
    )
    assert explained == add_highlights(texts, plain, classifier.score)
    assert [[one.text for one in text.highlights] for text in explained] == [["bad"], [], []]


def test_it_reaches_the_evidence_of_the_right_key() -> None:
    of_text, of_company = (Highlight(text="bad", start=at, end=at + 3, effect=0.5) for at in (0, 4))
    beyond = Highlight(text="late", start=TEXT_CHARS - 1, end=TEXT_CHARS + 3, effect=0.1)
    text = ScoredText(
        event_id="1",
        kind="news",
        source="wire",
        text="bad bad",
        lang="en",
        published_at=TIME,
        first_seen_at=TIME,
        scored_at=TIME,
        author=None,
        title=None,
        url=None,
        sentiment=BAD,
        topics={"earnings": 0.9},
        companies=(Company(id="AAPL", mention="bad"),),
        fingerprint=1,
        model_version="m/1",
        entities=(EntitySentiment(name="bad", company="AAPL", sentiment=BAD, highlights=(of_company,)),),
        highlights=(of_text, beyond),
    )
    assert Codec(ScoredText).decode(encode(text)) == text
    assert opinion_of(text, MonitoredKey.of_topic("earnings")).highlights == (of_text,)
    assert opinion_of(text, MonitoredKey.of_company("AAPL")).highlights == (of_company,)
    assert opinion_of(text, MonitoredKey.of_company("MSFT")).highlights == (of_text,)
    state = KeyState(first_at=TIME, now=TIME, next_hour=0)
    add_evidence(state, opinion_of(text, MonitoredKey.of_company("AAPL")), 1.0, Params())
    (evidence,) = select_evidence(state, Params())
    assert evidence.highlights == (of_company,)


def test_records_from_before_are_still_read() -> None:
    highlight = Highlight(text="bad", start=0, end=3, effect=0.5)
    evidence = Evidence(
        id="1", text="bad", time=1, negative=0.9, source="s", url=None, reach=1, highlights=(highlight,)
    )
    plain = msgspec.to_builtins(evidence)
    assert msgspec.convert(plain, Evidence) == evidence
    del plain["because"]
    assert msgspec.convert(plain, Evidence).highlights == ()
    for kind in (Opinion, EvidenceText, EntitySentiment):
        assert {field.name: field.default for field in msgspec.structs.fields(kind)}["highlights"] == ()
