"""Configuration files: YAML checked by pydantic, whose first complaint becomes one line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from training.errors import ConfigError

Count = Annotated[int, Field(gt=0)]
Positive = Annotated[float, Field(gt=0)]
Weight = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]
Caps = Annotated[Mapping[str, Count], Field(min_length=1)]
"""At most so many rows or texts of each named set or stream."""
_EXPECTED = {
    "missing": "a value",
    "extra_forbidden": "no such key",
    "model_type": "a mapping",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "too_short": "at least {min_length}",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "{ge:g} or more",
    "less_than": "less than {lt:g}",
    "less_than_equal": "at most {le:g}",
}
"""What is expected, by pydantic's type of the error, where its own words are about Python rather than the file."""


class Section(BaseModel, frozen=True, strict=True, extra="forbid"):
    """A section of a configuration: no unknown keys, no text for a number, no number for a truth value."""

    def replace(self, **changes: Any) -> Self:
        """A copy with other values, checked as those of a file are.

        :raises ValidationError: when a value is wrong.
        """
        return self.model_validate({**dict(self), **changes})


class ConfigFile(Section):
    """A whole configuration."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a configuration file.

        :raises ConfigError: when it is missing, is no YAML, or a key is missing, unknown or out of range.
        """
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise ConfigError(f"config {path.name}: {error}") from error
        return cls.parse(document)

    @classmethod
    def parse(cls, document: Any) -> Self:
        """Build a configuration from plain values, as YAML or the record of a run holds them.

        :raises ConfigError: naming the first key that is missing, unknown or out of range.
        """
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise ConfigError(_line(error.errors()[0])) from error


def _line(error: ErrorDetails) -> str:
    """One line that names the key, what is expected there, and what stands there."""
    place = f"config: {'.'.join(map(str, error['loc']))}" if error["loc"] else "config"
    kind, facts = error["type"], error.get("ctx", {})
    if kind == "value_error":  # of our own validators, which say it all
        return f"{place}: {facts['error']}"
    expected = _EXPECTED[kind].format(**facts) if kind in _EXPECTED else error["msg"].removeprefix("Input should be ")
    got = "nothing" if kind == "missing" else repr(error["input"])
    return f"{place}: expected {expected}, got {got}"
