"""Elements of HTML and SVG as values. Text and attributes are escaped when they are written, so no text is markup."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, tostring

from services.text.untrusted import REPLACEMENT, characters

#: What shows nothing and may not stand in XML or HTML, not even escaped.
_NO_CHARACTERS = re.compile("[\ufffe\uffff]")


def element(tag: str, *children: Element | str, **attributes: object) -> Element:
    """An element; `class_` gives `class`, an underscore within a name is a hyphen (`text_anchor`)."""
    made = Element(tag, {_name(name): _attribute(value) for name, value in attributes.items()})
    for child in children:
        if isinstance(child, Element):
            made.append(child)
        elif len(made):
            made[-1].tail = (made[-1].tail or "") + _legal(child)
        else:
            made.text = (made.text or "") + _legal(child)
    return made


def write_html(page: Element) -> str:
    """A whole document."""
    return "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html") + "\n"


def _name(name: str) -> str:
    return name.removesuffix("_").replace("_", "-")


def _attribute(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else _legal(str(value))


def _legal(text: str) -> str:
    """`text` without what acts or hides; its line breaks stay."""
    visible = "".join(char if shows or char == "\n" else REPLACEMENT for char, shows in characters(text))
    return _NO_CHARACTERS.sub(REPLACEMENT, visible)
