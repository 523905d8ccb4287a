"""YAML text as fields that know their line, column and path, so that every error can name its place.

Values are read as they are written: `ON`, `TRUE` and `22:00` are the texts that they look like, not what YAML 1.1
makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from services.domain.errors import InvalidInput

MOST_DEPTH = 10
SHOWN_CHARS = 60
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Field:
    """One value of the file `file`; `path` is where it stands inside, such as `watchlists[0].alerts_per_day`."""

    node: yaml.Node
    path: str
    file: str

    def wrong(self, expected: str, got: str | None = None) -> InvalidInput:
        """The error that says what was expected here and what came."""
        mark = self.node.start_mark
        path = f"{self.path}: " if self.path else ""
        place = f"{self.file}:{mark.line + 1}:{mark.column + 1}"
        return InvalidInput(f"{place}: {path}expected {expected}, got {got or self.shown()}")

    def shown(self) -> str:
        """The value as an error shows it, cut to some length."""
        if isinstance(self.node, yaml.ScalarNode):
            return "nothing" if self.node.tag == _NULL else repr(self.node.value[:SHOWN_CHARS])
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"

    def is_word(self, word: str) -> bool:
        """Whether the value is exactly this word."""
        return isinstance(self.node, yaml.ScalarNode) and bool(self.node.value == word)

    def entries(self) -> list[tuple[Field, Field]]:
        """Keys and values of a mapping in the order of the file; the same key twice is refused."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("a mapping")
        found: dict[str, tuple[Field, Field]] = {}
        for key_node, value_node in self.node.value:
            key = Field(key_node, self.path, self.file)
            name = key.text("a key")
            if name in found:
                raise key.wrong(f"{name} once", f"it again, after line {found[name][0].node.start_mark.line + 1}")
            found[name] = key, Field(value_node, f"{self.path}.{name}" if self.path else name, self.file)
        return list(found.values())

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, Field]:
        """The values of a mapping that has all of the `required` keys and beside them only `optional` ones."""
        known = [*required, *optional]
        found: dict[str, Field] = {}
        for key, value in self.entries():
            name = key.text("a key")
            if name not in known:
                raise key.wrong(f"one of {', '.join(known)}", f"{key.shown()}{did_you_mean(name, known)}")
            found[name] = value
        for name in required:
            if name not in found:
                raise self.wrong(f"a field {name}", "none")
        return found

    def items(self, what: str) -> list[Field]:
        """The entries of a list that is not empty."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong(f"a list of {what}")
        if not self.node.value:
            raise self.wrong(f"a list of {what}", "an empty one")
        return [Field(node, f"{self.path}[{index}]", self.file) for index, node in enumerate(self.node.value)]

    def text(self, what: str) -> str:
        """A text as it is written; `what` says what was expected where it is none."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == _NULL:
            raise self.wrong(what)
        return str(self.node.value)

    def number(self, most: float, *, zero: bool = False) -> float:
        """A number above 0, or from 0 on where `zero` is allowed, and at most `most`."""
        what = f"a number from 0 to {most:g}" if zero else f"a number above 0 and at most {most:g}"
        try:
            value = float(self.text(what))
        except ValueError:
            value = math.nan
        if not 0 <= value <= most or (value == 0 and not zero):
            raise self.wrong(what)
        return value

    def whole(self, least: int, most: int) -> int:
        """A whole number between `least` and `most`."""
        what = f"a whole number from {least} to {most}"
        try:
            value = int(self.text(what))
        except ValueError:
            raise self.wrong(what) from None
        if not least <= value <= most:
            raise self.wrong(what)
        return value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean ...?)` with the known word that is most like `word`, or nothing."""
    if len(word) > SHOWN_CHARS:
        return ""
    close = get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def read_tree(text: str, file: str) -> Field:
    """The one document of a YAML text.

    :raises InvalidInput: when it is no YAML, empty, more than one document, or uses aliases.
    """
    try:
        node = _Composer(text).get_single_node()
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        raise InvalidInput(
            f"{file}:{line}:{column}: expected YAML, got the character U+{error.character:04X}"
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}" if mark else file
        why = ", ".join(part for part in (error.context, error.problem) if part)
        raise InvalidInput(f"{place}: no valid YAML: {why}") from error
    if node is None:
        raise InvalidInput(f"{file}:1:1: expected watchlists or rules, got an empty file")
    return Field(node, "", file)


class _Composer(yaml.SafeLoader):
    """Composes nodes only, of bounded depth and without aliases: a small file stays small in memory."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """One node, with all below it."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias (*name) is not taken; write the value out", mark)
        if self.depth == MOST_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"more than {MOST_DEPTH} levels", mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node
