"""The shipped dictionary of companies is what its build script makes of the tables."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.companies.dictionary import DICTIONARY
from tests.harness.deployment import DEPLOY, ROOT

pytestmark = pytest.mark.slow
DATA = Path(os.environ.get("GROUNDSWELL_DATA", ROOT / ".." / "shared" / "data"))
TABLES = DATA / "entities"


@pytest.mark.timeout(660)
@pytest.mark.skipif(not TABLES.is_dir(), reason="the entity tables are not there (GROUNDSWELL_DATA)")
def test_the_dictionary_is_what_the_build_script_makes(tmp_path: Path) -> None:
    made = tmp_path / "companies.jsonl.gz"
    script = DEPLOY / "companies" / "build.py"
    subprocess.run([sys.executable, str(script), str(TABLES), str(made)], check=True, capture_output=True, timeout=600)
    assert gzip.decompress(made.read_bytes()) == gzip.decompress(DICTIONARY.read_bytes())
