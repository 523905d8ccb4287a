"""A file that is read is never the one that is written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from services.domain.errors import InvalidInput


def refuse_input_as_output(output: str | Path | None, option: str, inputs: Iterable[str | Path | None]) -> None:
    """Nothing where they differ, also behind links; `option`: what the user calls the output.

    :raises InvalidInput: when the output is one of the inputs.
    """
    if output is None or not Path(output).is_file():
        return
    for path in inputs:
        if path is not None and Path(path).is_file() and os.path.samefile(output, path):
            raise InvalidInput(f"{option}: expected another file than {path}, which is read: it would be overwritten")
