"""Fills the templates of a report. What is filled in is escaped, so no text becomes markup."""

from __future__ import annotations

import re

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from services.backtest.report.numbers import coordinate, count, minutes, rate
from services.text.untrusted import REPLACEMENT, characters

#: What shows nothing and may not stand in XML or HTML, not even escaped.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


def render(template: str, **values: object) -> str:
    """The template of that file name, filled with `values`.

    :raises jinja2.UndefinedError: when it names a value that is not there.
    """
    return _environment.get_template(template).render(values)


def _legal(value: object) -> object:
    """Text without what acts or hides, its line breaks apart; the markup of our own macros as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    visible = "".join(char if shows or char == "\n" else REPLACEMENT for char, shows in characters(value))
    return _NO_CHARACTERS.sub(REPLACEMENT, visible)


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
