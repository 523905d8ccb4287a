"""Any text of the web to one clean line: HTML to text, NFKC, nothing invisible, folded blanks, a limit."""

from __future__ import annotations

import re
import unicodedata

from selectolax.lexbor import LexborHTMLParser

from services.domain.limits import MAX_TEXT_CHARS

MAX_RAW_CHARS = 100_000
"""Characters of a raw text that are looked at; the rest could only be markup or be cut anyway."""
MAX_UNWRAPPINGS = 6
"""Escaped HTML inside escaped HTML is unwrapped this often; what is deeper is an attack on the parser."""
MAX_MARKS = 30
"""Combining marks in a row that are kept (the bound of Unicode's stream-safe form)."""

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891"
    "\u08e2\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_SPACE = re.compile(r"\s+")
_NESTED_AMPERSAND = re.compile(r"&(?:(?:amp|#0{0,9}38|#x0{0,9}26);?){2,}", re.IGNORECASE)

_BLOCKS = (
    "address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 head header hr html iframe img legend li main nav noscript object ol optgroup "
    "option p pre script section select style summary table tbody td template textarea tfoot th thead title tr ul "
    "video audio"
)
_INLINE = (
    "a abbr acronym b bdi bdo big button cite code data del dfn em embed font i input ins kbd label link mark "
    "meta meter path picture q rp rt ruby s samp small source span strike strong sub sup svg time tt u var wbr"
)
_TAG_GOES_ON = r"(?=\s*/?>|\s+[\w:@-]+\s*=|/\w)"
#: A `<` that starts markup: a known tag that is complete or goes on with an attribute, a custom tag with an
#: attribute or a prefix, a closing tag, a comment, a declaration. Any other `<` is a sign of the text.
_MARKUP = re.compile(
    rf"<(?:/?(?P<block>{_BLOCKS.replace(' ', '|')}){_TAG_GOES_ON}"
    rf"|/?(?:{_INLINE.replace(' ', '|')}){_TAG_GOES_ON}"
    r"|(?:script|style|iframe|img|video|audio|input|option|textarea)(?=[\s/])"
    r"|/[a-z][\w:-]{0,40}\s*>|[a-z][\w-]{0,40}(?::[\w-]{1,40}\s*/?>|\s+[\w:-]+\s*=\s*[\"'])"
    r"|!--|!doctype\b|!\[CDATA\[|\?xml\b)",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_SILENT = "script, style, template, iframe, noembed, noframes, object"


def clean_text(text: str, limit: int = MAX_TEXT_CHARS) -> str:
    """One clean line of at most `limit` characters; idempotent; "" when nothing visible is left.

    HTML becomes its text (contents of scripts and styles are dropped), entities are unescaped, but a `<` or
    `&` that is no markup stays ("$AAPL<99", "AT&T"). Control, bidirectional and zero-width characters go.
    """
    text = text[:MAX_RAW_CHARS]
    if text.isascii() and text.isprintable() and "<" not in text and "&" not in text:
        return _SPACE.sub(" ", text).strip()[:limit].rstrip()
    for _ in range(MAX_UNWRAPPINGS):
        text, before = _clean_once(text), text
        if text == before or ("<" not in text and "&" not in text):
            break
    else:
        text = _clean_once(text.replace("<", " ").replace("&", " "))
    return text[:limit].rstrip()


def shortened(clean: str, raw: str) -> tuple[str, bool]:
    """What a message holds of `raw`, which is `clean` when cleaned to at least one character more than that, and
    whether that is only a part of it."""
    return clean[:MAX_TEXT_CHARS].rstrip(), len(clean) > MAX_TEXT_CHARS or len(raw) > MAX_RAW_CHARS


def _clean_once(text: str) -> str:
    """One round: the result may still hold escaped markup that this round unescaped."""
    text = _normalise(text)
    if "<" in text or "&" in text:
        text = _normalise(_html_to_text(text))
    return _SPACE.sub(" ", text).strip()[:MAX_RAW_CHARS].rstrip()


def _normalise(text: str) -> str:
    """Drop what cannot be seen, then compose; in this order, so that nothing invisible keeps marks apart."""
    if text.isascii():
        return _INVISIBLE.sub("", text)
    text = _INVISIBLE.sub("", text)
    if len(text) > 2_000:  # ordering a run of marks costs its length squared
        text = _without_long_mark_runs(text)
    return unicodedata.normalize("NFKC", text)


def _without_long_mark_runs(text: str) -> str:
    """At most `MAX_MARKS` combining marks in a row."""
    run = 0
    shortened = []
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= MAX_MARKS:
            shortened.append(char)
    return "".join(shortened)


def _html_to_text(text: str) -> str:
    """Text of an HTML fragment: block elements are parted by a blank, inline ones are not."""
    text = _NESTED_AMPERSAND.sub("&", text)
    text = _CDATA.sub(r" \1 ", text)
    pieces = []
    end = 0
    for sign in re.finditer("<", text):
        start = sign.start()
        markup = _MARKUP.match(text, start)
        pieces.append(text[end:start])
        if markup is None:
            pieces.append("&lt;")
        else:
            pieces.append(" <" if markup["block"] else "<")
        end = start + 1
    pieces.append(text[end:])
    tree = LexborHTMLParser("".join(pieces))
    for node in tree.css(_SILENT):
        node.decompose()
    root = tree.root
    return root.text(deep=True, separator="") if root is not None else ""
