"""The command `groundswell label`; heavy imports wait for the call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.options import BundleOption, ThreadsOption


def label(
    texts: Annotated[
        Path | None, typer.Argument(metavar="[TEXTS]", help="Rows with a text: JSON Lines or CSV, - for the pipe.")
    ] = None,
    into: Annotated[Path, typer.Option(help="Data set (JSON Lines) that gets the answers.")] = Path("labels.jsonl"),
    propose: Annotated[int, typer.Option(min=1, help="So many texts are proposed.")] = 20,
    out: Annotated[Path | None, typer.Option(help="Write the proposals here, and ask nothing.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Take the labels from this file of answered proposals.")] = None,
    topic: Annotated[str | None, typer.Option(help="Ask about this topic of the model, not about sentiment.")] = None,
    bundle: BundleOption = None,
    rows: Annotated[int, typer.Option(min=1, help="At most so many texts are looked at, a sample by hash.")] = 2000,
    threads: ThreadsOption = 0,
) -> None:
    """Label the texts that a model learns most from: those of which it is unsure, all of different kinds.

    Asks for one text after the other in the terminal and appends each answer to INTO at once; stop at any time, the
    same command goes on with what is not labelled yet. With --out the proposals go to a file instead: fill in the
    labels (negative, neutral, positive, or n, u, p) and give it back with --answers. A text that is in INTO already
    is neither proposed nor written again. INTO is a data set for `groundswell train --registry`; with --topic, whose
    labels are true and false (y, n), for `groundswell topic add --examples`.

    \b
    Examples:
      groundswell label stream.jsonl.gz --into mine.jsonl
      zcat stream.jsonl.gz | groundswell label - --propose 100 --out proposals.jsonl --into mine.jsonl
      groundswell label --answers proposals.jsonl --into mine.jsonl
      groundswell label stream.jsonl --topic fraud_misconduct --into fraud.jsonl
    """
    from services.files.jsonl import PIPE
    from training.active_learning.candidates import read_candidates
    from training.active_learning.labelled_file import LabelledFile, read_answers
    from training.active_learning.prompt import ask
    from training.active_learning.proposals import propose as choose
    from training.active_learning.proposals import write_proposals
    from training.active_learning.question import question_about
    from training.inference.bundle import served_bundle

    if (texts is None) == (answers is None):
        raise typer.BadParameter("give TEXTS to be asked about, or --answers")
    if answers is not None and out is not None:
        raise typer.BadParameter("--out is for proposals, and --answers proposes nothing")
    if out is None and str(texts) == PIPE:
        raise typer.BadParameter("texts from the pipe leave no terminal to ask in: give --out")
    console = Console(stderr=str(out) == PIPE)
    loaded = served_bundle(bundle)
    question, file = question_about(topic, loaded), LabelledFile(into)
    if texts is None:
        written = sum(file.append(candidate, given) for candidate, given in read_answers(Path(str(answers)), question))
    else:
        candidates = read_candidates(texts, file.keys, rows)
        found = choose(loaded, candidates, question, propose, threads=threads)
        if out is not None:
            write_proposals(out, found)
            console.print(f"{len(found)} of {len(candidates)} texts proposed; written to {out}", highlight=False)
            return
        written = ask(found, question, file, console)
    console.print(f"{written} answers written to {into}, which has {len(file.keys)} texts", highlight=False)
