"""Companies in texts: linked by cashtag, code and name, from the dictionary in `data`."""

from services.companies.dictionary import CompanyNames, CompanyRecord, read_companies
from services.companies.linker import CompanyLinker, default_linker

__all__ = ["CompanyLinker", "CompanyNames", "CompanyRecord", "default_linker", "read_companies"]
