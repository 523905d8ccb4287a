"""`groundswell companies`."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.companies.company_names import names_of
from services.companies.dictionary import CompanyRecord, read_about
from services.companies.linker import default_linker
from services.companies.resolver import CompanyResolver, default_resolver
from services.domain.errors import InvalidInput
from services.options import AsJson
from services.text.clean import clean_text
from services.text.json_text import json_text

companies_app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich"
)


@companies_app.callback()
def companies() -> None:
    """The companies that texts are linked to: those that are shipped, and yours (GROUNDSWELL_COMPANIES).

    文本会链接到哪些公司：随软件提供的公司，以及你自己的公司文件。
    """


@companies_app.command("find")
def find(
    text: Annotated[str, typer.Argument(help="A text, a name or a code.")],
    as_json: AsJson = False,
) -> None:
    """Say which companies a text names, as the stream finds them; and which company a mere code or name is.

    Nothing found ends with status 1 and the nearest companies.

    一段文本提到哪些公司；只给代码或名称时，给出对应的公司。找不到时列出最接近的公司。

    \b
    Examples:
      groundswell companies find "Instagram outage angers users"
      groundswell companies find 0700.HK
      groundswell companies find "騰訊遭減持" --json
    """
    linker, resolver = default_linker(), default_resolver()
    cleaned = clean_text(text)
    found = [(one.id, cleaned[one.start : one.end]) for one in linker.mentions(cleaned)]
    if not found and (company := resolver.resolve(cleaned)):
        found = [(company, cleaned)]
    if not found:
        raise InvalidInput(f"no company found in {cleaned[:60]!r}; nearest: {_nearest(resolver, cleaned[:60])}")
    if as_json:
        for company, mention in found:
            print(json_text({"id": company, "name": linker.name(company).both, "mention": mention}))
        return
    table = Table("mention 提及", "id", "name 名称")
    for company, mention in found:
        table.add_row(escape(mention), escape(company), escape(linker.name(company).both))
    Console().print(table)


@companies_app.command("show")
def show(
    company: Annotated[str, typer.Argument(help="An id, a code or a name.")],
    as_json: AsJson = False,
) -> None:
    """Show a company: its id, tickers and names, what it was called and until when, and the date of the dictionary.

    查看一家公司：编号、代码、名称、曾用名及更名日期，以及词典的日期与来源。

    \b
    Examples:
      groundswell companies show META
      groundswell companies show 海通证券
      groundswell companies show 600519 --json
    """
    resolver = default_resolver()
    found = resolver.resolve(company)
    if found is None:
        raise InvalidInput(f"no company {company[:60]!r}; nearest: {_nearest(resolver, company[:60])}")
    record, about = resolver.records[found], read_about()
    if as_json:
        print(json_text(_fields(record) | {"dictionary": {"date": about.date, "sources": about.sources}}))
        return
    table = Table(show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in _rows(record):
        table.add_row(label, escape(value))
    table.add_row(
        "dictionary 词典", escape("\n".join((f"{about.date}, {about.companies:,} companies", *about.sources)))
    )
    Console().print(table)


def _nearest(resolver: CompanyResolver, writing: str) -> str:
    return ", ".join(f"{record.id} {names_of(record).both}" for record in resolver.nearest(writing))


def _fields(record: CompanyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "en": record.en,
        "zh": record.zh,
        "tickers": record.tickers,
        "names": record.names,
        "homonyms": record.homonyms,
        "words": record.words,
        "former": [{"name": one.name, "until": one.until} for one in record.former],
    }


def _rows(record: CompanyRecord) -> list[tuple[str, str]]:
    former = ", ".join(f"{one.name} (until {one.until})" for one in record.former)
    rows = [
        ("id 编号", record.id),
        ("English", record.en or ""),
        ("中文", record.zh or ""),
        ("tickers 代码", ", ".join(record.tickers)),
        ("names 名称", ", ".join(record.names)),
        ("by context 看上下文", ", ".join((*record.homonyms, *record.words))),
        ("former 曾用名", former),
    ]
    return [(label, value) for label, value in rows if value]
