"""Questions in the terminal, one text after the other; each answer is written at once."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.prompt import Prompt

from training.active_learning.labelled_file import LabelledFile
from training.active_learning.proposals import Proposal
from training.active_learning.question import QUIT, SKIP, Question


def ask(proposals: Sequence[Proposal], question: Question, file: LabelledFile, console: Console) -> int:
    """Ask about each text until there is none left, or the answer is to quit; returns how many were written.

    The end of the input, as Ctrl-D, means to quit.
    """
    keys = {**question.labels, SKIP: "skip", QUIT: "quit"}
    prompt = "[bold]" + ", ".join(f"{key} {label}" for key, label in keys.items()) + "[/bold]"
    written = 0
    for number, proposal in enumerate(proposals, start=1):
        opinion = ", ".join(f"{label} {value:.2f}" for label, value in proposal.opinion.items())
        console.print(f"\n{number}/{len(proposals)}  {escape(proposal.candidate.text)}", highlight=False)
        console.print(f"[dim]the model: {opinion}[/dim]", highlight=False)
        try:
            answer = Prompt.ask(prompt, choices=[*keys], show_choices=False, console=console)
        except EOFError:
            answer = QUIT
        if answer == QUIT:
            break
        if answer != SKIP:
            written += file.append(proposal.candidate, question.labels[answer])
    return written
