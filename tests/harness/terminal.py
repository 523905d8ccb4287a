"""What a terminal shows."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def printed(view: RenderableType, width: int) -> str:
    """What is written to a terminal of `width` columns without colours."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def lines_of(view: RenderableType, width: int) -> list[str]:
    """What a terminal of `width` columns shows of it, without blanks at the ends of lines."""
    return [line.rstrip() for line in printed(view, width).splitlines()]
