"""The command line in real processes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli import COMMANDS
from services.domain.event_time import format_iso
from tests.factories import DAY, START
from tests.harness.brokers import ROOT
from tests.harness.ports import free_port
from tests.harness.streams import in_order, quiet, wave
from tests.harness.tiny_bundle import NAME, tiny_bundle

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
        "topics": ["create", "list", "acls"],
        "ingest": ["rss", "jsonl", "replay", "http"],
        "topic": ["add", "list", "remove"],
        "watchlists": ["check"],
        "companies": ["find", "show"],
        "alerts": ["list", "show", "follow"],
        "texts": ["tail", "find"],
        "dead": ["list", "show", "retry"],
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
    assert findings["alert budget"]["state"] == "note"


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
    shown = ("Banks", "银行", "legal_regulation of JPM", "2 alerts a day", "2 times for company:JPM", "22:00 to 07:00")
    ruled = ("Legal risk", "法律风险", "P(negative) at least 0.9", "2 sources within 1440 min")
    assert [each for each in (*shown, *ruled) if each not in ran.stdout] == []
    assert "note" not in ran.stdout


def test_watchlists_check_names_the_line_of_a_mistake_and_refuses_unknown_companies(tmp_path: Path) -> None:
    tiny_bundle(tmp_path / "models")
    settings = {"GROUNDSWELL_MODELS": str(tmp_path / "models"), "GROUNDSWELL_MODEL": NAME}
    path = tmp_path / "w.yaml"
    path.write_text("watchlists:\n  - name: a\n    companies: [700.HK, META]\n    alerts_per_day: 1\n")
    ran = groundswell("watchlists", "check", str(path), **settings)
    assert ran.returncode == 0, ran.stderr
    rows = [
        [cell.strip() for cell in line.split("│")[1:-1]] for line in ran.stdout.splitlines() if line.startswith("│")
    ]
    assert rows[-2:] == [["700.HK", "00700.HK", "Tencent 腾讯"], ["META", "FB", "Facebook 脸书"]]
    unchecked = groundswell("watchlists", "check", str(path), GROUNDSWELL_MODELS="/nowhere")
    assert "note topic ids were not checked: model bundle /nowhere/zh-en-base/CURRENT: missing" in unchecked.stdout

    unknown = tmp_path / "unknown.yaml"
    unknown.write_text(path.read_text().replace("META", "METTA"))
    ran = groundswell("watchlists", "check", str(unknown), **settings)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(
        f"groundswell: {unknown}:3:25: watchlists[0].companies[1]: expected a company that the dictionary or "
        "GROUNDSWELL_COMPANIES has, got 'METTA' (nearest: "
    )
    own = tmp_path / "own.yaml"
    own.write_text("companies: [{id: METTA, en: Metta Labs}]")
    ran = groundswell("watchlists", "check", str(unknown), **settings, GROUNDSWELL_COMPANIES=str(own))
    assert (ran.returncode, "Metta Labs" in ran.stdout) == (0, True)

    path.write_text(path.read_text() + "    topics: [no_such_topic]\n")
    ran = groundswell("watchlists", "check", str(path), **settings)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith(
        f"groundswell: {path}:5:14: watchlists[0].topics[0]: expected a topic that the model has, got 'no_such_topic'"
    )


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve quiet days of one company and a wave on the last of them, with given sentiment; one line is bad."""
    path = tmp_path_factory.mktemp("history") / "history.jsonl"
    lines = [
        {
            "id": text.event_id,
            "text": text.text,
            "created_at": format_iso(text.published_at),
            "author": text.author,
            "source": "forum",
            "tickers": ["JPM"],
            "sentiment": text.sentiment,
        }
        for text in in_order(quiet(12), wave(20, START + 11 * DAY))
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in [*lines, {"id": "no date", "text": "no date"}]))
    return path


