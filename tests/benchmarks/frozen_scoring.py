"""How long `up` takes to restart a scoring worker that is frozen: python -m tests.benchmarks.frozen_scoring.

Starts all with a tiny model, stops scoring by SIGSTOP, and waits until another one reads.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic

from tests.harness.processes import descendants
from tests.harness.support import wait_until
from tests.harness.tiny_bundle import NAME, tiny_bundle

PATIENCE = 180.0
READS = "Worker ready"


def scoring_of(supervisor: int) -> list[int]:
    """The scoring worker among the processes of a supervisor."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    scoring = {int(line.split()[0]) for line in listed.splitlines() if line.rstrip().endswith("services.cli score")}
    return [pid for pid in descendants(supervisor) if pid in scoring]


def measure(folder: Path) -> None:
    """Print the seconds to the end of the frozen worker, and to the first look of the next one."""
    tiny_bundle(folder / "models")
    settings = {"MODELS": str(folder / "models"), "MODEL": NAME, "STATE_DIR": str(folder / "state")}
    environment = os.environ | {f"GROUNDSWELL_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "services.cli", "up"]
    with (folder / "up.out").open("wb") as out:
        up = subprocess.Popen(command, env=environment, stdout=out, stderr=subprocess.STDOUT)
    log = folder / "state" / "logs" / "score.log"
    try:
        wait_until(lambda: log.exists() and READS in log.read_text(), PATIENCE, "scoring reads")
        (frozen,) = scoring_of(up.pid)
        os.kill(frozen, signal.SIGSTOP)
        begun = monotonic()
        wait_until(lambda: scoring_of(up.pid) not in ([], [frozen]), PATIENCE, "it is ended")
        print(f"ended and started again after {monotonic() - begun:.0f} s", flush=True)
        wait_until(lambda: log.read_text().count(READS) == 2, PATIENCE, "the next one reads")
        print(f"the next one reads after {monotonic() - begun:.0f} s", flush=True)
    finally:
        up.terminate()
        up.wait()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        measure(Path(place))
