"""A user's own file of companies: merged over the shipped ones, refused with the line of a mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.companies import CompanyLinker, CompanyRecord, CompanyResolver, companies_in_use
from services.companies.dictionary import FormerName
from services.companies.user_companies import merged, read_user_companies
from services.domain.errors import InvalidInput

SHIPPED = (
    CompanyRecord(id="TSLA", en="Tesla", tickers=("TL0.DE",), names=("Tesla",)),
    CompanyRecord(id="SUN", en="Sun Corp", names=("Sunshine",)),
)
FILE = """
companies:
  - id: ACME
    en: Acme Robotics
    zh: 艾克米
    tickers: [ACM]
    names: [Acme Robotics, RoboDog, 艾克米, Sunshine]
    words: [Acme]
    not_names: [Acme Street]
    former: [{name: Old Acme, until: 2024-05}]
  - {id: TSLA, names: [Optimus Bot]}
  - {id: "PRIVATE:NEW", en: Newco Labs}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_companies_come_first_and_known_ones_are_extended(tmp_path: Path) -> None:
    found = merged(read_user_companies(written(tmp_path, FILE), SHIPPED), SHIPPED)
    assert [company.id for company in found] == ["ACME", "TSLA", "PRIVATE:NEW", "SUN"]
    assert found[0].former == (FormerName(name="Old Acme", until="2024-05"),)
    assert found[1] == CompanyRecord(id="TSLA", en="Tesla", tickers=("TL0.DE",), names=("Optimus Bot", "Tesla"))
    assert found[2].names == ("Newco Labs",)
    linker = CompanyLinker(found)
    text = "RoboDog and 艾克米, Optimus Bot, Newco Labs, Sunshine, Acme Street"
    assert [company.id for company in linker.link(text)] == ["ACME", "TSLA", "PRIVATE:NEW"]
    assert CompanyResolver(found).resolve("acm") == "ACME"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("id: ACME", "id: Acme", "3:9: companies[0].id: expected an id in capitals of at most 60 characters"),
        ("id: ACME", "name: ACME", "3:5: companies[0]: expected one of id, en, zh"),
        ("id: ACME", "id: TL0.DE", "3:9: companies[0].id: expected the id of a company, got TL0.DE, a ticker of TSLA"),
        (
            "[ACM]",
            "[TSLA]",
            "6:15: companies[0].tickers[0]: expected a ticker of no other company, got TSLA, which is TSLA",
        ),
        ("RoboDog", "R", "7:28: companies[0].names[1]: expected a text of 2 to 60 printable characters, got 'R'"),
        (
            "[Optimus Bot]",
            "[RoboDog]",
            "11:24: companies[1].names[0]: expected a name or ticker once, got RoboDog again",
        ),
        ("[Optimus Bot]", "[]", "11:23: companies[1].names: expected a list of names"),
        ("companies:", "company:", "2:1: expected one of companies, got 'company'"),
        ("until: 2024-05", "till: 2024-05", "10:31: companies[0].former[0]: expected one of name, until, got 'till'"),
    ],
)
def test_a_mistake_is_refused_with_its_line(tmp_path: Path, old: str, new: str, wrong: str) -> None:
    path = written(tmp_path, FILE.replace(old, new, 1))
    with pytest.raises(InvalidInput) as refusal:
        read_user_companies(path, SHIPPED)
    assert str(refusal.value).startswith(f"{path}:{wrong}")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nowhere\.yaml: cannot be read"):
        read_user_companies(tmp_path / "nowhere.yaml", SHIPPED)


@pytest.fixture
def fresh() -> Iterator[None]:
    companies_in_use.cache_clear()
    yield
    companies_in_use.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_every_process_takes_the_file_of_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_COMPANIES", str(written(tmp_path, FILE.replace("[ACM]", "[ACMX]"))))
    assert [company.id for company in companies_in_use()[:3]] == ["ACME", "TSLA", "PRIVATE:NEW"]
    assert "Model Y" in companies_in_use()[1].names
