"""How a model was trained, on which data, under which licences: the parts of a model card on its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from services.inference.manifest import Manifest
from training.evaluation.report.markdown_tables import markdown_table
from training.export.cost import DISTILLATION

Values = Mapping[str, Any]


def training(manifest: Manifest, metrics: Values) -> str:
    """The run, the data, and what is known of the base model, one stage after the other, the latest first."""
    parts = [_recipe(metrics.get("training"), manifest.base_model), _data(manifest.training_data)]
    parts += [_distillation(one) for one in _distillations(metrics)]
    for base in _bases(metrics):
        if "pretraining" in base:
            parts.append(_pretraining(base["pretraining"]))
        else:
            recipe = _recipe(base["training"], base["base_model"])
            parts += [f"The base model {base['model']} was trained before:", recipe, _data(base["training_data"])]
    return "\n\n".join(["## Training", *parts])


def licences(manifest: Manifest, metrics: Values) -> str:
    """A warning that names the sets, those of the base models too, that restrict what may be done with the weights.

    A set of which that is not known (bundles of before said nothing) counts among them.
    """
    data: dict[str, Values] = {}
    for one in _all_data(manifest, metrics):
        data.setdefault(one["name"], one)
    restricted = [name for name, one in data.items() if one.get("restricted", True)]
    if not restricted:
        return "## Licences\n\nAll sets have licences that permit any use; see the data above."
    return f"""## Licences: read before you ship the weights

{len(restricted)} of the {len(data)} sets and streams are non-commercial or state no licence: {", ".join(restricted)}.
Whether weights trained on such data may be used commercially or passed on is not settled and differs by country.
Take these weights as for research and evaluation; for anything else train without those sets (`groundswell train
--licence permissive`), or ask their owners."""


def _recipe(stage: Values | None, base_model: Values) -> str:
    base = f"Base model: {base_model['name']} ({base_model.get('licence', 'no licence stated')})"
    if stage is None:
        return f"{base}."
    config = stage["config"]
    model, optimizer, loss = config["model"], config["optimizer"], config["loss"]
    parts = [
        f"embeddings and the lowest {model['frozen_layers']} layers frozen"
        if model["frozen_layers"] >= 0
        else "all weights trained",
        f"{config['steps']:,} steps of at most {config['batch_tokens'] * config['accumulate']:,} padded tokens in "
        f"{optimizer['cycles']} cycle(s), in {config['precision']}",
        f"texts cut at {config['max_tokens']} tokens",
        f"learning rates {optimizer['encoder_rate']:g} (encoder, times {optimizer['layer_decay']:g} a layer down) and "
        f"{optimizer['head_rate']:g} (heads)",
        f"averaged weights (decay {optimizer['average_decay']:g})" if optimizer["average_decay"] else "",
        f"label smoothing {loss['smoothing']:g}",
        f"adapter {model['adapter']['kind']}" if model["adapter"]["kind"] != "none" else "",
        f"adversary {config['adversarial']['kind']}" if config["adversarial"]["kind"] != "none" else "",
        f"noise in {config['augment']['share']:.0%} of the texts" if config["augment"]["share"] else "",
        f"seed {config['seed']}",
    ]
    return f"""{base}; {"; ".join(part for part in parts if part)}.
Partial labels are trained by their marginal likelihood: a set that has no neutral class never moves neutral.
{loss["own_reading"]:.0%} of a sentiment loss judges the reading in the set's own convention, the rest the general."""


def _data(sets: Iterable[Values]) -> str:
    return markdown_table(
        ("data", "language", "task", "licence", "training rows"),
        (
            (
                one["name"],
                one["language"].replace("+", ", "),
                one["task"].replace("+", ", "),
                one["licence"],
                f"{one['rows']:,}",
            )
            for one in sets
        ),
        left=4,
    )


def _pretraining(found: Values) -> str:
    streams = "; ".join(f"{name} ({one['licence']})" for name, one in found["streams"].items())
    before, after = (found[key]["pseudo_perplexity"] for key in ("before", "after"))
    return (
        f"The base model was pre-trained on {found['train_texts']:,} unlabelled texts in {found['steps']:,} steps "
        f"(pseudo-perplexity {before:g} before,\n{after:g} after): {streams}."
    )


def _distillations(metrics: Values) -> list[Values]:
    """The steps in which a teacher was distilled."""
    return [one for one in metrics.get("cost", []) if one["step"] == DISTILLATION]


def _distillation(step: Values) -> str:
    streams = step.get("streams", {})
    texts = "; ".join(f"{name} ({one['licence']})" for name, one in streams.items())
    more = f" and on {sum(one['kept'] for one in streams.values()):,} unlabelled texts: {texts}" if streams else ""
    return f"The labels are not all it learnt from: it was distilled from {step['teacher']}, on these texts{more}."


def _all_data(manifest: Manifest, metrics: Values) -> list[Values]:
    found: list[Values] = list(manifest.training_data)
    for step in _distillations(metrics):
        found += [{"name": name, **one} for name, one in step.get("streams", {}).items()]
    for base in _bases(metrics):
        if "pretraining" in base:
            found += [{"name": name, **one} for name, one in base["pretraining"]["streams"].items()]
        else:
            found += base["training_data"]
    return found


def _bases(metrics: Values) -> Iterator[Values]:
    """The base model, the base model that it was made from, and so on, as far as they are known."""
    base = (metrics.get("training") or {}).get("base")
    while base is not None:
        yield base
        base = (base if "pretraining" in base else base["training"] or {}).get("base")
