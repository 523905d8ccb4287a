"""What made followed texts negative, from scoring to the evidence of an alert."""

from __future__ import annotations

import msgspec
import pytest

from services.backtest.score import score_texts
from services.companies import default_linker
from services.detector.evidence import add_evidence, select_evidence
from services.detector.opinion import Opinion, opinion_of
from services.detector.params import Params
from services.detector.state import EvidenceText, KeyState
from services.domain.key import MonitoredKey
from services.domain.limits import MAX_EVIDENCE_CHARS
from services.domain.messages import Company, EntitySentiment, Evidence, Highlight, ScoredText
from services.inference.classifier import Classifier
from services.kafka.codec import Codec, encode
from services.scoring.highlights import add_highlights
from services.scoring.score_batch import Effort
from services.text.mentions import Named
from tests.factories import TIME, evidence, raw_text, scored
from tests.harness.tiny_bundle import tiny_bundle

BAD = (0.8, 0.1, 0.1)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(tiny_bundle(tmp_path_factory.mktemp("models")), threads=1)


def scored_by(classifier: Classifier, text: str, *companies: str, topics: tuple[str, ...] = ()) -> ScoredText:
    (scores,) = classifier.score([text], entities=[[Named(name) for name in companies]])
    entities = tuple(
        EntitySentiment(name=name, company=name, sentiment=one)
        for name, one in zip(companies, scores.entities, strict=True)
    )
    return scored(
        1,
        TIME,
        scores.sentiment,
        text=text,
        topics=dict.fromkeys(topics, 0.9),
        companies=tuple(Company(id=name, mention=name) for name in companies),
        entities=entities,
    )


def test_only_followed_negative_texts_of_the_model_are_explained(classifier: Classifier) -> None:
    texts = ["the shares bad", "bad news", "good shares", "bad shares given", "bad earnings"]
    given = [raw_text(text, sentiment=BAD if "given" in text else None) for text in texts]
    before = [
        scored_by(classifier, texts[0], "shares"),
        scored_by(classifier, texts[1]),
        scored_by(classifier, texts[2], "shares"),
        scored_by(classifier, texts[3], "shares"),
        scored_by(classifier, texts[4], topics=("earnings",)),
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
    before = scored_by(classifier, text, "bad shares", "the")
    assert max(before.sentiment) == before.sentiment[2]
    (found,) = add_highlights([raw_text(text)], [before], classifier.score)
    assert found.highlights == ()
    assert [one.highlights for one in found.entities] == [(), ()]  # its name alone is what is bad


def test_a_backtest_explains_as_the_stream_does(classifier: Classifier) -> None:
    texts = [raw_text("$AAPL shares bad"), raw_text("bad"), raw_text("$AAPL good")]
    plain, explained = (
        list(score_texts(texts, classifier, default_linker(), 4096, lambda _: None, effort=Effort(explain=each)))
        for each in (False, True)
    )
    assert explained == add_highlights(texts, plain, classifier.score)
    assert [[one.text for one in text.highlights] for text in explained] == [["bad"], [], []]


def test_it_reaches_the_evidence_of_the_right_key() -> None:
    of_text, of_company = (Highlight(text="bad", start=at, end=at + 3, effect=0.5) for at in (0, 4))
    beyond = Highlight(text="late", start=MAX_EVIDENCE_CHARS - 1, end=MAX_EVIDENCE_CHARS + 3, effect=0.1)
    of_entity = EntitySentiment(name="bad", company="AAPL", sentiment=BAD, highlights=(of_company,))
    text = scored(
        1,
        TIME,
        BAD,
        text="bad bad" + " x" * MAX_EVIDENCE_CHARS,
        company="AAPL",
        topics={"earnings": 0.9},
        entities=(of_entity,),
        highlights=(of_text, beyond),
    )
    assert Codec(ScoredText).decode(encode(text)) == text
    assert opinion_of(text, MonitoredKey.of_topic("earnings")).highlights == (of_text,)
    assert opinion_of(text, MonitoredKey.of_company("AAPL")).highlights == (of_company,)
    assert opinion_of(text, MonitoredKey.of_company("MSFT")).highlights == (of_text,)
    state = KeyState(first_at=TIME, now=TIME, next_hour=0)
    add_evidence(state, opinion_of(text, MonitoredKey.of_company("AAPL")), 1.0, Params())
    (shown,) = select_evidence(state, Params())
    assert shown.highlights == (of_company,)


def test_records_from_before_are_still_read() -> None:
    highlight = Highlight(text="bad", start=0, end=3, effect=0.5)
    explained = evidence(highlights=(highlight,))
    plain = msgspec.to_builtins(explained)
    assert msgspec.convert(plain, Evidence) == explained
    del plain["because"]
    assert msgspec.convert(plain, Evidence).highlights == ()
    for kind in (Opinion, EvidenceText, EntitySentiment):
        assert {field.name: field.default for field in msgspec.structs.fields(kind)}["highlights"] == ()


def test_a_passage_that_decided_is_what_is_explained(classifier: Classifier) -> None:
    plain = "The shares stand on a list of the shares and that is all. " * 20
    text = f"{plain}Nobody there saw that the shares bad."
    (found,) = score_texts(
        [raw_text(text, tickers=("CSCO",))],
        classifier,
        default_linker(),
        4096,
        lambda _: None,
        effort=Effort(explain=True),
    )
    assert found.passage is not None
    assert found.passage.text == "Nobody there saw that the shares bad."
    assert [(one.text, text[one.start : one.end]) for one in found.highlights] == [("bad.", "bad.")]
