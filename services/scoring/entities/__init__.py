"""Companies in texts: linked by cashtag, code and name, from the dictionary in `services/scoring/data`."""

from services.scoring.entities.linker import CompanyLinker, default_linker
from services.scoring.entities.records import CompanyNames, CompanyRecord, read_companies

__all__ = ["CompanyLinker", "CompanyNames", "CompanyRecord", "default_linker", "read_companies"]
