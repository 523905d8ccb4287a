"""How faithful occlusion and integrated gradients are on development texts: what is measured, and the texts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rich.progress import track
from tokenizers import Tokenizer

from services.inference.classifier import Classifier
from services.inference.explanation import ExplanationRequest, explain
from services.inference.scores import leading
from services.text.segments import segments
from training.data.examples import Example
from training.data.languages import language_of
from training.data.split import development_rank
from training.explanations.faithfulness import MOST_LEFT_OUT, Faithfulness, RankedText, Ranking, faithfulness
from training.explanations.integrated_gradients import attribute, by_segment
from training.learning.trained_model import TrainedModel

OCCLUSION, GRADIENTS = "occlusion", "integrated gradients"


def measure_faithfulness(
    classifier: Classifier, trained: TrainedModel, examples: Sequence[Example], *, most: int
) -> list[Faithfulness]:
    """Explain the served sentiment of at most `most` texts both ways and leave out what they rank highest.

    Texts of too few pieces are passed over; which others are taken, a hash of the text decides. Probabilities are the
    served ones; the gradients are those of the torch model `trained` with the same weights.
    """
    long_enough = [one for one in examples if len(segments(one.text)) > MOST_LEFT_OUT]
    chosen = sorted(long_enough, key=lambda one: development_rank(one.text))[:most]
    langs = [language_of(one.text, one.lang) for one in chosen]
    texts = [one.text for one in chosen]
    scores = classifier.score(texts, langs=langs)
    requests = [ExplanationRequest(*one) for one in zip(texts, langs, scores, strict=True)]
    explained_by_torch = partial(
        attribute,
        trained.model,
        Tokenizer.from_file(str(trained.tokenizer)),
        max_tokens=classifier.bundle.manifest.max_tokens,
    )
    ranked: list[RankedText] = []
    explained = zip(requests, explain(requests, classifier.score), strict=True)
    for one, found in track(explained, description="explaining", total=len(requests), transient=True):
        sentiment = leading(one.scores.sentiment)
        spans = segments(one.text)
        by_gradients = by_segment(explained_by_torch(one.text, sentiment=sentiment), spans)
        by_occlusion = [each.change[sentiment] for each in found.text]
        ranked.append(
            RankedText(one, {OCCLUSION: _ranking(spans, by_occlusion), GRADIENTS: _ranking(spans, by_gradients)})
        )
    return faithfulness(ranked, classifier.score) if ranked else []


def _ranking(spans: Sequence[tuple[int, int]], values: Sequence[float]) -> Ranking:
    order = sorted(range(len(spans)), key=lambda place: -values[place])
    return [spans[place] for place in order]
