"""The companies that this process knows: the shipped dictionary, and the user's own over it."""

from __future__ import annotations

from functools import cache

from services.companies.dictionary import DICTIONARY, CompanyRecord, read_companies
from services.companies.user_companies import merged, read_user_companies
from services.settings import CompanySettings, load_section


@cache
def companies_in_use() -> tuple[CompanyRecord, ...]:
    """The companies, the user's first, so that a name of theirs is theirs; read once.

    :raises InvalidInput: when the dictionary is damaged, or the user's file is bad, naming the place.
    """
    shipped = read_companies(DICTIONARY)
    path = load_section(CompanySettings).file
    return merged(read_user_companies(path, shipped), shipped) if path else shipped
