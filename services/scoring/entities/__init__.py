"""Companies in texts: linked by cashtag, code and name, from the dictionary in `services/common/data`."""

from services.common.companies import CompanyNames, CompanyRecord, read_companies
from services.scoring.entities.linker import CompanyLinker, default_linker

__all__ = ["CompanyLinker", "CompanyNames", "CompanyRecord", "default_linker", "read_companies"]
