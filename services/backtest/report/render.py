"""Fills the templates of a report. What is filled in is escaped, so no text becomes markup."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.backtest.report.numbers import coordinate, count, minutes, rate

#: What neither XML nor HTML may hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(template: str, **values: object) -> str:
    """The template of that file name, filled with `values`.

    :raises jinja2.UndefinedError: when it names a value that is not there.
    """
    return _environment.get_template(template).render(values)


def _legal(value: object) -> object:
    """Text without what a document may not hold; the markup of our own macros as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return _ILLEGAL.sub("\ufffd", value)


_environment = Environment(
    loader=PackageLoader("services.backtest.report"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_legal,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters |= {"coordinate": coordinate, "count": count, "minutes": minutes, "rate": rate}
