"""The lock files: `lock.py write` adds what pyproject.toml needs and leaves all else as it is, `lock.py upgrade` takes
the newest of everything, `lock.py check` says whether they still fit pyproject.toml.

    test.txt      what training, tests and a running system need, resolved together
    serving.txt   the same versions of what a running system needs

Both hold for Linux and macOS (environment markers) and every supported Python. torch stands in neither: its
builds (CPU, CUDA, macOS) bring different packages of their own, so it is installed first, by name and version.
`check` needs no network: it compares the digest of the declared requirements and each pin with them.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent / "pyproject.toml"
EXTRAS = {"test.txt": ("train", "hub", "tracking", "dev"), "serving.txt": ()}
LEFT_OUT = re.compile(r"(torch|triton|nvidia|cuda)\b")
COMPILE = ["uv", "pip", "compile", "--universal", "--python-version", "3.11", "--quiet"]
PLAIN = ["--no-emit-index-url", "--no-annotate", "--no-header"]


def declared(name: str) -> list[str]:
    """The requirements in pyproject.toml that the lock file `name` has to meet."""
    project = tomllib.loads(PROJECT.read_text())["project"]
    optional = project["optional-dependencies"]
    return sorted([*project["dependencies"], *(line for extra in EXTRAS[name] for line in optional[extra])])


def digest(name: str) -> str:
    """Changes whenever a declared requirement does."""
    return hashlib.sha256(json.dumps(declared(name)).encode()).hexdigest()[:16]


def header(name: str) -> str:
    """The first line of a lock file."""
    return f"# Made from pyproject.toml by `make lock`; requirements {digest(name)}."


def write(name: str, options: list[str]) -> None:
    """Resolve and write one lock file; the serving lock keeps the versions of the test lock."""
    extras = [part for extra in EXTRAS[name] for part in ("--extra", extra)]
    pins = ["--constraint", str(HERE / "test.txt")] if name != "test.txt" else []
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(shutil.copy(HERE / name, folder))  # uv keeps the versions that stand in the file it writes
        subprocess.run([*COMPILE, *PLAIN, *extras, *pins, *options, "-o", str(kept), str(PROJECT)], check=True)
        found = kept.read_text()
    lines = [line for line in found.splitlines() if line and not LEFT_OUT.match(line)]
    (HERE / name).write_text("\n".join([header(name), *lines, ""]))
    print(f"requirements/{name}: {len(lines)} packages")


def problems(name: str) -> list[str]:
    """What no longer fits in one lock file."""
    lines = (HERE / name).read_text().splitlines()
    found = []
    if lines[0] != header(name):
        found.append("the requirements in pyproject.toml have changed")
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    for wanted in map(Requirement, declared(name)):
        if LEFT_OUT.match(wanted.name):
            continue
        versions = [
            next(iter(pin.specifier)).version
            for pin in pins
            if canonicalize_name(pin.name) == canonicalize_name(wanted.name)
        ]
        if not versions:
            found.append(f"{wanted.name} is missing")
        found += [f"expected {wanted}, got {v}" for v in versions if not wanted.specifier.contains(v)]
    return found


def main(action: str) -> int:
    """`write`, `upgrade` or `check`; the exit status."""
    if action in ("write", "upgrade"):
        for name in EXTRAS:
            write(name, ["--upgrade"] if action == "upgrade" else [])
        return 0
    found = [f"requirements/{name}: {problem}" for name in EXTRAS for problem in problems(name)]
    print("\n".join([*found, "run `make lock`"]) if found else "lock files are current")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
