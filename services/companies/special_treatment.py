"""Exchange short names under special treatment: `ST康美` and `*ST大集` are 康美药业 and 供销大集."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from services.companies.dictionary import CompanyRecord
from services.companies.fold import folded
from services.companies.hits import Hit

_MARKED = re.compile(r"(?<![A-Za-z])S?\*?ST\s?([一-鿿]{2,4})")
_MAINLAND = (".SH", ".SZ", ".BJ")
_LEAST_CHARS = 2


class SpecialTreatmentFinder:
    """Finds marked short names of the mainland companies among `companies`.

    The exchange shortens a name to two to four characters: its first ones as a rule, else its last ones, else some in
    their order. One that fits several companies in the same way is nobody's.
    """

    def __init__(self, companies: Iterable[CompanyRecord]) -> None:
        claims: tuple[defaultdict[str, set[str]], ...] = (defaultdict(set), defaultdict(set), defaultdict(set))
        for company in companies:
            if company.id.endswith(_MAINLAND):
                for name in map(folded, company.all_names):
                    for claimed, forms in zip(claims, _short_forms(name), strict=True):
                        for form in forms:
                            claimed[form].add(company.id)
        self._owners: dict[str, str] = {}
        for claimed in claims:
            for form, ids in claimed.items():
                if len(ids) == 1:
                    self._owners.setdefault(form, next(iter(ids)))
                else:
                    self._owners.setdefault(form, "")

    def find(self, text: str) -> list[Hit]:
        """All marked names of known companies in a folded `text`."""
        if "ST" not in text:
            return []
        hits = []
        for match in _MARKED.finditer(text):
            for length in range(len(match[1]), _LEAST_CHARS - 1, -1):
                if company := self._owners.get(match[1][:length]):
                    hits.append(Hit(match.start(), match.start(1) + length, company))
                    break
        return hits


def _short_forms(name: str) -> tuple[set[str], set[str], set[str]]:
    """The whole name and its beginnings, its end, and two of its characters in order."""
    if not 2 <= len(name) <= 5 or name.isascii():
        return set(), set(), set()
    return {name, name[:2], name[:3]}, {name[-2:]}, {name[0] + each for each in name[2:]} | {name[1] + name[-1]}
