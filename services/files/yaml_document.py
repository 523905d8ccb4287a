"""A YAML text to the value at its top: any text, from anybody, gives values or an error that names the place."""

from __future__ import annotations

import yaml

from services.domain.errors import InvalidInput
from services.files.yaml_value import YamlValue

MOST_DEPTH = 10


def read_yaml(text: str, file: str, what: str) -> YamlValue:
    """The one document of a YAML text; `file` is what errors call it, `what` is what an empty one lacks.

    :raises InvalidInput: when it is no YAML, empty, more than one document, too deep, or uses aliases.
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
        raise InvalidInput(f"{file}:1:1: expected {what}, got an empty file")
    return YamlValue(node, "", file)


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
