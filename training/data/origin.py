"""Where a set of the registry comes from, for those who do not have it yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from training.errors import ConfigError

FORMS = ("csv", "at", "spans")
"""Of a file on the hub: `csv` with the columns text and label; `at`: lines text@label in Latin-1, in the `member` of
a zip; `spans`: a JSON list of {content, annotations: [{value, label, start, end}]}."""


@dataclass(frozen=True)
class Origin:
    """A page where people find the set and, where the hub has it, its file there.

    `labels` maps the labels of the file to those of the registry; without it they are the same.
    """

    page: str = ""
    hub: str = ""
    file: str = ""
    form: str = ""
    member: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"hub: {self.hub}" if self.hub else self.page.removeprefix("https://")


def read_origin(name: str, entry: Any) -> Origin:
    """The origin of a registered set.

    :raises ConfigError: when a key is unknown, or a file on the hub lacks its name or form.
    """
    fields = dict(entry or {})
    if unknown := sorted(set(fields) - set(Origin.__dataclass_fields__)):
        raise ConfigError(f"registry: {name}: origin: unknown keys {unknown}")
    labels = {str(label): str(ours) for label, ours in fields.pop("labels", {}).items()}
    origin = Origin(**{key: str(value) for key, value in fields.items()}, labels=labels)
    if origin.hub and (not origin.file or origin.form not in FORMS):
        raise ConfigError(f"registry: {name}: origin: expected a file and a form of {FORMS}, got {origin}")
    return origin
