"""Builds the Grafana dashboards in `dashboards/` from the typed code in `boards/`.

`python deploy/grafana/build.py` writes them; with `--check` it only says whether the files are current.
"""

from __future__ import annotations

import sys
from pathlib import Path

from boards.company import company
from boards.models import models
from boards.overview import overview
from boards.pipeline import pipeline
from boards.topic import topic
from grafana_foundation_sdk.cog.encoder import JSONEncoder

FOLDER = Path(__file__).resolve().parent / "dashboards"
BOARDS = {"overview": overview, "company": company, "topic": topic, "pipeline": pipeline, "models": models}


def rendered() -> dict[Path, str]:
    """File -> content of every dashboard."""
    encoder = JSONEncoder(indent=2, sort_keys=True, ensure_ascii=False)
    return {FOLDER / f"{name}.json": encoder.encode(board().build()) + "\n" for name, board in BOARDS.items()}


def main(arguments: list[str]) -> int:
    """Write the dashboards, or with `--check` return 1 when a file is not what would be written."""
    built = rendered()
    if arguments != ["--check"]:
        for path, text in built.items():
            path.write_text(text, encoding="utf-8")
        return 0
    stale = [path for path, text in built.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        print(f"{path.name} is not current: run python deploy/grafana/build.py", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
