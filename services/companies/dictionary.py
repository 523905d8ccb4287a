"""The company dictionary: one company, and the file that has them all."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec

from services.domain.errors import InvalidInput

DICTIONARY = Path(__file__).resolve().parent / "data" / "companies.jsonl.gz"
ABOUT = DICTIONARY.with_name("about.json")


class DictionaryAbout(msgspec.Struct, frozen=True, kw_only=True):
    """What the shipped dictionary is: the day that its tables and names stand for, and where they are from."""

    date: str
    companies: int
    sources: tuple[str, ...]


class FormerName(msgspec.Struct, frozen=True, kw_only=True):
    """A name that a company gave up: the year, month or day from which it had another (`2021-12-10`)."""

    name: str
    until: str


class CompanyRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A company with all that may stand for it in a text.

    `id` is the ticker that the project uses for it: `AAPL`, `600519.SH`, `00700.HK`, `VOW3.DE`.
    """

    id: str
    en: str | None = None
    zh: str | None = None
    tickers: tuple[str, ...] = ()
    """Other tickers of the same company: further share classes and listings, former tickers."""
    names: tuple[str, ...] = ()
    """Names that are names wherever they stand."""
    homonyms: tuple[str, ...] = ()
    """Names that mean something else as well (Apple, 小米): a learned score of their context decides."""
    words: tuple[str, ...] = ()
    """Names that are ordinary words first of all (Everest, 太阳能): they need a sign of a company beside them."""
    former: tuple[FormerName, ...] = ()
    """Names that it gave up; they are among the names above, too."""
    word_tickers: tuple[str, ...] = ()
    """Tickers that spell an ordinary word, in lower case: `$now` is none, `$NOW` is."""
    bare_tickers: tuple[str, ...] = ()
    """Tickers that people write without any mark (NVDA puts): no common word or abbreviation."""
    speaks: bool = False
    """Rates, quotes or reports on others for a living: a broker, an agency, a paper."""
    not_names: tuple[str, ...] = ()
    """Longer phrases that hold a name of the company and mean something else (Apple pie, 中国银行业)."""

    @property
    def all_names(self) -> tuple[str, ...]:
        """Every name, with the ones to show first."""
        shown = tuple(name for name in (self.en, self.zh) if name)
        return (*shown, *self.names, *self.homonyms, *self.words)


def read_companies(path: Path) -> tuple[CompanyRecord, ...]:
    """The companies of a gzipped JSON Lines file, in file order.

    :raises InvalidInput: when the file is missing or a line is no company, naming the line.
    """
    try:
        lines = gzip.decompress(path.read_bytes()).splitlines()
    except (OSError, EOFError) as error:
        raise InvalidInput(f"company dictionary {path}: {error}") from error
    decoder = msgspec.json.Decoder(CompanyRecord)
    companies = []
    for number, line in enumerate(lines, start=1):
        try:
            companies.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            raise InvalidInput(f"company dictionary {path}, line {number}: {error}") from error
    return tuple(companies)


def read_about() -> DictionaryAbout:
    """What the shipped dictionary is.

    :raises InvalidInput: when its description is missing or damaged.
    """
    try:
        return msgspec.json.decode(ABOUT.read_bytes(), type=DictionaryAbout)
    except (OSError, msgspec.DecodeError) as error:
        raise InvalidInput(f"company dictionary {ABOUT}: {error}") from error
