"""The alert chain under faults, with their full durations: `python -m tests.benchmarks.chain_faults [--row NAME]`.

Broker, relay, Alertmanager and Prometheus are real, with the deployment's routes and rules; a webhook takes what they
send. One row each, in about half an hour together.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.harness.chain import why_no_chain
from tests.harness.chain_scenarios.row import FULL, Row
from tests.harness.chain_scenarios.table import SCENARIOS


def markdown(name: str, row: Row) -> str:
    """A row of the table."""
    waits = "; ".join(f"{what} {seconds:.1f}" for what, seconds in row.waits.items())
    facts = "; ".join(f"{what} {value:g}" for what, value in row.facts.items())
    arrived = sum(alert in row.arrived for alert in row.expected)
    cells = [
        name,
        row.done,
        "; ".join(row.expected),
        f"{arrived} of {len(row.expected)}, {row.copies} copies",
        f"{row.notifications} (at most {row.at_most})",
        waits,
        facts,
        "; ".join(row.broken) or "yes",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Run the rows that the command line names, or all; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description="Break the alert chain in every way, and count what arrives.")
    parser.add_argument("--row", choices=SCENARIOS, help="only this row")
    only = parser.parse_args().row
    if why := why_no_chain():
        sys.exit(f"the chain cannot run: {why}")
    print("| row | what was done | had to arrive | arrived | notifications | seconds until | besides | holds |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    holds = True
    for name in [only] if only else SCENARIOS:
        with tempfile.TemporaryDirectory() as folder:
            try:
                row = SCENARIOS[name](Path(folder), FULL)
            except AssertionError as error:
                print(f"| {name} | | | | | | | {error} |", flush=True)
                holds = False
                continue
        print(markdown(name, row), flush=True)
        holds = holds and not row.broken
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
