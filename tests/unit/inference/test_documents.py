"""Texts of several sentences: read to their end, by their whole and sentence by sentence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from services.inference import documents
from services.inference.classifier import Classifier
from services.inference.documents import MARGINS, MOST_SENTENCES, Reading, combined, read_documents, spread
from services.inference.scores import NEGATIVE, POSITIVE, Scores, leading
from services.settings import ModelSettings
from services.text.mentions import Named
from tests.harness.tiny_bundle import tiny_bundle

PLAIN = "the shares are on a list of the shares "
WHOLE = (0.1, 0.8, 0.1)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    return Classifier(tiny_bundle(tmp_path_factory.mktemp("models")), threads=1)


def read(classifier: Classifier, *texts: str, most: int = 100, named: Sequence[str] = ()) -> list[Reading]:
    entities = [[Named(name) for name in named]] * len(texts)
    return read_documents(texts, classifier.score, entities=entities, langs=["en"] * len(texts), most_sentences=most)


def plain(count: int) -> str:
    return " ".join(f"The {number} {PLAIN}." for number in range(count))


def test_a_text_of_one_sentence_is_as_the_model_says(classifier: Classifier) -> None:
    texts = ["the shares are bad and the rest is good", "跌", "", "bad! ugh"]
    for reading, scores in zip(read(classifier, *texts), classifier.score(texts, langs=["en"] * 4), strict=True):
        assert (reading.scores, reading.passage, reading.cut) == (scores, None, False)


@pytest.mark.parametrize("count", [1, 3, 40])
def test_a_bad_end_is_not_hidden(classifier: Classifier, count: int) -> None:
    text = f"{plain(count)} In the end it is all bad for the firm."
    (reading,) = read(classifier, text)
    assert leading(reading.scores.sentiment) == NEGATIVE
    assert [text[start:end] for start, end in [reading.passage or (0, 0)]] == (
        [""] if count == 1 else ["In the end it is all bad for the firm."]  # the whole says so too
    )
    assert not reading.cut


def test_a_text_without_news_stays_neutral(classifier: Classifier) -> None:
    (reading,) = read(classifier, plain(60))
    assert max(reading.scores.sentiment) == reading.scores.sentiment[1]


def test_whether_other_texts_are_read_beside_it_does_not_matter(classifier: Classifier) -> None:
    texts = [f"{plain(n)} In the end it is all bad for the firm." for n in (1, 30, 3)] + ["good"]
    together = read(classifier, *texts, named=["firm"])
    assert together == [reading for text in texts for reading in read(classifier, text, named=["firm"])]


def test_memory_is_bounded(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    given = [plain(n) for n in (5, 5, 30, 1, 1)]
    expected = read(classifier, *given)
    calls: list[int] = []

    def score(texts: Sequence[str], *, entities: Sequence[Sequence[Named]], langs: Sequence[str]) -> Sequence[Scores]:
        calls.append(len(texts))
        return classifier.score(texts, entities=entities, langs=langs)

    monkeypatch.setattr(documents, "PIECES_AT_ONCE", 12)
    found = read_documents(given, score, entities=[()] * 5, langs=["en"] * 5, most_sentences=100)
    assert (found, calls) == (expected, [12, 31, 2])


def test_of_too_many_sentences_the_first_and_the_last_are_read(classifier: Classifier) -> None:
    text = f"All of it is bad for the firm now. {plain(50)} In the end the good shares rise and rise."
    (reading,) = read(classifier, text, most=5)
    assert reading.cut
    assert leading(reading.scores.sentiment) == NEGATIVE
    assert not read(classifier, text, most=52)[0].cut


@pytest.mark.parametrize(
    ("count", "most", "places"), [(3, 5, [0, 1, 2]), (9, 5, [0, 2, 4, 6, 8]), (100, 3, [0, 49, 99]), (7, 2, [0, 6])]
)
def test_the_read_ones_are_spread(count: int, most: int, places: list[int]) -> None:
    assert spread(count, most) == places


def test_a_whole_that_no_sentence_exceeds_stays_as_it_is() -> None:
    assert combined(WHOLE, [(0.4, 0.5, 0.1), WHOLE]) == (WHOLE, None)
    assert combined((0.9, 0.05, 0.05), [(0.8, 0.1, 0.1)]) == ((0.9, 0.05, 0.05), None)


def test_a_sentence_decides_where_it_is_sure_enough_of_its_side() -> None:
    bad, decided = combined(WHOLE, [WHOLE, (0.6, 0.3, 0.1)])
    assert (leading(bad), decided) == (NEGATIVE, 1)
    assert bad[0] / bad[1] == pytest.approx(1.5)  # the odds of 0.6
    assert bad[2] / bad[1] == pytest.approx(1 / 8)  # as the whole says
    assert sum(bad) == pytest.approx(1)
    good, decided = combined(WHOLE, [(0.1, 0.2, 0.7)])
    assert decided is None, good
    assert (leading(combined(WHOLE, [(0.1, 0.1, 0.8)])[0]), MARGINS[POSITIVE]) == (POSITIVE, 1.0)


def test_the_setting_has_the_same_default() -> None:
    assert ModelSettings().most_sentences == MOST_SENTENCES


def by_words(texts: Sequence[str], *, entities: Sequence[Sequence[Named]], langs: Sequence[str]) -> list[Scores]:
    """A model that hears only the last word of a text that it knows, for its entities too."""
    known = {"bad": (0.8, 0.1, 0.1), "good": (0.1, 0.1, 0.8)}
    found = [next((known[word] for word in reversed(text.split()) if word in known), WHOLE) for text in texts]
    return [Scores(one, {}, (one,) * len(named)) for one, named in zip(found, entities, strict=True)]


def towards(text: str, *named: Named) -> Reading:
    (reading,) = read_documents([text], by_words, entities=[named], langs=["en"], most_sentences=9)
    return reading


def test_companies_have_the_sentiment_of_their_own_sentences() -> None:
    text = "Ford is a good buy for all of us now. Toyota is a bad buy for all of us now."
    reading = towards(text, Named("Ford"), Named("Toyota"), Named("Honda"))
    ford, toyota, honda = reading.scores.entities
    assert (leading(ford), leading(toyota)) == (POSITIVE, NEGATIVE)
    assert honda == (0.8, 0.1, 0.1)  # named nowhere: as the model says of the whole
    assert (reading.passage, reading.entity_passages) == (None, (None, None, None))


def test_what_follows_a_name_speaks_of_it() -> None:
    text = "Ford has a desk and a chair in the hall. The desk is beside the chair. In the end it is all bad for us. "
    assert leading(towards(text, Named("Ford")).scores.entities[0]) == NEGATIVE
    other = text.replace("In the end", "Toyota said in the end that") + "The chair was sold on Friday."
    reading = towards(other, Named("Ford"), Named("Toyota"))
    assert [leading(one) for one in reading.scores.entities] == [1, NEGATIVE]


@pytest.mark.parametrize(("occurrence", "side"), [(0, POSITIVE), (1, NEGATIVE)])
def test_the_occurrence_that_is_meant_counts(occurrence: int, side: int) -> None:
    text = "Ford is a good buy for all of us now. Toyota and Ford are a bad buy for all of us now."
    assert leading(towards(text, Named("Ford", occurrence), Named("Toyota")).scores.entities[0]) == side
