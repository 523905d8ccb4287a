"""The command `groundswell robustness`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from training.options import DEFAULT_CONFIG, BundleArgument, SetsOption, ThreadsOption


def robustness(
    bundle: BundleArgument,
    config: SetsOption = DEFAULT_CONFIG,
    rows: Annotated[int, typer.Option(min=1, help="Development rows of each set at most.")] = 200,
    words: Annotated[float, typer.Option(min=0.01, max=0.99, help="Share of the words that is changed.")] = 0.15,
    explained: Annotated[int, typer.Option(min=0, help="Texts on which explanations are checked; 0: none.")] = 40,
    report: Annotated[Path, typer.Option(help="Write the figures here, as JSON, and beside it as Markdown.")] = Path(
        "robustness.json"
    ),
    seed: Annotated[int, typer.Option(help="Draws the noise.")] = 1,
    threads: ThreadsOption = 0,
) -> None:
    """Measure what noise costs a bundle on the development splits.

    Each text gets each kind of noise of its language: synonyms, look-alike characters and homophones in Chinese;
    synonyms and typing errors in English; cashtags and emoji in both. The meaning stays, so the answers should. The
    rows that a kind of noise changed are scored clean and noisy.

    Then explanations are checked by deletion: how far the probability of the sentiment drops when the pieces that
    occlusion and integrated gradients rank highest are left out, beside as many at random.

    \b
    Examples:
      groundswell robustness exported_models/zh-en-base/2026.11.2
      groundswell robustness BUNDLE --rows 50 --words 0.3 --explained 0 --report hard.json
    """
    from services.inference.bundle import load_bundle
    from services.inference.classifier import Classifier
    from training.config import TrainConfig
    from training.evaluation.development_split import development_split
    from training.evaluation.report.folder import write_report
    from training.explanations.measure import measure_faithfulness
    from training.explanations.report import faithfulness_json, faithfulness_markdown, faithfulness_table
    from training.learning.trained_model import load_trained
    from training.robustness.measure import Noise, measure_robustness
    from training.robustness.report import noise_json, noise_markdown, noise_table

    console = Console()
    classifier = Classifier(load_bundle(bundle), threads=threads)
    with console.status("reading the sets"):
        chosen = development_split(TrainConfig.load(config), rows)
    results = measure_robustness(classifier, chosen, Noise(words, seed))
    title = f"{classifier.bundle.model_version}, noise in at most {words:.0%} of the words"
    console.print(noise_table(results, title))
    content: dict[str, Any] = {"model": classifier.bundle.model_version, "words": words, "seed": seed}
    content |= noise_json(results)
    markdown = f"# {title}\n\n{noise_markdown(results)}"
    if explained:
        found = measure_faithfulness(classifier, load_trained(bundle), chosen.texts, most=explained)
        console.print(faithfulness_table(found))
        content["explanations"] = faithfulness_json(found)
        markdown += "\n" + faithfulness_markdown(found)
    write_report(report, content, markdown)
    console.print(f"figures written to {report} and {report.with_suffix('.md')}")
