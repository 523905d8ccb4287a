"""What one could say without a model: the most frequent label, or what a lexicon finds."""

from __future__ import annotations

from collections.abc import Sequence

from services.text.language import detect
from training.evaluation.lexicons.lexicon import Lexicon
from training.metrics.counts import Labels
from training.metrics.label_space import LabelSpace
from training.metrics.predictions import Prediction
from training.metrics.scores import most_frequent

MAJORITY = "majority"
_UNKNOWN = "und"


def baselines(
    space: LabelSpace, labelled: Sequence[Prediction], texts: Sequence[str], lexicons: Sequence[Lexicon]
) -> dict[str, list[Labels]]:
    """What each baseline says of labelled predictions, by its name; `texts` are those the predictions point to.

    A lexicon reads sentiment only, of sets that have texts in its language. Each entity of a text gets the tone of the
    whole text. Rows in another language, and tones for which the set has no label, get the most frequent label.
    """
    usual = most_frequent([one.gold for one in labelled if one.gold is not None])
    found = {MAJORITY: [usual] * len(labelled)}
    if space.task == "topics":
        return found
    languages = [detect(texts[one.row]) if one.lang == _UNKNOWN else one.lang for one in labelled]
    labels = {index: (label,) for label, group in zip(space.labels, space.groups, strict=True) for index in group}
    for lexicon in lexicons:
        if lexicon.language in languages:
            found[lexicon.name] = [
                labels.get(lexicon.sentiment(texts[one.row]), usual) if lang == lexicon.language else usual
                for one, lang in zip(labelled, languages, strict=True)
            ]
    return found
