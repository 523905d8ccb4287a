"""Looking at processes from the outside, by their ids."""

from __future__ import annotations

import subprocess


def alive(pid: int) -> bool:
    """Whether a process of that id exists and is not just waiting to be collected."""
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(found.strip()) and not found.startswith("Z")


def descendants(pid: int) -> list[int]:
    """The ids of all processes that `pid` started, directly or not."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = [tuple(map(int, line.split())) for line in found.splitlines()]
    children = [child for child, parent in parents if parent == pid]
    return [*children, *(below for child in children for below in descendants(child))]
