"""What a company is called in front of people."""

from __future__ import annotations

import pytest

from services.companies import CompanyNames, CompanyRecord, names_in_use
from services.companies.company_names import names_of


@pytest.mark.parametrize(
    ("record", "names", "both"),
    [
        (CompanyRecord(id="A", en="Apple", zh="苹果"), CompanyNames(en="Apple", zh="苹果"), "Apple 苹果"),
        (CompanyRecord(id="A", zh="机器人"), CompanyNames(en="机器人", zh="机器人"), "机器人"),
        (CompanyRecord(id="A", en="Apple"), CompanyNames(en="Apple", zh="Apple"), "Apple"),
        (CompanyRecord(id="A"), CompanyNames(en="A", zh="A"), "A"),
    ],
)
def test_what_is_unknown_is_stood_in_for(record: CompanyRecord, names: CompanyNames, both: str) -> None:
    assert names_of(record) == names
    assert names_of(record).both == both


def test_the_shipped_companies_have_names() -> None:
    names = names_in_use()
    assert (names["AAPL"], names["300024.SZ"]) == ("Apple 苹果", "机器人")
    assert "NOBODY" not in names
