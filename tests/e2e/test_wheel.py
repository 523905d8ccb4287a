"""The package as a wheel, installed outside of any clone: what works there, and what says in one line what it needs."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.domain.event_time import format_iso
from tests.factories import DAY, START
from tests.harness.brokers import ROOT
from tests.harness.streams import in_order, quiet, wave
from tests.harness.tiny_bundle import NAME, tiny_bundle

pytestmark = pytest.mark.slow
PACKAGES = ("services", "training")
NOT_SHIPPED = (".pyc", ".md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built of a copy of the sources with what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    run([sys.executable, "-m", "pip", "wheel", str(source), *options])
    return next(folder.glob("groundswell-*.whl"))


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`bin` of a fresh environment that has the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
    python = str(folder / "bin" / "python")
    run([sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", str(wheel)])
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A working directory with nothing in it."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def run(
    command: list[str], folder: Path | None = None, status: int = 0, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, without what is set here."""
    ran = subprocess.run(
        command, cwd=folder, env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", **(settings or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == status, ran.stderr[-3000:]
    return ran


def test_the_wheel_holds_all_files_of_the_packages_and_no_others(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.partition("/")[0].endswith(".dist-info")}
    there = {str(path.relative_to(ROOT)) for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()}
    licences = {"services/companies/data/README.md", "services/text/data/README.md"}
    assert packed == {name for name in there if not name.endswith(NOT_SHIPPED)} | licences


def test_the_installed_package_is_that_of_the_wheel(programs: Path, empty: Path) -> None:
    ran = run([str(programs / "python"), "-c", "import services; print(services.__file__)"], empty)
    assert Path(ran.stdout.strip()).is_relative_to(programs.parent)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["demo"], "run the demo in a clone of the repository, or set GROUNDSWELL_DEMO_STREAM and GROUNDSWELL_MODELS"),
        (["score-file", "in.jsonl", "out.jsonl"], "exported_models/zh-en-base/CURRENT: missing; it holds the version"),
    ],
)
def test_without_what_a_clone_has_one_line_says_what_is_needed(
    programs: Path, empty: Path, arguments: list[str], expected: str
) -> None:
    ran = run([str(programs / "groundswell"), *arguments], empty, status=1)
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 1)
    assert expected in ran.stderr
    assert "GROUNDSWELL_MODELS" in ran.stderr
    assert list(empty.iterdir()) == []


def test_doctor_says_what_is_missing(programs: Path, empty: Path) -> None:
    ran = run([str(programs / "groundswell"), "doctor", "--json"], empty, status=1)
    findings = {each["check"]: each for each in json.loads(ran.stdout)}
    assert [name for name, each in findings.items() if each["state"] == "fix"] == ["model"]
    assert "GROUNDSWELL_MODELS" in findings["model"]["advice"]
    assert "GROUNDSWELL_DEMO_STREAM" in findings["demo's stream"]["advice"]


def test_a_file_is_scored_by_a_model_that_is_named(programs: Path, empty: Path, tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    (empty / "in.jsonl").write_text('{"text": "bad"}\n{"text": "good earnings"}\n')
    settings = {"GROUNDSWELL_MODELS": str(tmp_path / "models"), "GROUNDSWELL_MODEL": NAME}
    run([str(programs / "groundswell"), "score-file", "in.jsonl", "out.jsonl"], empty, settings=settings)
    scored = [json.loads(line) for line in (empty / "out.jsonl").read_text().splitlines()]
    assert [max(each["sentiment"], key=each["sentiment"].get) for each in scored] == ["negative", "positive"]
    assert scored[1]["topics"]["earnings"] > 0.9


def test_the_demo_runs_over_a_stream_that_is_named(programs: Path, empty: Path, tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    texts = in_order(quiet(12), wave(20, START + 11 * DAY))
    stream = tmp_path / "stream.jsonl"
    lines = [
        {"id": text.event_id, "text": text.text, "created_at": format_iso(text.published_at), "tickers": ["JPM"],
         "author": text.author, "sentiment": text.sentiment}
        for text in texts
    ]  # fmt: skip
    stream.write_text("".join(json.dumps(line) + "\n" for line in lines))
    settings = {
        "GROUNDSWELL_MODELS": str(tmp_path / "models"),
        "GROUNDSWELL_MODEL": NAME,
        "GROUNDSWELL_DEMO_STREAM": str(stream),
    }
    ran = run([str(programs / "groundswell"), "demo", "--once", "--speed", "0"], empty, settings=settings)
    result = json.loads(ran.stdout.splitlines()[-1])
    assert [result[name] for name in ("texts", "scored", "dead")] == [len(texts), len(texts), 0]
    assert [(alert["entity"], alert["time"][:10]) for alert in result["alerts"]] == [("JPM", "2014-08-12")]
