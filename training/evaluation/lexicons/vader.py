"""The tone of English texts by VADER, made for social media.

Hutto & Gilbert 2014, VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text,
https://ojs.aaai.org/index.php/ICWSM/article/view/14550.
"""

from __future__ import annotations

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from training.evaluation.lexicons.lexicon import Lexicon

THRESHOLD = 0.05
"""Of the compound score, as its authors advise."""


def load() -> Lexicon:
    """The lexicon and rules that come with the package `vaderSentiment`."""
    analyzer = SentimentIntensityAnalyzer()
    return Lexicon("VADER", "en", THRESHOLD, lambda text: float(analyzer.polarity_scores(text)["compound"]))
