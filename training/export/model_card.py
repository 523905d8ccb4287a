"""The model card, written from the results of an export."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.common.bundle import Manifest
from training.data.registry import LabelledSet
from training.evaluation.results import Result, mean_macro_f1
from training.export.calibration import AbstainBand, HeadCalibration
from training.learning.checkpoint import RunRecord


@dataclass(frozen=True)
class CardFacts:
    """What the card is written from; ``results`` are of the published bundle on the development splits."""

    manifest: Manifest
    record: RunRecord
    results: Sequence[Result]
    macro_f1_loss: float
    agreement: float
    calibration: Sequence[HeadCalibration]
    bands: Sequence[AbstainBand]


def model_card(facts: CardFacts, registry: Mapping[str, LabelledSet]) -> str:
    """Return the card as Markdown."""
    manifest, config = facts.manifest, facts.record.config
    topics = "; ".join(f"{t.name_en} ({t.name_zh}): {', '.join(t.languages) or 'none'}" for t in manifest.topics)
    single = sum(len(topic.languages) == 1 for topic in manifest.topics)
    restricted = [name for name in config.sets if registry[name].restricted]
    return f"""# {manifest.name} {manifest.version}

Sentiment (negative, neutral, positive), {len(manifest.topics)} topics, and the sentiment towards each company or
other entity that a text names, of short Chinese and English financial texts, from one encoder in one pass;
{manifest.precision} ONNX, run by ONNX Runtime. Made on {manifest.created_at[:10]}.

## Intended use

Scoring streams of news headlines and comments about companies and markets, so that surges of negative opinion
can be noticed and read by a person. It is made for rates over many texts: a single score is often wrong.
Not for trading decisions on its own, nor for judging people, nor for other languages or long documents
(texts are cut at {manifest.max_tokens} tokens).

## Results on the development splits

A tenth of each training set (at most {config.dev_rows} rows), chosen by a hash of the text, near duplicates kept
on one side; never trained on, but used to choose the checkpoint and the topic thresholds, so somewhat
optimistic. Read in each set's own labels. Mean macro-F1 over the sets: {mean_macro_f1(facts.results):.3f}.
For the multi-label set, accuracy asks for exactly the right set of labels.

{_results_table(facts.results)}

`entities` is the sentiment towards single named entities, one row an entity.

The published graph against the fp32 torch model on the same texts: {100 * facts.macro_f1_loss:+.2f} points of
mean macro-F1 lost; same sentiment for {100 * facts.agreement:.1f} % of the texts.

## How sure it looks

Probabilities are divided by temperatures fitted on the same development rows, by language and head (Guo et al. 2017);
ECE is the expected calibration error in 15 bins.

{_calibration_table(facts.calibration)}

The model abstains (`unsure`) on the least sure tenth of the texts:

{_band_table(facts.bands)}

## Training

Base model: {manifest.base_model["name"]} ({manifest.base_model["licence"]}); embeddings and the lowest
{config.model.frozen_layers} layers frozen; {config.steps} steps of at most {config.batch_tokens} padded tokens,
texts cut at {config.max_tokens} tokens, seed {config.seed}. Partial labels are trained by their marginal
likelihood: a set that has no neutral class never moves neutral.

{_data_table(config.sets, registry, facts.record)}

## Licences: read before you ship the weights

{len(restricted)} of the {len(config.sets)} sets are non-commercial or state no licence: {", ".join(restricted)}.
Whether weights trained on such data may be used commercially or passed on is not settled and differs by country.
Take these weights as for research and evaluation; for anything else retrain without those sets (remove them
under `sets` in the training configuration), or ask their owners.

## Limits

- Sets disagree about what negative means: market direction (tweets), investors' view (PhraseBank), crowd tone
  (Apple, airlines), news polarity (Chinese titles). The model has learnt a compromise.
- An entity's sentiment is read off its own words in the context of the text; a company that is only meant ("the
  iPhone maker") or that stands beyond the cut gets the sentiment of the whole text.
- Irony, memes and in-group slang of stock forums are often misread; labels of the forum sets are noisy.
- The data is of 2011 to 2022, mostly large US and Chinese companies; its company names carry some sentiment.
- Calibration holds for texts like those of the development sets; on other sources check it first.
- {single} of the {len(manifest.topics)} topics are labelled in one language only (below) and are given in no other.
{_precision_limits(manifest.precision)}

## Topics, and the languages in which each was taught

{topics}.

Serving gives a topic only to texts of a language in which it was taught.
"""


def _calibration_table(fitted: Sequence[HeadCalibration]) -> str:
    lines = ["| language | head | decisions | temperature | ECE before | ECE after |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {one.language} | {one.head} | {one.decisions:,} | {one.temperature:.2f} "
        f"| {one.before:.3f} | {one.after:.3f} |"
        for one in fitted
    ]
    return "\n".join(lines)


def _band_table(bands: Sequence[AbstainBand]) -> str:
    lines = [
        "| language | leading probability below | texts | accuracy there | accuracy elsewhere |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.language} | {one.below:.2f} | {one.texts:,} | {one.accuracy_inside:.3f} | {one.accuracy_outside:.3f} |"
        for one in bands
    ]
    return "\n".join(lines)


def _precision_limits(precision: str) -> str:
    if precision != "int8":
        return "- The graph is fp32: made for GPUs; on a CPU the int8 bundle is smaller and faster."
    return (
        "- Matrix weights use 7 of 8 bits, so that CPUs without VNNI give the same answers; the second product of\n"
        "  each feed-forward block has int8 weights but float activations. Without VNNI the graph is little faster\n"
        "  than fp32."
    )


def _results_table(results: Sequence[Result]) -> str:
    lines = [
        "| set | task | language | rows | accuracy | macro-F1 | majority accuracy / F1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in results:
        scores = one.scores
        lines.append(
            f"| {one.set_name} | {one.task} | {one.language} | {scores.rows} | {scores.accuracy:.3f} "
            f"| {scores.macro_f1:.3f} | {scores.baseline_accuracy:.3f} / {scores.baseline_macro_f1:.3f} |"
        )
    return "\n".join(lines)


def _data_table(sets: Mapping[str, int], registry: Mapping[str, LabelledSet], record: RunRecord) -> str:
    lines = ["| data | language | task | training rows | licence |", "|---|---|---|---|---|"]
    for name in sets:
        spec = registry[name]
        languages = ", ".join(code for code in spec.languages if code != "und")
        rows = record.counts[name].train
        lines.append(f"| {name} | {languages} | {', '.join(spec.tasks)} | {rows:,} | {spec.licence} |")
    return "\n".join(lines)
