"""The command `groundswell attribute`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from training.explanations.integrated_gradients import Attribution


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

    from training.explanations.integrated_gradients import attribute as attribution_of
    from training.learning.trained_model import load_trained

    trained = load_trained(model)
    tokenizer = Tokenizer.from_file(str(trained.tokenizer))
    console = Console()
    for text in texts:
        _show(console, attribution_of(trained.model, tokenizer, text, steps=steps))


def _show(console: Console, found: Attribution) -> None:
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
