"""From the names in the tables to the names that stand in texts, and which of them are ordinary words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "homonym", "word"]

_LEGAL = (
    r"Inc|Incorporated|Corp|Corporation|Co|Company|Companies|Cos|Ltd|Limited|PLC|p\.l\.c|LLC|LP|L\.P|LLP|N\.V|NV|S\.A|SA|AG|"
    r"SE|KGaA|AB|ASA|A/S|Oyj|SpA|S\.p\.A|S P A|SA/NV|JSC|PJSC|PAO"
)
_TAIL = re.compile(
    rf"[\s,]*(?:(?:&|and)\s+(?:Co(?:mpany)?|Cos)\.?|\b(?:{_LEGAL})\.?|\((?:The|Class [A-Z])\)|"
    r"/[A-Z ]{2,}/?|/ ?ADR|-\s*Old|publ)$",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\s+(?:Group|Groupe|Holdings?|Bancorporation)$", re.IGNORECASE)
_LAST_WORD = re.compile(
    r"\s+(?:Technolog(?:y|ies)|Energy|Pharmaceuticals?|Therapeutics|Systems|Networks|Semiconductors?|Motors?|Financial|"
    r"International|Industries|Resorts|Brands|Solutions|Communications|Laboratories|Global|Worldwide|Entertainment|"
    r"Platforms|Markets|Foods|Stores|Enterprises|Sciences|Lifesciences|Petroleum|Resources|Athletica|Gold|Electronics)$"
)
_TAILS = ("Inc", "Corp", "Co", "Ltd", "plc")
_CODE = re.compile(r"\d{4,6}\.[A-Z]{2}|[A-Z]{1,4}[.-][A-Z]|.*&")
_CHINESE = re.compile(r"[㐀-鿿]")
_SHARE_CLASS = re.compile(r"(?:-[A-Z]{1,3}|(?<=[㐀-鿿])[AB])$")
_SPECIAL_TREATMENT = re.compile(r"^(?:\*?ST|S\*?ST|XD|XR|DR|[NCUS])(?=[㐀-鿿])")
_SMALL_WORDS = frozenset({"of", "and", "the", "for", "in", "de", "at", "&", "on"})


#: The rank of a table says whose company a name is when several have it; 1 wins.
HAND, INDEX, SEC_LARGE, A_SHARE, HONG_KONG, SEC, INDIA = 1, 2, 3, 3, 4, 5, 6


@dataclass(frozen=True)
class Words:
    """What counts as an ordinary word: an English word list, and decisions by hand."""

    common: frozenset[str]
    proper: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]
    homonyms: frozenset[str]
    drop: frozenset[str]

    def kind(self, name: str, rank: int, *, decided: bool = False) -> Kind | None:
        """Is `name` of a table with this rank (1 the best known companies) a name, a word too, or of no use?

        One that people `decided` on is a name, unless a list made by hand says that it is an ordinary word.
        """
        if name in self.homonyms:
            return "homonym"
        if name in self.drop or _CODE.fullmatch(name) or len(name) < 2:
            return None
        if name in self.names:
            return "name"
        if name in self.words:
            return "word"
        if decided:
            return "name"
        if _CHINESE.search(name):
            return self._chinese(name, rank)
        if len(name) < 3:
            return None  # BP and 3M are in the list made by hand
        tokens = [token for token in re.split(r"[\s-]+", name) if token.lower() not in _SMALL_WORDS]
        if not tokens:
            return None
        return self._single(name, rank) if len(tokens) == 1 else self._several(tokens, rank)

    def is_distinctive(self, stem: str) -> bool:
        """Is `stem` a single word that nobody says of anything but the company (Gilead, Palantir)?"""
        known = stem.lower() in self.common or stem.lower() in self.proper
        return " " not in stem and len(stem) >= 5 and not stem.isupper() and not known

    def _chinese(self, name: str, rank: int) -> Kind | None:
        if name.isascii() or len(name) == 1:
            return None
        if rank > HAND and len(name) == 2:
            return "word"
        if rank == HONG_KONG and name.startswith(("中国", "亚洲", "国际", "世界", "环球", "香港", "亚太")):
            return "word"
        return "name"

    def _single(self, name: str, rank: int) -> Kind | None:
        lower = name.lower().rstrip(".!")
        lower = lower[:-2] if lower.endswith("'s") else lower
        if name.isupper() and rank > HAND and (lower in self.common or lower in self.proper):
            return None  # the capitals of a table say nothing about its writing in texts
        if lower in self.common:
            return "word" if rank <= INDEX else None
        if lower in self.proper:
            return "name" if rank == HAND else "word" if rank <= SEC_LARGE else None
        if name.isupper() and len(name) <= 4 and rank > INDEX:
            return "name" if len(name) == 4 and rank <= SEC else None
        return "name" if len(name) >= (3 if rank <= INDEX else 4 if rank == SEC_LARGE else 5) else None

    def _several(self, tokens: list[str], rank: int) -> Kind | None:
        plain = all(t.lower().strip(".,'") in self.common or len(t.strip(".,")) < 2 or t.isdigit() for t in tokens)
        if not plain or rank <= INDEX or len(tokens) > 2:
            return "name"
        return "word"


def english_forms(full: str, words: Words, rank: int) -> list[str]:
    """The forms under which a text may name the company: "The Home Depot, Inc." is "Home Depot", too."""
    name = clean(full, rank)
    core = legal_core(name)
    forms = [core]
    if core != name:
        forms.append(name)
        short = words.kind(core, rank)
        if short != "name" and "(" not in name:
            forms += [f"{core} {tail}" for tail in _TAILS if re.search(rf"\b{tail}\b", name, re.IGNORECASE)]
    group = _GROUP.sub("", core)
    forms.append(group)
    stem = _LAST_WORD.sub("", group)
    if rank <= SEC_LARGE and stem != group and words.is_distinctive(stem):
        forms.append(stem)
    forms += [_unaccented(form) for form in forms]
    return list(dict.fromkeys(form for form in forms if form))


def _unaccented(name: str) -> str:
    """Nestlé as it is often typed: Nestle."""
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def legal_core(name: str) -> str:
    """The name without its legal form, "The" and notes in brackets."""
    core = name
    while True:
        shorter = _TAIL.sub("", core).strip(" ,")
        if shorter == core or not shorter:
            break
        core = shorter
    core = re.sub(r"^The\s+", "", core, flags=re.IGNORECASE)
    swapped = re.fullmatch(r"(\w+) \((\w+)\)", core)
    return f"{swapped[2]} {swapped[1]}" if swapped else core


def chinese_forms(name: str) -> list[str]:
    """A short name with and without its share class (万科A, 美团-W) and its trading mark (*ST国华, 国华股份)."""
    bare = _SHARE_CLASS.sub("", name)
    healthy = _SPECIAL_TREATMENT.sub("", bare)
    former = [f"{healthy}股份"] if healthy != bare and len(healthy) == 2 else []
    return list(dict.fromkeys((name, bare, *former, healthy)))


def clean(name: str, rank: int) -> str:
    """One kind of spaces, dashes and apostrophes; the capitals of the SEC tables become initial capitals."""
    name = " ".join(name.replace("–", "-").replace("’", "'").split()).strip(" ,")
    if rank not in (SEC_LARGE, SEC) or not name.isupper() or len(legal_core(name)) < 5:
        return name
    return " ".join(_capital(token) for token in name.split(" "))


def _capital(token: str) -> str:
    if re.search(r"[&.\d/]", token) or (len(token) <= 4 and not re.search(r"[AEIOUY]", token)):
        return token
    if token.lower() in _SMALL_WORDS:
        return token.lower()
    return "-".join(part.capitalize() for part in token.split("-"))
