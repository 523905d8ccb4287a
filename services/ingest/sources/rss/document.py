"""The bytes of an XML document as text, by all that is known of their encoding."""

from __future__ import annotations

import re

from services.text.encoding import decode

_DECLARED_BYTES = 1_000
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""", re.IGNORECASE)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def document_text(body: bytes, content_type: str = "") -> str:
    """The document without signs that XML forbids and without blanks before it."""
    charset = _CHARSET.search(content_type)
    declared = _DECLARED.search(body[:_DECLARED_BYTES])
    stated = (charset[1] if charset else None, declared[1].decode("ascii") if declared else None)
    return _NOT_XML.sub("", decode(body, stated).text).lstrip()
