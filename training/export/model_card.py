"""The model card, written from nothing but the manifest and the figures of a bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.inference.manifest import Manifest
from training.export import card_figures
from training.export.card_training import licences, training


def model_card(manifest: Manifest, metrics: Mapping[str, Any]) -> str:
    """Return the card as Markdown.

    :param metrics: the content of `metrics.json`; a part that was not measured has no place on the card.
    """
    parts = [
        _head(manifest, metrics),
        _intended_use(manifest),
        _results(metrics),
        card_figures.costs(metrics),
        card_figures.calibration(metrics),
        card_figures.robustness(metrics),
        card_figures.bias(metrics),
        training(manifest, metrics),
        licences(manifest, metrics),
        _limits(manifest, metrics),
        _topics(manifest),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(manifest: Manifest, metrics: Mapping[str, Any]) -> str:
    title = f"# {manifest.name} {manifest.version}"
    if "made_from" in metrics:
        title += (
            f"\n\nMade from {metrics['made_from']}: topics, thresholds, calibration, data and licences are taken over."
        )
    return f"""{title}

Sentiment (negative, neutral, positive), {len(manifest.topics)} topics, and the sentiment towards each company or
other entity that a text names, of short Chinese and English financial texts, from one encoder in one pass;
{manifest.precision} ONNX, run by ONNX Runtime. Made on {manifest.created_at[:10]}."""


def _intended_use(manifest: Manifest) -> str:
    return f"""## Intended use

Scoring streams of news headlines and comments about companies and markets, so that surges of negative opinion
can be noticed and read by a person. It is made for rates over many texts: a single score is often wrong.
Not for trading decisions on its own, nor for judging people, nor for other languages or long documents
(texts are cut at {manifest.max_tokens} tokens)."""


def _results(metrics: Mapping[str, Any]) -> str:
    found = card_figures.results(metrics)
    if not found:
        return ""
    config = (metrics.get("training") or {}).get("config", {})
    most = f" (at most {config['dev_rows']:,} rows)" if config else ""
    return f"""## Results

The development splits are a share of each training set{most}, chosen by a hash of the text, near duplicates kept on
one side; never trained on, but used to choose the checkpoint and the topic thresholds, so somewhat optimistic.
Everything is read in each set's own labels, sentiment in the set's own convention where the model has learnt it; the
general reading is what serving gives. For a multi-label set, accuracy asks for exactly the right set of labels.
`entities` is the sentiment towards single named entities, one row an entity.

{found}"""


def _limits(manifest: Manifest, metrics: Mapping[str, Any]) -> str:
    smoothed = any("smoothed" in cost["step"] for cost in metrics.get("cost", []))
    single = sum(len(topic.languages) == 1 for topic in manifest.topics)
    return f"""## Limits

- Sets disagree about what negative means: market direction (tweets), investors' view (PhraseBank), crowd tone
  (Apple, airlines), news polarity (Chinese titles). Serving gives the general reading, a compromise of them all.
- An entity's sentiment is read off its own words in the context of the text; a company that is only meant ("the
  iPhone maker") or that stands beyond the cut gets the sentiment of the whole text.
- Irony, memes and in-group slang of stock forums are often misread; labels of the forum sets are noisy.
- The data is of 2011 to 2022, mostly large US and Chinese companies; its company names carry some sentiment.
- Calibration holds for texts like those of the development sets; on other sources check it first.
- {single} of the {len(manifest.topics)} topics are labelled in one language only (below) and are given in no other.
{_precision_limits(manifest.precision, smoothed=smoothed)}"""


def _precision_limits(precision: str, *, smoothed: bool) -> str:
    if precision != "int8":
        return f"- The graph is {precision}: made for GPUs; on a CPU the int8 bundle is smaller and faster."
    if smoothed:
        return (
            "- Matrix weights use 7 of 8 bits, so that CPUs without VNNI give the same answers; all products run in\n"
            "  int8, those behind the GELUs with smoothed inputs (SmoothQuant)."
        )
    return (
        "- Matrix weights use 7 of 8 bits, so that CPUs without VNNI give the same answers; the second product of\n"
        "  each feed-forward block has int8 weights but float activations. Without VNNI the graph is little faster\n"
        "  than fp32."
    )


def _topics(manifest: Manifest) -> str:
    topics = "; ".join(f"{t.name_en} ({t.name_zh}): {', '.join(t.languages) or 'none'}" for t in manifest.topics)
    return f"""## Topics, and the languages in which each was taught

{topics}.

Serving gives a topic only to texts of a language in which it was taught."""
