"""The entities that a feed declares: names of characters and namespaces are put in, all else is refused.

XML lets a document say what `&name;` stands for. An entity that holds others, or is long and used often, makes
gigabytes of a small file; an external one reads files and addresses. What is left is a short text, which is put in
here, so that the parsers behind see no declaration at all. Nothing that a DOCTYPE names is ever fetched.
"""

from __future__ import annotations

import re
from collections import Counter
from html.entities import html5
from xml.parsers import expat

from services.ingest.sources.rss.refusal import Refusal

MOST_ENTITIES = 500
LONGEST_VALUE = 1_000
FREE_GROWTH = 50_000
"""Characters that a feed may grow by its entities, and by its own length once more."""

_PREDEFINED = "amp|lt|gt|quot|apos"
_REFERENCE = re.compile(rf"&(?!(?:{_PREDEFINED});)([A-Za-z_][\w:.-]{{0,100}});")
_INNER_REFERENCE = re.compile(rf"&(?!#|(?:{_PREDEFINED});)|%[\w:.-]+;")
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)
_CDATA_OR_BARE = re.compile(rf"{_CDATA.pattern}|&(?!(?:{_PREDEFINED}|#[0-9]{{1,7}}|#x[0-9A-Fa-f]{{1,6}});)", re.DOTALL)
_DECLARATION = re.compile(r"<!ENTITY\s", re.IGNORECASE)
_HTML = {name[:-1]: value for name, value in html5.items() if name.endswith(";") and not set(value) & set("<>&\"'")}
"""Many feeds use the names of HTML without declaring them."""


def put_in_entities(text: str) -> str:
    """The document without its prologue, each entity replaced by what it stands for; an `&` that is none is a sign.

    :raises Refusal: `bad_content`, when it declares one that is no short text, or names a DTD by its address alone.
    """
    prologue = _Prologue()
    body = prologue.rest(text)
    if _DECLARATION.search(body) and _DECLARATION.search(_CDATA.sub("", body)):
        raise _refused("it declares entities where a parser may not see them")
    values = {**_HTML, **prologue.entities}
    used = Counter(_REFERENCE.findall(body))
    if sum(count * len(prologue.entities.get(name, "")) for name, count in used.items()) > FREE_GROWTH + len(body):
        raise _refused("its entities would make it more than twice as long")
    if used:
        body = _REFERENCE.sub(lambda found: values.get(found[1], found[0]), body)
    return _CDATA_OR_BARE.sub(lambda found: "&amp;" if found[0] == "&" else found[0], body)


def _refused(why: str) -> Refusal:
    return Refusal("bad_content", f"refused, {why}")


class _RootReached(Exception):
    """The first element begins at `index`, in bytes: there is nothing more to read."""

    def __init__(self, index: int) -> None:
        super().__init__(index)
        self.index = index


class _Prologue:
    """What stands before the first element."""

    def __init__(self) -> None:
        self.entities: dict[str, str] = {}

    def rest(self, text: str) -> str:
        """The document from its first element on; all of it when it is not well-formed up to there.

        :raises Refusal: when a declaration must not be followed.
        """
        data = text.encode("utf-8", "replace")
        parser = expat.ParserCreate("utf-8")

        def root(_name: str, _attributes: dict[str, str]) -> None:
            raise _RootReached(parser.CurrentByteIndex)

        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.StartElementHandler = root
        try:
            parser.Parse(data, True)
        except _RootReached as reached:
            return data[reached.index :].decode("utf-8")
        except expat.ExpatError:
            pass
        return text

    def _doctype(self, _name: str, system: str | None, public: str | None, _internal: bool) -> None:
        if system and not public:
            raise _refused(f"its DOCTYPE names a DTD by its address ({system[:100]})")

    def _entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        _base: str | None,
        system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        shown = name[:100]
        if is_parameter:
            raise _refused(f"it declares a parameter entity ({shown})")
        if value is None:
            raise _refused(f"it declares an external entity ({shown}, {str(system)[:100]})")
        if _INNER_REFERENCE.search(value):
            raise _refused(f"it declares an entity that holds other entities ({shown})")
        if len(value) > LONGEST_VALUE:
            raise _refused(f"it declares an entity of more than {LONGEST_VALUE} characters ({shown})")
        if len(self.entities) == MOST_ENTITIES:
            raise _refused(f"it declares more than {MOST_ENTITIES} entities")
        self.entities.setdefault(name, value)
