"""A value of a YAML file that knows its line, column and path, so that every error names its place.

Values are read as they are written: `ON`, `TRUE` and `22:00` are the texts that they look like, not what YAML 1.1
makes of them. Reading stops at the first value that is not as expected.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from services.domain.errors import InvalidInput

SHOWN_CHARS = 60
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class YamlValue:
    """One value of the file `file`; `path` is where it stands inside, such as `watchlists[0].alerts_per_day`.

    :raises InvalidInput: from all that read it, naming place and path, what was expected and what came.
    """

    node: yaml.Node
    path: str
    file: str

    def wrong(self, expected: str, got: str | None = None, *, near: Collection[str] = ()) -> InvalidInput:
        """The error that says what was expected here and what came: the value, where `got` does not say it.

        `near` are words that would be right; the one most like the value is asked for.
        """
        mark = self.node.start_mark
        path = f"{self.path}: " if self.path else ""
        place = f"{self.file}:{mark.line + 1}:{mark.column + 1}"
        return InvalidInput(f"{place}: {path}expected {expected}, got {got or self.shown() + self._meant(near)}")

    def shown(self) -> str:
        """The value as an error shows it, cut to some length."""
        if isinstance(self.node, yaml.ScalarNode):
            return "nothing" if self.node.tag == _NULL else repr(self.node.value[:SHOWN_CHARS])
        return "a list" if isinstance(self.node, yaml.SequenceNode) else "a mapping"

    def is_word(self, word: str) -> bool:
        """Whether the value is exactly this word."""
        return isinstance(self.node, yaml.ScalarNode) and bool(self.node.value == word)

    def entries(self) -> dict[str, tuple[YamlValue, YamlValue]]:
        """Each key of a mapping -> the key and its value, in the order of the file; the same key twice is refused."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("a mapping")
        found: dict[str, tuple[YamlValue, YamlValue]] = {}
        for key_node, value_node in self.node.value:
            key = YamlValue(key_node, self.path, self.file)
            name = key.text("a key")
            if name in found:
                raise key.wrong(f"{name} once", f"it again, after line {found[name][0].node.start_mark.line + 1}")
            found[name] = key, YamlValue(value_node, f"{self.path}.{name}" if self.path else name, self.file)
        return found

    def fields(self, required: Collection[str], optional: Collection[str] = ()) -> dict[str, YamlValue]:
        """The values of a mapping that has all of the `required` keys and beside them only `optional` ones."""
        known = [*required, *optional]
        entries = self.entries()
        for name, (key, _) in entries.items():
            if name not in known:
                raise key.wrong(f"one of {', '.join(known)}", near=known)
        for name in required:
            if name not in entries:
                raise self.wrong(f"a field {name}", "none")
        return {name: value for name, (_, value) in entries.items()}

    def items(self, what: str) -> list[YamlValue]:
        """The entries of a list that is not empty."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong(f"a list of {what}")
        if not self.node.value:
            raise self.wrong(f"a list of {what}", "an empty one")
        return [YamlValue(node, f"{self.path}[{index}]", self.file) for index, node in enumerate(self.node.value)]

    def text(self, what: str, fits: Callable[[str], object] = lambda text: True) -> str:
        """A text as it is written, for which `fits` is true; `what` says what was expected where there is none."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.tag == _NULL or not fits(self.node.value):
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

    def _meant(self, known: Collection[str]) -> str:
        if not known or not isinstance(self.node, yaml.ScalarNode) or len(self.node.value) > SHOWN_CHARS:
            return ""
        close = get_close_matches(self.node.value, known, n=1)
        return f" (did you mean {close[0]}?)" if close else ""
