"""What the documents name is there: links, paths, and the classes and functions that a link calls by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "services/**/*.md")
    for path in ROOT.glob(pattern)
    if path.name != "CHANGELOG.md"
)
_CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?://|mailto:)([^)#\s]+)(?:#([^)\s]*))?\)")
_PATH = re.compile(r"`((?:services|training|tests|deploy|docs|requirements|exported_models)/[\w./-]+)`")
_NAME = re.compile(r"`([A-Za-z_]\w*)(?:\(\))?`")


def ids(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_links_lead_somewhere(document: Path) -> None:
    missing = [target for _, target, _ in _LINK.findall(_prose(document)) if not (document.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_paths_exist(document: Path) -> None:
    named = set(_PATH.findall(document.read_text(encoding="utf-8")))
    assert sorted(path for path in named if not (ROOT / path).exists() and not _is_made_by_users(path)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_a_name_that_links_to_code_is_defined_there(document: Path) -> None:
    wrong = [f"{name} in {target}" for name, target in _linked_names(document) if not _defines(document, target, name)]
    assert wrong == []


def test_every_decision_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name for name in records if f"({name})" not in index] == []
    assert [name[:4] for name in records] == [f"{number:04d}" for number in range(1, len(records) + 1)]
    for name in records:
        title, _, date = (folder / name).read_text(encoding="utf-8").splitlines()[:3]
        assert title.startswith(f"# {name[:4]} ")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date), name


def test_make_targets_that_documents_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"(?:`|^    )make ([a-z][a-z-]*)", document.read_text(encoding="utf-8"), re.MULTILINE))
        assert named <= targets, document


def _prose(document: Path) -> str:
    """A document without its blocks of code."""
    return _CODE.sub("", document.read_text(encoding="utf-8"))


def _is_made_by_users(path: str) -> bool:
    """Secrets: an example stands in their place."""
    return (ROOT / f"{path}.example").exists()


def _linked_names(document: Path) -> Iterator[tuple[str, str]]:
    """Names of code in the text of links to Python files."""
    for text, target, _ in _LINK.findall(_prose(document)):
        if target.endswith(".py"):
            yield from ((name, target) for name in _NAME.findall(text))


def _defines(document: Path, target: str, name: str) -> bool:
    source = (document.parent / target).read_text(encoding="utf-8")
    return re.search(rf"^\s*(?:async def|def|class) {name}\b|^\s*{name}\s*[:=]", source, re.MULTILINE) is not None
