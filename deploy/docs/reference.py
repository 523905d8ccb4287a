"""The reference pages of the documentation, generated from the code: settings, metrics, messages, commands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from services.cli import COMMANDS
from services.domain import messages
from services.domain.messages import Message
from services.kafka.topics import TOPICS
from services.observability.metrics import Metrics
from services.repository import DEMO_STREAM
from services.settings import Settings

ROOT = DEMO_STREAM.parents[2]


def pages() -> dict[str, str]:
    """Path in the documentation -> Markdown, or JSON."""
    schemas = message_schemas()
    return {
        "reference/commands.md": commands(),
        "reference/settings.md": settings(),
        "reference/metrics.md": metrics(),
        "reference/messages.md": message_page(schemas),
        "reference/messages.schema.json": json.dumps(schemas, indent=2, ensure_ascii=False) + "\n",
    }


def settings() -> str:
    """A table a section: variable, default, meaning."""
    lines = [
        "# Settings",
        "",
        "Every process reads them from variables, or from the file of that name in lower case in the folder that "
        "`GROUNDSWELL_SECRETS_DIR` names. An empty variable counts as none.",
    ]
    for field in Settings.model_fields.values():
        section: Any = field.annotation
        lines += ["", f"## {section.__name__.removesuffix('Settings')}", "", _sentence(section.__doc__), ""]
        lines += ["| variable | default | meaning |", "|---|---|---|"]
        for name, variable in section.variables().items():
            info = section.model_fields[name]
            only = " Read from a file alone." if name in section.files_only else ""
            lines.append(f"| `{variable}` | {_default(info)} | {_cell(info.description or '')}.{only} |")
    return "\n".join([*lines, ""])


def metrics() -> str:
    """All series that our processes export, without those of the process itself."""
    lines = ["# Metrics", "", "Each process serves them at `/metrics`.", ""]
    lines += ["| metric | type | meaning | labels |", "|---|---|---|---|"]
    for name, metric in sorted(vars(Metrics(CollectorRegistry())).items()):
        family = next(iter(metric.collect()), None) if hasattr(metric, "_labelnames") else None
        if family is None:
            continue
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        suffix = "_total" if family.type == "counter" else ""
        lines.append(f"| `{family.name}{suffix}` | {family.type} | {_cell(family.documentation)} | {labels} |")
        del name
    return "\n".join([*lines, ""])


def message_schemas() -> dict[str, Any]:
    """One JSON Schema (2020-12) with all messages under `$defs`."""
    _, found = msgspec.json.schema_components(_messages(), ref_template="#/$defs/{name}")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": found}


def message_page(schemas: dict[str, Any]) -> str:
    """The topics, then the fields of every message and of what it is made of."""
    lines = ["# Topics and messages", ""]
    lines += ["| topic | holds | key | partitions | clean-up |", "|---|---|---|---:|---|"]
    lines += [f"| `{t.name}` | {_cell(t.holds)} | {_cell(t.key)} | {t.partitions} | {t.cleanup} |" for t in TOPICS]
    lines += ["", "Times are milliseconds since 1970-01-01 UTC. The same as a file: "]
    lines[-1] += "[messages.schema.json](messages.schema.json) (JSON Schema 2020-12)."
    for name, schema in schemas["$defs"].items():
        if "properties" not in schema:
            continue
        lines += ["", f"## {name}", "", _sentence(schema.get("description", "")), ""]
        lines += ["| field | type | needed |", "|---|---|---|"]
        needed = set(schema.get("required", ()))
        for field, kind in schema["properties"].items():
            lines.append(f"| `{field}` | {_cell(_kind(kind))} | {'yes' if field in needed else 'no'} |")
    return "\n".join([*lines, ""])


def commands() -> str:
    """All commands with their line; `--help` has the rest."""
    lines = ["# Commands", "", "`groundswell COMMAND --help` has options and examples.", ""]
    lines += ["| command | does |", "|---|---|"]
    lines += [f"| `groundswell {name}` | {_cell(entry.help)} |" for name, entry in COMMANDS.items()]
    return "\n".join([*lines, ""])


def _messages() -> Iterator[type[Message]]:
    for found in vars(messages).values():
        if isinstance(found, type) and issubclass(found, Message) and found is not Message:
            yield found


def _default(info: Any) -> str:
    if info.default is PydanticUndefined or info.default is None or isinstance(info.default, SecretStr):
        return "none"
    value = str(info.default)
    return f"`{value.removeprefix(f'{ROOT}/') or '(empty)'}`" if value else "none"


def _kind(schema: dict[str, Any]) -> str:
    """A JSON Schema as a person would say it."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(map(_kind, schema["anyOf"])))
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(value, ensure_ascii=False)}`" for value in schema["enum"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        parts = schema.get("prefixItems") or [schema.get("items") or {}]
        return f"array of {' , '.join(dict.fromkeys(_kind(part) for part in parts if part) or ['any'])}"
    limits = {"minimum": "at least", "maximum": "at most", "maxLength": "at most", "minLength": "at least"}
    said = [f"{words} {schema[limit]}" for limit, words in limits.items() if limit in schema]
    return ", ".join([kind, *said])


def _sentence(text: str | None) -> str:
    return " ".join((text or "").split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").replace("<", "&lt;")
