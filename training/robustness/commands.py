"""The commands ``groundswell robustness``, ``bias`` and ``attribute``; heavy imports wait for the call."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from training.cli import DEFAULT_CONFIG

if TYPE_CHECKING:
    from training.evaluation.attribution import Attribution

Bundle = Annotated[Path, typer.Argument(help="Folder of a bundle, such as exported_models/NAME/VERSION.")]
Sets = Annotated[Path, typer.Option("--config", "-c", help="Names the sets.")]
Threads = Annotated[int, typer.Option(help="Inference threads; 0: one a core.")]


def robustness(
    bundle: Bundle,
    config: Sets = DEFAULT_CONFIG,
    rows: Annotated[int, typer.Option(min=1, help="Development rows of each set at most.")] = 200,
    words: Annotated[float, typer.Option(min=0.01, max=0.99, help="Share of the words that is changed.")] = 0.15,
    explained: Annotated[int, typer.Option(min=0, help="Texts on which explanations are checked; 0: none.")] = 40,
    report: Annotated[Path, typer.Option(help="Write the figures here, as JSON, and beside it as Markdown.")] = Path(
        "robustness.json"
    ),
    seed: Annotated[int, typer.Option(help="Draws the noise.")] = 1,
    threads: Threads = 0,
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
    from training.config import load_config
    from training.learning.trained import load_trained
    from training.robustness.explanations import measure_faithfulness
    from training.robustness.measure import Noise, measure_robustness, sample
    from training.robustness.report import (
        faithfulness_json,
        faithfulness_markdown,
        faithfulness_table,
        noise_json,
        noise_markdown,
        noise_table,
    )

    console = Console()
    classifier = Classifier(load_bundle(bundle), threads=threads)
    with console.status("reading the sets"):
        chosen = sample(load_config(config), rows)
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
    _write(report, content, markdown)
    console.print(f"figures written to {report} and {report.with_suffix('.md')}")


def bias(
    bundle: Bundle,
    config: Sets = DEFAULT_CONFIG,
    texts: Annotated[int, typer.Option(min=0, help="Real texts of each kind and language at most.")] = 20,
    report: Annotated[
        Path, typer.Option(help="Write the figures here, as JSON, and beside it as Markdown and a picture.")
    ] = Path("bias.json"),
    threads: Threads = 0,
) -> None:
    """Swap names of companies, countries and people: the sentiment must not move.

    In sentences written for it and, for companies and countries, in real development texts (which needs the data; 0
    leaves them out), each name takes the place of the others. Shown are the changes of P(negative), how often the
    leading sentiment flips, and the mean P(negative) of each name or group.

    \b
    Examples:
      groundswell bias exported_models/zh-en-base/2026.11.2
      groundswell bias BUNDLE --texts 0 --report /tmp/bias.json
    """
    from services.inference.bundle import load_bundle
    from services.inference.classifier import Classifier
    from training.config import load_config
    from training.evaluation.bias import bias_report
    from training.evaluation.bias_views import bias_markdown, bias_picture, bias_table
    from training.evaluation.counterfactuals import load_names, template_probes, text_probes
    from training.robustness.measure import development_texts

    console = Console()
    classifier = Classifier(load_bundle(bundle), threads=threads)
    names = load_names()
    probes = template_probes(names)
    if texts:
        with console.status("reading the sets"):
            probes += text_probes(names, development_texts(load_config(config)), most=texts)
    found = bias_report(classifier.score, probes)
    title = f"{classifier.bundle.model_version}, names swapped"
    console.print(bias_table(found, title))
    _write(report, {"model": classifier.bundle.model_version, "results": found.as_json()}, bias_markdown(found, title))
    bias_picture(found, report.with_suffix(".png"))
    console.print(f"figures written to {report}, {report.with_suffix('.md')} and {report.with_suffix('.png')}")


def attribute(
    model: Annotated[Path, typer.Argument(help="Folder of a bundle, or of a checkpoint that train wrote.")],
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="Texts to take apart.")],
    steps: Annotated[int, typer.Option(min=2, help="Points of the integral; more are more exact.")] = 32,
) -> None:
    """Show what each token adds to the probability of a text's sentiment (integrated gradients).

    The values add up to the probability less that of a text of padding; how far they miss that is shown as the
    error. Computed in torch, not calibrated; a bundle's int8 weights are dequantised.

    \b
    Examples:
      groundswell attribute BUNDLE "Shares slump after a profit warning"
      groundswell attribute runs/default "股价大跌" "净利润增长" --steps 64
    """
    from tokenizers import Tokenizer

    from training.evaluation.attribution import attribute as attribution_of
    from training.learning.trained import load_trained

    trained = load_trained(model)
    tokenizer = Tokenizer.from_file(str(trained.tokenizer))
    console = Console()
    for text in texts:
        _show(console, attribution_of(trained.model, tokenizer, text, steps=steps))


def _show(console: Console, found: "Attribution") -> None:
    from rich.table import Table
    from rich.text import Text

    from services.inference.scores import SENTIMENT_LABELS

    label = SENTIMENT_LABELS[found.sentiment]
    console.print(
        f"{label} {found.probability:.3f}, of padding {found.baseline:.3f}; error {found.error:.4f}", highlight=False
    )
    view = Table("token", "value", "", box=None, padding=(0, 2, 0, 0))
    largest = max((abs(one.value) for one in found.tokens), default=0.0) or 1.0
    for one in found.tokens:
        bar = "█" * round(20 * abs(one.value) / largest)
        view.add_row(Text(one.token), f"{one.value:+.3f}", Text(bar, style="green" if one.value > 0 else "red"))
    console.print(view)


def _write(report: Path, content: dict[str, Any], markdown: str) -> None:
    report.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    report.with_suffix(".md").write_text(markdown.rstrip() + "\n", encoding="utf-8")
