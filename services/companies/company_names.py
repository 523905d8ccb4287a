"""What a company is called in front of people."""

from __future__ import annotations

from functools import cache

import msgspec

from services.companies.dictionary import CompanyRecord
from services.companies.in_use import companies_in_use


class CompanyNames(msgspec.Struct, frozen=True, kw_only=True):
    """The English and the Chinese name; where one is unknown the other, or the id, stands in."""

    en: str
    zh: str

    @property
    def both(self) -> str:
        """`Apple 苹果`, or the one name that there is."""
        return self.en if self.en == self.zh else f"{self.en} {self.zh}"


def names_of(company: CompanyRecord) -> CompanyNames:
    """The names of a company of the dictionary."""
    return CompanyNames(en=company.en or company.zh or company.id, zh=company.zh or company.en or company.id)


@cache
def names_in_use() -> dict[str, str]:
    """Id -> both names of every company in use.

    :raises InvalidInput: as `companies_in_use` does.
    """
    return {company.id: names_of(company).both for company in companies_in_use()}
