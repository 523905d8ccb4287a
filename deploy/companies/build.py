"""Build the shipped company dictionary from the entity tables: `python deploy/companies/build.py [FOLDER] [OUT]`."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from naming import HAND, HONG_KONG, INDEX, INDIA, SEC_LARGE, Words, chinese_forms, clean, english_forms, legal_core
from tables import Row, core, rows

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLES = ROOT / ".." / "shared" / "data" / "entities"
OUT = ROOT / "services" / "companies" / "data" / "companies.jsonl.gz"
_BARE = re.compile(r"[A-Z]{3,5}")
_LEAST_BARE_CHARS = 4
"""Of the tickers of small companies: those of fewer letters are abbreviations of much else."""


@dataclass
class Draft:
    """A company while its rows are gathered; `forms` holds each name with the best rank that gave it."""

    id: str
    order: int
    tickers: list[str] = field(default_factory=list)
    en: str | None = None
    zh: str | None = None
    listed: bool = False
    best: int = INDIA
    """The best rank of its rows."""
    forms: dict[str, int] = field(default_factory=dict)
    everyday: set[str] = field(default_factory=set)
    """Names that people decided on: names, whatever a word list says."""
    former: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row, words: Words) -> None:
        """Take over what a row says."""
        self.tickers += [t for t in row.tickers if t != self.id and t not in self.tickers]
        self.listed = self.listed or row.cik is not None
        self.best = min(self.best, row.rank)
        if row.en and self.en is None:
            self.en = legal_core(clean(row.en[0], row.rank)) or row.en[0]
        if self.zh is None:
            self.zh = next((chinese_forms(name)[-1] for name in row.zh if not name.isascii()), None)
        for name in row.en:
            for form in english_forms(name, words, row.rank):
                self.forms[form] = min(row.rank, self.forms.get(form, 9))
        for name in row.zh:
            self.forms[name] = min(row.rank, self.forms.get(name, 9))


class Merger:
    """Finds the company of each row: by ticker and name, by SEC number, or by its main name."""

    def __init__(self, hand: dict[str, Any], words: Words) -> None:
        self._words = words
        self._apart = frozenset(hand["apart"])
        self._same: dict[str, str] = hand["same"]
        self.drafts: dict[str, Draft] = {}
        self._by_cik: dict[str, Draft] = {}
        self._by_name: dict[str, Draft] = {}

    def add(self, row: Row) -> None:
        """Add a row to its company, or start one."""
        draft = self._find(row)
        if draft is None:
            draft = Draft(row.tickers[0], len(self.drafts))
            self.drafts[draft.id] = draft
        elif row.rank == INDEX and row.cik is None and row.tickers[0] == draft.id and not _alike(row, draft):
            return  # an old member of an index whose ticker another company has today
        draft.add(row, self._words)
        if row.cik:
            self._by_cik.setdefault(row.cik, draft)
        for name in (*row.en, *row.zh) if row.rank <= HONG_KONG else ():
            self._by_name.setdefault(core(name), draft)

    def draft(self, key: str) -> Draft:
        """The company of an id, ticker or official name.

        :raises KeyError: when there is none.
        """
        key = str(key)
        found = self.drafts.get(key) or self.drafts.get(self._same.get(key, "")) or self._by_name.get(core(key))
        if found is None:
            found = next((each for each in self.drafts.values() if key in each.tickers or key in each.forms), None)
        if found is None:
            raise KeyError(f"no company {key}")
        return found

    def _find(self, row: Row) -> Draft | None:
        ticker = row.tickers[0]
        if ticker in self._same:
            return self.drafts[self._same[ticker]]
        if row.cik in self._by_cik:
            return self._by_cik[row.cik]
        if ticker in self.drafts and (row.cik is None or ticker not in self._apart):
            return self.drafts[ticker]
        if ticker in self._apart:
            return None
        for listed in row.tickers[1:]:
            found = self.drafts.get(listed)
            if found and _alike(row, found):
                return found
        names = (*row.en[:1], *row.zh[:2])
        if HAND < row.rank <= HONG_KONG and (row.cik is None or row.rank <= SEC_LARGE):
            for name in names:
                found = self._by_name.get(core(name))
                if found is not None and len(core(name)) > 2:
                    return found
        return None


def _alike(row: Row, draft: Draft) -> bool:
    """Does a Latin name of the row begin with the same word as the company's?"""
    firsts = {core(name).split()[0] for name in (draft.en or "", *draft.forms) if core(name)}
    return any(core(name).split()[0] in firsts for name in row.en)


