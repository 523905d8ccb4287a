"""`groundswell alerts` in real processes, against real brokers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from services.domain.messages import IncidentCleared, IncidentRaised, IncidentRecord
from services.kafka.broker import Broker
from services.kafka.codec import encode
from services.kafka.create_topics import create_topics
from services.kafka.topics import ALERTS, INCIDENTS
from services.runtime.child import Child
from tests.factories import ESCALATED, HOUR, MINUTE, TIME, cleared, raised, record_of
from tests.harness import processes
from tests.harness.brokers import ROOT, embedded_broker
from tests.harness.ports import free_port
from tests.harness.support import produce, wait_until

COMMAND = [sys.executable, "-m", "services.cli", "alerts"]
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "COLUMNS": "120"}
PATIENCE = 90.0

APPLE = raised()
OVER = cleared(ESCALATED, severity=4, score=4.0, p_value=1e-7)
EARNINGS = raised(id="topic:earnings@2014-09-03", kind="topic", entity="earnings", time=TIME + HOUR, severity=3)
OLD = raised(id="company:BAC@2013-09-03", entity="BAC", time=TIME - 365 * 24 * HOUR, watchlists=("banks",))


def alerts(broker: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *arguments, "--broker", broker]
    return subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)


def send(broker: str, *messages: IncidentRaised | IncidentCleared) -> None:
    produce(broker, ALERTS.name, [(f"{m.kind}:{m.entity}".encode(), encode(m)) for m in messages])


def keep(broker: str, *records: IncidentRecord) -> None:
    produce(broker, INCIDENTS.name, [(record.raised.id.encode(), encode(record)) for record in records])


def test_list_and_show_fold_both_topics(fresh_broker: str) -> None:
    empty = alerts(fresh_broker, "list")
    assert (empty.returncode, empty.stdout.splitlines()[0], empty.stderr) == (0, "No incidents 无.", "")
    send(fresh_broker, APPLE, EARNINGS, ESCALATED, OVER, APPLE)
    keep(fresh_broker, record_of(OLD, cleared(OLD)), record_of(APPLE))
    produce(fresh_broker, ALERTS.name, [(b"company:X", b"\x1b{")])

    listed = alerts(fresh_broker, "list", "--json")
    found = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [(each["id"], each["open"], each["cleared_at"], each["severity"], each["score"]) for each in found] == [
        (EARNINGS.id, True, None, 3, 1.25),
        (APPLE.id, False, "2014-09-03T20:11:00Z", 4, 4.0),
        (OLD.id, False, "2013-09-03T19:41:00Z", 2, 1.25),
    ]
    assert listed.stderr.startswith(
        "groundswell: records left out: 1, the first: alerts, partition 0, offset 5: invalid_json: "
    )
    chosen = alerts(fresh_broker, "list", "--json", "--since", "2014-09-01", "--severity", "3", "--limit", "1")
    assert [json.loads(line)["id"] for line in chosen.stdout.splitlines()] == [EARNINGS.id]
    table = alerts(fresh_broker, "list").stdout
    for shown in ("● 3 high 高", "topic:earnings", "○ 4 critical 严重", "company:BAC", "3 shown, 1 open."):
        assert shown in table

    full = alerts(fresh_broker, "show", "company:AAPL")
    assert full.returncode == 0
    assert full.stdout.startswith(f"○ 4 critical 严重  company:AAPL  negative 负面\n{APPLE.id}\n")
    steps = json.loads(alerts(fresh_broker, "show", APPLE.id, "--json").stdout)["history"]
    assert [each["step"] for each in steps] == ["raised", "escalated", "cleared"]
    unknown = alerts(fresh_broker, "show", "company:APL")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.splitlines()[-1] == (
        "groundswell: incident 'company:APL': there is none; near it: company:AAPL, company:BAC"
    )


def test_a_broker_that_is_not_there_or_lacks_the_topic_is_one_line(tmp_path: Path) -> None:
    nobody = f"127.0.0.1:{free_port()}"
    for command in ("list", "follow"):
        ran = alerts(nobody, command)
        assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
        assert ran.stderr.startswith(f"groundswell: Kafka broker {nobody}: nobody answers there; is it running")
    with embedded_broker(tmp_path) as bare:
        for command, topic in (("list", "incidents"), ("follow", "alerts")):
            ran = alerts(bare, command)
            missing = f"has no topic {topic}: run `groundswell topics create`"
            assert (ran.returncode, ran.stdout) == (1, "")
            assert ran.stderr == f"groundswell: Kafka broker {bare}: {missing}\n"


class Follower:
    """A running `groundswell alerts follow`."""

    def __init__(self, folder: Path, broker: str, *options: str) -> None:
        self.child = Child("follow", [*COMMAND, "follow", "--broker", broker, *options], folder, ENVIRONMENT)
        self.child.start()

    def lines(self) -> list[str]:
        """What it has printed."""
        return self.child.out.read_text(encoding="utf-8").splitlines()

    def told(self) -> list[tuple[str, str]]:
        """(step, id) of each message it has printed as JSON."""
        return [(each["step"], each["id"]) for each in map(json.loads, self.lines())]

    def errors(self) -> str:
        """What it has said on standard error."""
        return self.child.log.read_text(encoding="utf-8")


@contextmanager
def following(folder: Path, broker: str, *options: str) -> Iterator[Follower]:
    follower = Follower(folder, broker, *options)
    try:
        yield follower
    finally:
        follower.child.ask_to_stop()
        follower.child.wait()


def test_follow_tells_what_comes_and_ends_on_ctrl_c(broker: str, tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # where it is ignored a child would ignore it too
    known = raised(id="company:KNOWN@1", entity="KNOWN")
    escalated = raised(id=known.id, entity="KNOWN", revision=1, severity=4, time=TIME + MINUTE)
    sent: list[IncidentRaised] = []
    send(broker, known)

    def answered() -> list[str]:
        sent.append(raised(id=f"company:NEW@{len(sent)}", entity="NEW", time=TIME + len(sent)))
        send(broker, sent[-1])
        return follower.lines()

    with following(tmp_path, broker, "--json") as follower:
        wait_until(answered, PATIENCE, "the first line")
        send(broker, known, escalated, cleared(escalated))
        wait_until(lambda: ("cleared", known.id) in follower.told(), PATIENCE, "the end of the incident")
        processes.send(follower.child, signal.SIGINT)
        wait_until(lambda: follower.child.poll() is not None, PATIENCE, "the end of the process")
    told = follower.told()
    assert told[-2:] == [("escalated", known.id), ("cleared", known.id)]
    assert told[:-2] == [("raised", each.id) for each in sent][2 - len(told) :]
    assert (follower.child.poll(), follower.errors()) == (0, "")


def test_follow_since_filters_and_prints_lines_for_people(broker: str, tmp_path: Path) -> None:
    mine = {"id": "company:MINE@1", "entity": "MINE", "watchlists": ("mine",)}
    worse = raised(**mine, time=TIME + HOUR, severity=3, revision=1)
    other = raised(id="company:OTHER@1", entity="OTHER", severity=4)
    before = raised(id="company:MINE@0", entity="MINE", watchlists=("mine",), severity=4, time=TIME - 24 * HOUR)
    send(broker, before, raised(**mine), other, worse, cleared(worse, severity=3))
    options = ("--since", "2014-09-03", "--severity", "3", "--watchlist", "mine")
    with following(tmp_path, broker, *options) as follower:
        wait_until(lambda: len(follower.lines()) >= 3, PATIENCE, "three lines")
    assert follower.lines() == [
        "2014-09-03 16:41 UTC  escalated 升级  3 high 高  company:MINE  negative 负面"
        "  8.1 against 0.7 expected in 4 h, p 0.0003  [mine]",
        "    97 % negative 负面, seen 3 times, twitter:"
        " Apple's iCloud was hacked and the pictures are everywhere, sell now",
        "2014-09-03 20:41 UTC  cleared 解除  3 high 高  company:MINE  negative 负面  after 4 h",
    ]


def test_follow_ends_quietly_when_nobody_reads_it(broker: str) -> None:
    send(broker, raised(id="company:PIPE@1", entity="PIPE", watchlists=("pipe",)))
    command = [*COMMAND, "follow", "--since", "2014-01-01", "--watchlist", "pipe", "--json", "--broker", broker]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["id"] == "company:PIPE@1"
        process.stdout.close()
        assert (process.wait(PATIENCE), process.stderr.read()) == (0, b"")


def test_follow_goes_on_after_a_restart_of_the_broker(tmp_path: Path) -> None:
    port = free_port()
    with ExitStack() as running:
        broker = running.enter_context(embedded_broker(tmp_path / "first", port))
        create_topics(Broker(broker), 1)
        send(broker, APPLE, ESCALATED, EARNINGS)
        with following(tmp_path, broker, "--since", "2014-01-01", "--json") as follower:
            wait_until(lambda: len(follower.lines()) == 3, PATIENCE, "three messages")
            running.close()
            gone, back = f"{broker} does not answer; trying again\n", f"{broker} answers again\n"
            wait_until(lambda: gone in follower.errors(), PATIENCE, "the complaint")
            running.enter_context(embedded_broker(tmp_path / "second", port))
            create_topics(Broker(broker), 1)
            send(broker, APPLE)
            send(broker, OVER)
            wait_until(lambda: len(follower.lines()) == 4, PATIENCE, "the next message")
            wait_until(lambda: back in follower.errors(), PATIENCE, "that all is well")
    assert follower.told()[2:] == [("raised", EARNINGS.id), ("cleared", APPLE.id)]
    assert len(follower.errors().splitlines()) == 2
