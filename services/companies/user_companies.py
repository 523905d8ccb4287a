"""A user's own companies, names and products in one YAML file (docs/companies.md), merged over the shipped ones."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace

from services.companies.dictionary import CompanyRecord, FormerName
from services.files.bounded import read_text
from services.files.yaml_document import read_yaml
from services.files.yaml_value import YamlValue

MOST_BYTES = 1_000_000
MOST_COMPANIES = 10_000
MOST_CHARS = 60
_LISTS = ("tickers", "names", "homonyms", "words", "not_names")


def read_user_companies(path: Path, shipped: Iterable[CompanyRecord]) -> tuple[CompanyRecord, ...]:
    """The companies of a file of at most 1 MB; one whose id is `shipped` adds to that company.

    :raises InvalidInput: naming the first thing that is wrong, and its line.
    """
    text = read_text(path, MOST_BYTES)
    entries = read_yaml(text, str(path), "companies").fields(("companies",))["companies"].items("companies")
    if len(entries) > MOST_COMPANIES:
        raise entries[0].wrong(f"at most {MOST_COMPANIES} companies", str(len(entries)))
    ids = {ticker: company.id for company in shipped for ticker in (company.id, *company.tickers)}
    owners: dict[str, str] = {}
    return tuple(_company(entry, ids, owners) for entry in entries)


def merged(own: Iterable[CompanyRecord], shipped: Iterable[CompanyRecord]) -> tuple[CompanyRecord, ...]:
    """The user's companies, with what is known of them, before the shipped others."""
    known = {company.id: company for company in shipped}
    first = {company.id: _over(company, known.get(company.id)) for company in own}
    return (*first.values(), *(company for company in known.values() if company.id not in first))


def _company(entry: YamlValue, ids: dict[str, str], owners: dict[str, str]) -> CompanyRecord:
    fields = entry.fields(("id",), ("en", "zh", "former", *_LISTS))
    company = fields["id"].text(f"an id in capitals of at most {MOST_CHARS} characters, such as ACME", _is_id)
    if company in ids and ids[company] != company:
        raise fields["id"].wrong("the id of a company", f"{company}, a ticker of {ids[company]}")
    lists: dict[str, tuple[str, ...]] = {}
    for name in _LISTS:
        values = fields[name].items(f"{name}, in quotes where they look like numbers") if name in fields else []
        for value in values:
            _claim(value, name, company, ids, owners)
        lists[name] = tuple(value.text("a text") for value in values)
    former = tuple(_former(value) for value in fields["former"].items("{name, until}")) if "former" in fields else ()
    shown = {lang: fields[lang].text("a name", _is_name) for lang in ("en", "zh") if lang in fields}
    if not (lists["names"] or lists["homonyms"] or lists["words"]):
        lists["names"] = tuple(shown.values())
    return CompanyRecord(id=company, former=former, **shown, **lists)  # type: ignore[arg-type]


def _claim(value: YamlValue, field: str, company: str, ids: dict[str, str], owners: dict[str, str]) -> None:
    """Check an entry of a list, and that no other company has it."""
    text = value.text(f"a text of 2 to {MOST_CHARS} printable characters", _is_name)
    if field == "tickers" and ids.get(text, company) != company:
        raise value.wrong("a ticker of no other company", f"{text}, which is {ids[text]}")
    if field != "not_names" and owners.setdefault(text, company) != company:
        raise value.wrong("a name or ticker once", f"{text} again, after {owners[text]}")


def _former(value: YamlValue) -> FormerName:
    fields = value.fields(("name", "until"))
    return FormerName(name=fields["name"].text("a name", _is_name), until=fields["until"].text("a date"))


def _over(own: CompanyRecord, known: CompanyRecord | None) -> CompanyRecord:
    """The user's company with what is known of it; what the user says wins."""
    if known is None:
        return own
    lists = {name: tuple(dict.fromkeys((*getattr(own, name), *getattr(known, name)))) for name in (*_LISTS, "former")}
    return replace(known, en=own.en or known.en, zh=own.zh or known.zh, **lists)


def _is_id(text: str) -> bool:
    return text.isprintable() and text == text.strip().upper() and "|" not in text and 1 <= len(text) <= MOST_CHARS


def _is_name(text: str) -> bool:
    return text.isprintable() and text == text.strip() and 2 <= len(text) <= MOST_CHARS
