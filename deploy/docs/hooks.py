"""What mkdocs is told beside mkdocs.yml: reference pages from the code, pages that live elsewhere, links to code."""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ELSEWHERE = {
    "deploy/README.md": "deploy/README.md",
    "deploy/runbook.md": "deploy/runbook.md",
    "deploy/alertmanager/README.md": "deploy/alertmanager/README.md",
    "deploy/demo/README.md": "deploy/demo/README.md",
    "tests/README.md": "tests/README.md",
    "README.md": "index.md",
    "README.zh.md": "index.zh.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "DESIGN.md": "DESIGN.md",
}
"""File of the repository -> page."""
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: Any) -> Files:
    """Add the generated pages, and those that live elsewhere."""
    sys.path.insert(0, str(HERE))
    from reference import pages

    for path, content in pages().items():
        files.append(File.generated(config, path, content=content))
    for source, page in ELSEWHERE.items():
        files.append(File.generated(config, page, content=(ROOT / source).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links work from where a page is now; what is no page is its path, in words."""
    del config
    path = page.file.src_uri
    sources = {shown: source for source, shown in ELSEWHERE.items()}
    folder = posixpath.dirname(sources.get(path, f"docs/{path}"))

    def mended(link: re.Match[str]) -> str:
        picture, words, target, anchor = link[1], link[2], link[3], link[4] or ""
        if "://" in target or target.startswith("mailto:"):
            return link[0]
        wanted = posixpath.normpath(posixpath.join(folder, target))
        shown = ELSEWHERE.get(wanted, wanted.removeprefix("docs/"))
        if files.get_file_from_path(shown) is not None:
            return f"{picture}[{words}]({posixpath.relpath(shown, posixpath.dirname(path) or '.')}{anchor})"
        return words if wanted in words else f"{words} (`{wanted}`)"

    return _LINK.sub(mended, markdown)
