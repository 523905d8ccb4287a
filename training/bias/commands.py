"""The command `groundswell bias`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.options import DEFAULT_CONFIG, BundleArgument, SetsOption, ThreadsOption


def bias(
    bundle: BundleArgument,
    config: SetsOption = DEFAULT_CONFIG,
    texts: Annotated[int, typer.Option(min=0, help="Real texts of each kind and language at most.")] = 20,
    report: Annotated[
        Path, typer.Option(help="Write the figures here, as JSON, and beside it as Markdown and a picture.")
    ] = Path("bias.json"),
    threads: ThreadsOption = 0,
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
    from training.bias.counterfactuals import load_names, template_probes, text_probes
    from training.bias.measure import bias_report
    from training.bias.report import bias_markdown, bias_picture, bias_table
    from training.config import TrainConfig
    from training.data.corpus import development_texts
    from training.evaluation.report.folder import write_report

    console = Console()
    classifier = Classifier(load_bundle(bundle), threads=threads)
    names = load_names()
    probes = template_probes(names)
    if texts:
        with console.status("reading the sets"):
            probes += text_probes(names, development_texts(TrainConfig.load(config)), most=texts)
    found = bias_report(classifier.score, probes)
    title = f"{classifier.bundle.model_version}, names swapped"
    console.print(bias_table(found, title))
    content = {"model": classifier.bundle.model_version, "results": found.as_json()}
    write_report(report, content, bias_markdown(found, title))
    bias_picture(found, report.with_suffix(".png"))
    console.print(f"figures written to {report}, {report.with_suffix('.md')} and {report.with_suffix('.png')}")
