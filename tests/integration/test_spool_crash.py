"""A process that is killed leaves its spool as it was."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services.ingest.delivery.spool_folder import open_spool
from tests.harness.brokers import ROOT
from tests.harness.spooled import numbers


def test_kill_9_after_append_loses_nothing(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from tests.harness.spooled import record_of\n"
        "from services.ingest.delivery.spool_folder import open_spool\n"
        "with open_spool(Path(sys.argv[1]), 10**8) as spool:\n"
        "    spool.append([record_of(7), record_of(8)]); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=False)
    assert ended.returncode == -9
    with open_spool(tmp_path, 10**8) as spool:
        assert numbers(spool.peek(10)) == [7, 8]
