"""Health of a Groundswell container: its metrics server answers and names the process. Exit status 0 or 1."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 3.0


def healthy(port: int) -> bool:
    """Whether `/metrics` on this machine's `port` answers with our metrics."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_SECONDS) as answer:
            return b"groundswell_" in answer.read()
    except (OSError, urllib.error.URLError) as error:
        print(f"metrics on port {port}: {error}", file=sys.stderr)
        return False


if __name__ == "__main__":
    sys.exit(0 if healthy(int(os.environ["GROUNDSWELL_METRICS_PORT"])) else 1)
