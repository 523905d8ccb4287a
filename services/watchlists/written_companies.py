"""What a watchlist file calls its companies, before they are resolved."""

from __future__ import annotations

from pathlib import Path

from services.files.yaml_document import read_yaml
from services.files.yaml_value import YamlValue
from services.watchlists.values import ALL


def written_companies(path: Path) -> list[str]:
    """Every writing of a company in a file that `read_watchlists` takes, each once, in the order of the file."""
    top = read_yaml(path.read_text(encoding="utf-8-sig"), str(path), "watchlists or rules")
    found: list[str] = []
    for entries in top.fields((), ("watchlists", "rules")).values():
        for entry in entries.items("entries"):
            fields = {name: value for name, (_, value) in entry.entries().items()}
            found += _listed(fields.get("companies"))
            pairs = fields["pairs"].items("pairs") if "pairs" in fields else []
            found += [pair.fields(("topic", "company"))["company"].text("a company") for pair in pairs]
    return list(dict.fromkeys(found))


def _listed(value: YamlValue | None) -> list[str]:
    if value is None or value.is_word(ALL):
        return []
    return [each.text("a company") for each in value.items("companies")]
