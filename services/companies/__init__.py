"""Companies in texts: linked by cashtag, code and name, from the dictionary in `data`.

`linker` puts together what `code_finder` and `name_finder` find; `word_sense` judges names that are ordinary words too;
`company_names` says what a company is called in front of people.
"""

from services.companies.company_names import CompanyNames, shipped_names
from services.companies.dictionary import CompanyRecord, read_companies
from services.companies.linker import CompanyLinker, default_linker

__all__ = ["CompanyLinker", "CompanyNames", "CompanyRecord", "default_linker", "read_companies", "shipped_names"]
