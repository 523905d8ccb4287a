"""Companies in texts: linked by cashtag, code and name, from the dictionary in `data` and the user's own file.

`resolver` says which company a writing means, for all that ask. `linker` puts together what `code_finder`,
`ticker_finder`, `special_treatment` and `name_finder` find; `homonyms` and `word_sense` judge names that mean something
else as well, `speakers` companies that only speak of others; `company_names` says what a company is called in front of
people.
"""

from services.companies.company_names import CompanyNames, names_in_use
from services.companies.dictionary import CompanyRecord, read_companies
from services.companies.in_use import companies_in_use
from services.companies.linker import CompanyLinker, default_linker
from services.companies.resolver import CompanyResolver, default_resolver

__all__ = [
    "CompanyLinker",
    "CompanyNames",
    "CompanyRecord",
    "CompanyResolver",
    "companies_in_use",
    "default_linker",
    "default_resolver",
    "names_in_use",
    "read_companies",
]
