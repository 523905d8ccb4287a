"""The commands that docs/training.md and `train --help` walk through exist, with their options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from services.cli import app
from training.learning.commands import train

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
_COMMAND = re.compile(r"^ {4,6}(?:[A-Z_]+=\S+ )*groundswell (.+)$", re.MULTILINE)
COMMANDS = sorted({*_COMMAND.findall(GUIDE), *_COMMAND.findall(train.__doc__ or "")})


def test_the_walk_has_its_steps() -> None:
    for text in (GUIDE, train.__doc__ or ""):
        walked = [words.split()[0] for words in _COMMAND.findall(text)]
        assert {"data", "train", "export", "evaluate", "score-file", "up"} <= set(walked)


@pytest.mark.parametrize("written", COMMANDS)
def test_a_command_of_the_walk_is_understood(written: str) -> None:
    words = shlex.split(written)
    command: Any = typer.main.get_command(app)
    while hasattr(command, "get_command"):
        word = words.pop(0)
        command = command.get_command(command.make_context(None, [], resilient_parsing=True), word)
        assert command is not None, f"{written}: no command {word}"
    context = command.make_context(None, words)
    context.close()
