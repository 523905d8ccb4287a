"""Elements of HTML and SVG as values. Text and attributes are escaped when they are written, so no text is markup."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, tostring

#: What neither XML nor HTML may hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    return _ILLEGAL.sub("\ufffd", text)