def companies(folder: Path) -> list[dict[str, Any]]:
    """The lines of the dictionary, from the tables in `folder` and the decisions made by hand."""
    hand = yaml.safe_load((HERE / "hand.yaml").read_text(encoding="utf-8"))
    everyday = yaml.safe_load((HERE / "everyday.yaml").read_text(encoding="utf-8"))
    words = _words(hand, everyday)
    merger = Merger(hand, words)
    for entry in (*hand["companies"], *everyday["companies"]):
        tickers = (str(entry["id"]), *entry.get("tickers", ()))
        merger.add(Row(HAND, tickers, tuple(entry.get("en", ())), tuple(entry.get("zh", ()))))
        merger.drafts[tickers[0]].everyday |= {*entry.get("en", ()), *entry.get("zh", ())}
    for row in rows(folder):
        merger.add(row)
    for company, names in hand["aliases"].items():
        _add_names(merger.draft(company), names, words)
    for company, names in everyday["names"].items():
        draft = merger.draft(company)
        draft.everyday |= set(names)
        _add_names(draft, names, words)
    for company, former in everyday["former"].items():
        draft = merger.draft(company)
        draft.everyday |= set(former)
        draft.former.update({name: str(until) for name, until in former.items()})
        _add_names(draft, list(former), words)
    for company, tickers in everyday["tickers"].items():
        draft = merger.draft(company)
        draft.tickers += [ticker for ticker in tickers if ticker not in draft.tickers]
    speakers = {merger.draft(company).id for company in everyday["speaks"]}
    abbreviations = frozenset(everyday["abbreviations"])
    owners = _owners(merger.drafts)
    return [
        _line(draft, merger.drafts, owners, words, hand["not_names"], abbreviations)
        | ({"speaks": True} if draft.id in speakers else {})
        for draft in merger.drafts.values()
    ]


def _add_names(draft: Draft, names: list[str], words: Words) -> None:
    """Further names of a company, as they are written."""
    latin = tuple(name for name in names if name.isascii())
    draft.add(Row(HAND, (draft.id,), latin, tuple(name for name in names if name not in latin)), words)


def _line(
    draft: Draft,
    drafts: dict[str, Draft],
    owners: dict[str, Draft],
    words: Words,
    not_names: dict[str, list[str]],
    abbreviations: frozenset[str],
) -> dict[str, Any]:
    """One company as the file holds it; empty fields are left out."""
    mixed = {name.upper() for name in draft.forms if name.upper() != name} - draft.everyday
    own = {name: rank for name, rank in draft.forms.items() if owners.get(name) is draft and name not in mixed}
    kinds = {name: words.kind(name, rank, decided=name in draft.everyday) for name, rank in own.items()}
    tickers = {ticker for ticker in (draft.id, *draft.tickers) if ticker == draft.id or ticker not in drafts}
    line = {
        "id": draft.id,
        "en": draft.en,
        "zh": draft.zh,
        "tickers": sorted(ticker for ticker in draft.tickers if ticker not in drafts),
        "names": sorted(name for name, kind in kinds.items() if kind == "name"),
        "homonyms": sorted(name for name, kind in kinds.items() if kind == "homonym"),
        "words": sorted(name for name, kind in kinds.items() if kind == "word"),
        "former": [{"name": name, "until": until} for name, until in sorted(draft.former.items())],
        "bare_tickers": sorted(
            ticker
            for ticker in tickers - abbreviations
            if _BARE.fullmatch(ticker)
            and ticker.lower() not in words.common | words.proper
            and (draft.best <= SEC_LARGE or len(ticker) >= _LEAST_BARE_CHARS)
        ),
        "word_tickers": sorted(
            ticker.lower() for ticker in tickers if ticker.lower() in words.common or ticker in abbreviations
        ),
        "not_names": sorted(not_names.get(draft.id, ())),
    }
    return {key: value for key, value in line.items() if value}


def _words(hand: dict[str, Any], everyday: dict[str, Any]) -> Words:
    listed = (HERE / "english_words.txt").read_text(encoding="utf-8").split()
    return Words(
        common=frozenset(w for w in listed if w.islower()),
        proper=frozenset(w.lower() for w in listed if not w.islower()),
        names=frozenset(hand["names"]),
        words=frozenset(hand["words"]),
        homonyms=frozenset(everyday["homonyms"]),
        drop=frozenset(hand["drop"]),
    )


def _owners(drafts: dict[str, Draft]) -> dict[str, Draft]:
    """Whose each name is: the best rank wins; among the best known the first still listed; else it is nobody's."""
    claims: dict[str, list[tuple[int, Draft]]] = defaultdict(list)
    for draft in drafts.values():
        for name, rank in draft.forms.items():
            claims[name].append((rank, draft))
    owners = {}
    for name, claimed in claims.items():
        best = min(rank for rank, _ in claimed)
        first = [draft for rank, draft in claimed if rank == best]
        if len(first) == 1:
            owners[name] = first[0]
        elif best == HAND:
            owners[name] = min(first, key=lambda draft: (not draft.listed, draft.order))
    return owners


SOURCES = (
    "yumoxu/stocknet-dataset, StockTable (MIT)",
    "datasets/s-and-p-500-companies (PDDL)",
    "SEC company_tickers.json, 2023 (US government data)",
    "jeongsk/daily_stock_analysis and henrylin99/stock_web_app: A shares, Hong Kong, Japan, Korea (MIT)",
    "portfolioplus/pytickersymbols (MIT)",
    "pyRis/SEntFiN, entity list (MIT)",
    "names, brands, renames and decisions of this project (Apache-2.0)",
)


def main() -> None:
    """Write the dictionary, and beside it what it is; the same tables give the same bytes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else TABLES
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    lines = companies(folder)
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    out.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    date = yaml.safe_load((HERE / "everyday.yaml").read_text(encoding="utf-8"))["date"]
    about = {"date": date, "companies": len(lines), "sources": SOURCES}
    out.with_name("about.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    print(f"{len(lines)} companies, {out.stat().st_size} bytes in {out}")


if __name__ == "__main__":
    main()
