"""The documentation as a site: every link leads somewhere, and the reference pages say what the code says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.cli import COMMANDS
from services.kafka.codec import encode
from services.repository import DEMO_STREAM
from services.settings import load_settings
from tests.factories import raised, scored

ROOT = DEMO_STREAM.parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr[-3000:]
    return folder


def words(page: Path) -> str:
    return re.sub(r"<[^>]+>", " ", page.read_text(encoding="utf-8"))


def test_every_setting_is_in_the_reference(site: Path) -> None:
    page = words(site / "reference" / "settings" / "index.html")
    assert [name for name in load_settings().by_variable() if name not in page] == []


def test_every_command_is_in_the_reference(site: Path) -> None:
    page = words(site / "reference" / "commands" / "index.html")
    assert [name for name in COMMANDS if f"groundswell {name}" not in page] == []


def test_metrics_are_called_as_they_are_exported(site: Path) -> None:
    page = words(site / "reference" / "metrics" / "index.html")
    for name in ("groundswell_texts_in_total", "groundswell_lag_seconds", "groundswell_incident_severity"):
        assert name in page


def test_messages_fit_the_schema_that_is_published(site: Path) -> None:
    schema: dict[str, Any] = json.loads((site / "reference" / "messages.schema.json").read_text())
    for message, name in ((raised(), "IncidentRaised"), (scored(1, 1_409_745_600_000, (0.8, 0.1, 0.1)), "ScoredText")):
        of_one = {"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}
        jsonschema.validate(json.loads(encode(message)), of_one)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**json.loads(encode(message)), "type": "other"}, of_one)


def test_the_readme_is_its_first_page(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert 'src="demo.svg"' in page
    assert 'href="alerts/"' in page
