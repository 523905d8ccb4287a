"""The command line in real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli import COMMANDS
from services.runtime.ports import free_port
from tests.brokers import ROOT
from tests.tiny_bundle import NAME, tiny_bundle

HEAVY = ("numpy", "onnxruntime", "faust", "kafka", "torch", "pydantic", "prometheus_client", "scipy")


def groundswell(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.cli", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", **settings},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_help_lists_every_command_and_imports_none() -> None:
    code = (
        "import sys\nfrom services.cli import main\nsys.argv = ['groundswell', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('imported', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [name for name in COMMANDS if f" {name} " not in ran.stdout] == []
    assert ran.stdout.splitlines()[-1] == "imported []"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_examples(name: str) -> None:
    ran = groundswell(name, "--help")
    assert ran.returncode == 0, ran.stderr
    groups = {
        "topics": ["create", "list"],
        "ingest": ["rss", "jsonl", "replay", "http"],
        "topic": ["add", "list", "remove"],
        "watchlists": ["check"],
    }
    if listed := groups.get(name):
        assert [sub for sub in listed if sub not in ran.stdout] == []
    else:
        assert "Examples:" in ran.stdout
        assert f"groundswell {name}" in ran.stdout


@pytest.mark.parametrize("name", ["train", "export", "evaluate"])
def test_without_torch_the_trainer_says_how_to_install_it(name: str) -> None:
    code = f"import sys; sys.modules['torch'] = None; sys.argv = ['groundswell', {name!r}, '--help']; " + (
        "from services import cli; cli.main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode == 0:  # the command imports torch only once it runs
        assert f"groundswell {name}" in ran.stdout
        return
    assert ran.returncode == 1
    assert ran.stderr.strip().splitlines() == [
        "groundswell: this command needs torch: install the training libraries: "
        "pip install 'groundswell[train]', or `make train-deps` in a clone"
    ]


@pytest.mark.parametrize(
    ("arguments", "settings", "expected"),
    [
        (["demo", "--once"], {"GROUNDSWELL_MODELS": "/nowhere"}, "/nowhere/zh-en-base/CURRENT: missing"),
        (["doctor"], {"GROUNDSWELL_METRICS_PORT": "many"}, "setting GROUNDSWELL_METRICS_PORT"),
        (["watchlists", "check", "/nowhere.yaml"], {}, "/nowhere.yaml: cannot be read: No such file or directory"),
        (["topics", "create", "--broker", "nonsense"], {}, "expected host:port[,host:port], got 'nonsense'"),
        (["topics", "create", "--wait", "0", "--broker", "127.0.0.1:1"], {}, "broker 127.0.0.1:1: nobody answers"),
    ],
)
def test_an_error_is_one_line_and_status_1(arguments: list[str], settings: dict[str, str], expected: str) -> None:
    ran = groundswell(*arguments, **settings)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("\n") == 1
    assert ran.stderr.startswith("groundswell: ")
    assert expected in ran.stderr


def test_topics_create_and_doctor_agree(broker: str, tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    settings = {
        "GROUNDSWELL_MODELS": str(tmp_path / "models"),
        "GROUNDSWELL_MODEL": NAME,
        "GROUNDSWELL_STATE_DIR": str(tmp_path / "state"),
    }
    created = groundswell("topics", "create", "--broker", broker)
    assert created.returncode == 0
    assert created.stdout.splitlines()[0].split() == ["there", "news.raw", "4", "partitions"]
    ran = groundswell("doctor", "--broker", broker, "--json", "--http-port", str(free_port()), **settings)
    findings = {each["check"]: each for each in json.loads(ran.stdout)}
    assert ran.returncode == 0
    assert findings["topics"]["state"] == "ok"
    assert findings["model"]["found"].startswith("tiny/1, fp32")
    assert findings["inference"]["found"].startswith("ONNX Runtime ")


def test_doctor_names_what_must_be_fixed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = {"GROUNDSWELL_MODELS": str(tmp_path), "GROUNDSWELL_STATE_DIR": str(tmp_path / "file" / "below")}
    ran = groundswell("doctor", "--broker", f"127.0.0.1:{free_port()}", "--json", **settings)
    states = {each["check"]: each["state"] for each in json.loads(ran.stdout)}
    assert ran.returncode == 1
    assert {name for name, state in states.items() if state == "fix"} == {"model", "state folder", "broker"}


def test_watchlists_check_shows_the_example() -> None:
    ran = groundswell("watchlists", "check", "deploy/watchlists.example.yaml")
    assert ran.returncode == 0, ran.stderr
    shown = ("Banks", "银行", "legal_regulation of JPM", "2 a day", "2 times for company:JPM", "22:00 to 07:00")
    ruled = ("Legal risk", "法律风险", "P(negative) at least 0.9", "2 sources within 1440 min")
    assert [each for each in (*shown, *ruled) if each not in ran.stdout] == []
    assert "note" not in ran.stdout


def test_watchlists_check_names_the_line_of_a_mistake_and_notes_unknown_companies(tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    settings = {"GROUNDSWELL_MODELS": str(tmp_path / "models"), "GROUNDSWELL_MODEL": NAME}
    path = tmp_path / "w.yaml"
    path.write_text("watchlists:\n  - name: a\n    companies: [700.HK, NOBODY]\n    alerts_per_day: 1\n")
    ran = groundswell("watchlists", "check", str(path), **settings)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-2:] == [
        "note 700.HK: the stream calls this company 00700.HK",
        "note NOBODY: not in the company dictionary; only texts whose source names it count",
    ]
    unchecked = groundswell("watchlists", "check", str(path), GROUNDSWELL_MODELS="/nowhere")
    assert "note topic ids were not checked: model bundle /nowhere/zh-en-base/CURRENT: missing" in unchecked.stdout

    path.write_text(path.read_text() + "    topics: [no_such_topic]\n")
    ran = groundswell("watchlists", "check", str(path), **settings)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(
        f"groundswell: {path}:5:14: watchlists[0].topics[0]: expected a topic that the model has, got 'no_such_topic'"
    )