def test_backtest_writes_alerts_with_p_values_and_a_report(history: Path, tmp_path: Path) -> None:
    alerts, report, events = tmp_path / "alerts.jsonl", tmp_path / "report.html", tmp_path / "events.jsonl"
    labelled = {"entity": "JPM", "start": "2014-08-12", "end": "2014-08-12", "label": "negative"}
    events.write_text(json.dumps(labelled) + "\n")
    options = ["--alerts", str(alerts), "--report", str(report), "--events", str(events), "--alerts-per-day", "0.05"]
    ran = groundswell("backtest", str(history), *options)
    assert ran.returncode == 3, ran.stderr  # for the line without a date
    found = json.loads(ran.stdout.splitlines()[-1])
    raised = [json.loads(line) for line in alerts.read_text().splitlines()]
    assert [(each["entity"], each["time"][:10]) for each in raised] == [("JPM", "2014-08-12")]
    assert 0 < raised[0]["p_value"] < 0.05
    assert found["texts"] == 12 * 6 + 20
    assert [found[name] for name in ("repeated", "dead", "alerts", "keys", "threshold")] == [0, 1, 1, 1, None]
    assert found["budget"] == pytest.approx(5.0, rel=0.01)
    assert found["alerts_per_100_key_days"] == pytest.approx(100 / found["key_days"], rel=0.01)
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Measured against 1 labelled negative events" in page
    assert "budget × 1 (chosen 所选)" in page
    assert f"p = {raised[0]['p_value']:.2g}" in page
    assert sum(each["text"] in page for each in raised[0]["evidence"]) >= 5

    plain = tmp_path / "plain.jsonl"
    ran = groundswell("backtest", str(history), "--alerts", str(plain), "--alerts-per-day", "0.05")
    assert json.loads(ran.stdout.splitlines()[-1]) == found
    assert plain.read_bytes() == alerts.read_bytes()


def test_backtest_takes_a_threshold_or_watchlists(history: Path, tmp_path: Path) -> None:
    alerts, report, lists = tmp_path / "alerts.jsonl", tmp_path / "report.html", tmp_path / "w.yaml"
    options = ["--alerts", str(alerts), "--report", str(report), "--threshold", "0.8"]
    ran = groundswell("backtest", str(history), *options)
    found = json.loads(ran.stdout.splitlines()[-1])
    assert (found["budget"], found["threshold"], found["alerts"]) == (None, 0.8, 1)
    assert [each in report.read_text() for each in ("score 1.60", "score 0.80 (chosen 所选)", "score 0.40")] == [
        True
    ] * 3

    lists.write_text("watchlists:\n  - name: others\n    companies: [BAC]\n    alerts_per_day: 1\n")
    ran = groundswell("backtest", str(history), "--alerts", str(alerts), "--watchlists", str(lists))
    found = json.loads(ran.stdout.splitlines()[-1])
    assert [found[name] for name in ("texts", "alerts", "keys", "budget")] == [92, 0, 0, None]
    assert alerts.read_text() == ""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            ["--alerts-per-day", "1", "--threshold", "1"],
            "--alerts-per-day and --threshold: expected one of them, got both",
        ),
        (["--alerts-per-day", "1", "--watchlists", "w"], "--alerts-per-day and --watchlists: expected one of them"),
        (["--alerts-per-day", "0"], "--alerts-per-day: expected a number above 0, got 0"),
        (["--threshold", "nan"], "--threshold: expected a number above 0, got nan"),
        (["--events", "e.jsonl"], "--events: expected --report beside it"),
        (["--report", "/nowhere/r.html"], "/nowhere/r.html: cannot be written: there is no folder /nowhere"),
        (["--watchlists", "/nowhere.yaml"], "/nowhere.yaml: cannot be read: No such file or directory"),
    ],
)
def test_backtest_refuses_what_makes_no_sense(history: Path, tmp_path: Path, options: list[str], expected: str) -> None:
    alerts = tmp_path / "alerts.jsonl"
    ran = groundswell("backtest", str(history), "--alerts", str(alerts), *options)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert ran.stderr.startswith(f"groundswell: {expected}")
    assert not alerts.exists()


def test_what_is_read_is_never_overwritten(history: Path, tmp_path: Path) -> None:
    before, page = history.read_bytes(), tmp_path / "page.html"
    link = tmp_path / "link.jsonl"
    link.symlink_to(history)
    for command in (
        ["backtest", str(history), "--alerts", str(history)],
        ["backtest", str(history), "--alerts", str(tmp_path / "a.jsonl"), "--report", str(link)],
        ["score-file", str(history), str(link)],
    ):
        ran = groundswell(*command)
        assert (ran.returncode, ran.stdout) == (1, "")
        assert "which is read: it would be overwritten" in ran.stderr
        assert history.read_bytes() == before
    ran = groundswell("backtest", str(history), "--alerts", str(page), "--report", str(page))
    assert "--report: expected another file than --alerts" in ran.stderr


def test_a_file_that_brings_sentiments_is_told_that_it_has_no_topics(history: Path, tmp_path: Path) -> None:
    ran = groundswell("backtest", str(history), "--alerts", str(tmp_path / "alerts.jsonl"))
    assert "no topics are found: companies alone are followed; --model NAME finds topics too" in ran.stderr
