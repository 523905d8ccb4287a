"""The whole chain on a Kafka with TLS, logins and ACLs: each process as itself, with the rights of the table alone."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from kafka.admin import ACL, ACLOperation, ACLPermissionType, ResourcePattern, ResourceType

from services.domain.errors import BrokerRefused
from services.domain.event_time import format_iso
from services.kafka.admin import admin
from services.kafka.kafka_connection import KafkaConnection
from services.kafka.reach import reach
from services.kafka.wait_for_broker import wait_for_broker
from services.runtime.child import Child
from services.runtime.doctor_broker import broker_findings
from services.runtime.finding import Finding
from tests.harness.brokers import ROOT, kafka_home
from tests.harness.certificates import Authority
from tests.harness.ingest_process import AUTHOR_KEY
from tests.harness.ports import free_port
from tests.harness.processes import running
from tests.harness.secured_kafka import ADMIN, PASSWORD, SecuredKafka, secured_kafka, why_no_secured_kafka
from tests.harness.streams import COMPANIES, raw_texts
from tests.harness.support import wait_until
from tests.harness.tiny_bundle import NAME, tiny_bundle
from tests.harness.token_endpoint import TokenEndpoint, token_endpoint

pytestmark = pytest.mark.slow

PREFIX = "acme."
MECHANISMS = {
    "groundswell-topics": "SCRAM-SHA-512",
    "groundswell-score": "SCRAM-SHA-256",
    "groundswell-monitor": "OAUTHBEARER",
    "groundswell-relay": "PLAIN",
    "groundswell-alerts": "SCRAM-SHA-512",
    "groundswell-doctor": "SCRAM-SHA-256",
    "groundswell-nobody": "SCRAM-SHA-512",
}
"""Ingest shows a certificate instead."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """The broker, and what processes need beside it."""

    kafka: SecuredKafka
    tokens: TokenEndpoint
    folder: Path

    def variables(self, service: str) -> dict[str, str]:
        """The settings of one process, which logs in as itself."""
        own = {
            "GROUNDSWELL_TOPIC_PREFIX": PREFIX,
            "GROUNDSWELL_MODELS": str(self.folder / "models"),
            "GROUNDSWELL_MODEL": NAME,
            "GROUNDSWELL_IDLE_SECONDS": "5",
            "GROUNDSWELL_STATE_DIR": str(self.folder / service),
            "GROUNDSWELL_METRICS_PORT": str(free_port()),
        }
        if service == "ingest":
            return own | self.kafka.certificate_settings(self.kafka.authority.folder / "groundswell-ingest.pem")
        mechanism = MECHANISMS[f"groundswell-{service}"]
        more = {"oauth_token_url": self.tokens.url} if mechanism == "OAUTHBEARER" else {}
        return own | self.kafka.settings(f"groundswell-{service}", mechanism, **more)

    @contextmanager
    def running(self, service: str, *arguments: str) -> Iterator[Child]:
        """`groundswell SERVICE ARGUMENTS` until the end of the block."""
        command = [sys.executable, "-m", "services.cli", service, *arguments]
        with running(Child(service, command, self.folder, self.variables(service))) as child:
            yield child


@pytest.fixture(scope="module", params=["kafka"])
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A secured broker; nobody has rights on it yet."""
    if why := why_no_secured_kafka():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("secured")
    tiny_bundle(folder / "models")
    scram_or_plain = {user: how for user, how in MECHANISMS.items() if how != "OAUTHBEARER"}
    with ExitStack() as stack:
        kafka = stack.enter_context(secured_kafka(folder, scram_or_plain))
        kafka.authority.issue("groundswell-ingest")
        tokens = stack.enter_context(token_endpoint(kafka.authority.folder / "localhost.pem", PASSWORD))
        yield Deployment(kafka, tokens, folder)


def groundswell(settings: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [sys.executable, "-m", "services.cli", *arguments],
        cwd=ROOT, env={"PATH": os.environ["PATH"], "COLUMNS": "200", **settings},
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


def printed_commands(service: str, broker: str, principal: str) -> list[list[str]]:
    """What `groundswell topics acls` prints, in words."""
    arguments = ("topics", "acls", service, "--principal", principal, "--broker", broker)
    printed = groundswell({"GROUNDSWELL_TOPIC_PREFIX": PREFIX}, *arguments).stdout
    return [shlex.split(line) for line in printed.splitlines() if not line.startswith("#")]


def grant(deployment: Deployment, service: str, principal: str) -> None:
    """Do what the printed commands do, without starting Java for each."""
    kafka = deployment.kafka
    rules = []
    for words in printed_commands(service, kafka.sasl, principal):
        options = list(pairwise(words))
        operation = next(value for name, value in options if name == "--operation")
        assert ("--allow-principal", principal) in options
        resources = [(ResourceType.TOPIC, value) for name, value in options if name == "--topic"]
        resources += [(ResourceType.GROUP, value) for name, value in options if name == "--group"]
        assert resources
        assert all(name.startswith(PREFIX) for _, name in resources)
        rules += [
            ACL(principal, "*", ACLOperation[operation.upper()], ACLPermissionType.ALLOW, ResourcePattern(kind, name))
            for kind, name in resources
        ]
    with admin(kafka.broker(kafka.settings(ADMIN, "PLAIN"))) as client:
        assert client.create_acls(rules)["failed"] == []


def test_a_missing_right_is_one_line_and_the_command_that_it_names_grants_it(
    deployment: Deployment, tmp_path: Path
) -> None:
    settings, kafka = deployment.variables("topics"), deployment.kafka
    refused = groundswell(settings, "topics", "create")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [
        f"groundswell: Kafka broker {kafka.sasl}: no right to Create on acme.news.raw, acme.comments.raw, "
        "acme.opinions.scored and 8 more and Describe on acme.news.raw, acme.comments.raw, acme.opinions.scored and 8 "
        "more as groundswell-topics (SCRAM-SHA-512); `groundswell topics acls topics` prints what grants it"
    ]
    login = f'username="{ADMIN}" password="{PASSWORD}"'
    properties = tmp_path / "admin.properties"
    properties.write_text(
        "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nssl.truststore.type=PEM\n"
        f"ssl.truststore.location={kafka.authority.ca_file}\n"
        f"sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required {login};\n"
    )
    for program, *arguments in printed_commands("topics", kafka.sasl, "User:groundswell-topics"):
        command = ["bash", str(kafka_home() / "bin" / program), *arguments]
        subprocess.run(
            command, check=True, capture_output=True, cwd=tmp_path, env={**os.environ, "LOG_DIR": str(tmp_path)}
        )
    created = groundswell(settings, "topics", "create")
    assert created.returncode == 0, created.stderr
    assert {line.split()[0] for line in created.stdout.splitlines()} == {"created"}
    assert created.stdout.splitlines()[0].split()[1] == "acme.news.raw"


def test_the_chain_runs_with_one_principal_a_service(deployment: Deployment, tmp_path: Path) -> None:
    for service in ("score", "monitor", "relay", "alerts"):
        grant(deployment, service, f"User:groundswell-{service}")
    grant(deployment, "ingest", "User:CN=groundswell-ingest")
    texts = tmp_path / "texts.jsonl"
    lines = [
        {
            "id": text.event_id,
            "text": text.text,
            "created_at": format_iso(text.published_at),
            "author": text.author,
            "tickers": list(text.tickers or ()),
            "sentiment": text.sentiment,
        }
        for text in raw_texts(COMPANIES[:1])
    ]
    texts.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with ExitStack() as stack:
        workers = [stack.enter_context(deployment.running(service)) for service in ("score", "monitor", "relay")]
        ingested = groundswell(
            {**deployment.variables("ingest"), "GROUNDSWELL_AUTHOR_KEY": AUTHOR_KEY},
            "ingest",
            "replay",
            str(texts),
            "--speed",
            "0",
        )
        assert (ingested.returncode, json.loads(ingested.stdout)) == (
            0,
            {"texts": len(lines), "repeated": 0, "dead": 0, "reasons": {}},
        )

        def listed() -> list[dict[str, object]]:
            assert [(child.name, child.poll()) for child in workers] == [(child.name, None) for child in workers]
            ran = groundswell(deployment.variables("alerts"), "alerts", "list", "--json")
            assert ran.returncode == 0, ran.stderr
            return [json.loads(line) for line in ran.stdout.splitlines()]

        found = wait_until(listed, 180, "the relay has written the incident")
        assert [incident["entity"] for incident in found] == [COMPANIES[0]]
        assert [child.log.read_text().count("no right to") for child in workers] == [0, 0, 0]
    assert deployment.tokens.given == 1, "one token for all connections of monitoring"


def test_a_worker_without_rights_says_so_once_a_step_and_goes_on_when_they_come(deployment: Deployment) -> None:
    nobody = deployment.kafka.settings("groundswell-nobody")
    child = Child(
        "nobody", [sys.executable, "-m", "services.cli", "score"], deployment.folder,
        {**deployment.variables("score"), **nobody, "GROUNDSWELL_STATE_DIR": str(deployment.folder / "nobody")},
    )  # fmt: skip
    child.start()
    try:
        line = "no right to Read on acme.news.raw, acme.comments.raw and Write on acme.opinions.scored"
        wait_until(lambda: child.log.read_text().count(line) >= 2, 120, "it says what is missing")
        assert "Traceback" not in child.log.read_text()
        assert "`groundswell topics acls score` prints what grants it (next try in " in child.log.read_text()
        grant(deployment, "score", "User:groundswell-nobody")
        wait_until(lambda: _is_member(deployment), 120, "it joins its group")
        assert child.poll() is None
    finally:
        child.ask_to_stop()
        child.wait(30)


def _is_member(deployment: Deployment) -> bool:
    kafka = deployment.kafka
    with admin(kafka.broker(kafka.settings(ADMIN, "PLAIN"))) as client:
        return bool(client.describe_groups(["acme.groundswell-score"])["acme.groundswell-score"]["members"])


def test_doctor_says_how_it_is_secured_and_what_may_run(deployment: Deployment) -> None:
    grant(deployment, "doctor", "User:groundswell-doctor")
    ran = groundswell(deployment.variables("doctor"), "doctor", "--json", "--http-port", str(free_port()))
    findings = {each["check"]: each for each in json.loads(ran.stdout)}
    assert ran.returncode == 0, ran.stderr
    assert findings["Kafka's security"]["found"] == "SASL_SSL as groundswell-doctor (SCRAM-SHA-256)"
    certificate = findings[f"certificate of {deployment.kafka.sasl}"]
    assert (certificate["state"], certificate["advice"]) == ("note", "renew it before")
    assert certificate["found"].startswith("ends on 2")
    first, *others = findings["rights"]["found"].splitlines()
    assert first == "groundswell-doctor (SCRAM-SHA-256) may run: doctor"
    assert "ingest: no Write on acme.news.raw, acme.comments.raw, acme.opinions.dead" in others
    assert findings["topics"]["state"] == "ok"


def test_doctor_does_not_call_a_topic_missing_that_it_may_not_see(deployment: Deployment) -> None:
    settings = deployment.kafka.loaded(deployment.kafka.settings("groundswell-nobody"))
    findings = {each.check: each for each in broker_findings(settings)}
    assert findings["broker"].state == "ok"
    assert findings["topics"] == Finding(
        "topics",
        "note",
        "not looked at: no right to Describe on news.raw, comments.raw, opinions.scored and 8 more",
        "`groundswell topics acls doctor`",
    )


def test_each_fault_is_one_clear_line(deployment: Deployment, tmp_path: Path) -> None:
    kafka = deployment.kafka
    login = kafka.settings("groundswell-alerts")
    shown = kafka.certificate_settings(kafka.authority.folder / "groundswell-ingest.pem")
    strange = Authority(tmp_path, "other")
    own_ca, broker, mechanism = ("GROUNDSWELL_KAFKA_CA_FILE", "GROUNDSWELL_BROKER", "GROUNDSWELL_KAFKA_SASL_MECHANISM")
    eve = kafka.certificate_settings(strange.issue("eve")) | {own_ca: str(kafka.authority.ca_file)}
    faults: list[tuple[dict[str, str], str]] = [
        (
            login | {mechanism: "SCRAM-SHA-256"},
            "the login as groundswell-alerts (SCRAM-SHA-256) failed: check GROUNDSW",
        ),
        (login | {"GROUNDSWELL_KAFKA_SASL_USER": "unknown"}, "the login as unknown (SCRAM-SHA-512) failed: check GRO"),
        (login | {broker: kafka.expired}, f"the certificate that {kafka.expired} shows has expired: renew it on the"),
        (login | {own_ca: str(strange.ca_file)}, "is signed by a CA that is not known here: set GROUNDSWELL_KAFKA_CA"),
        (
            login | {broker: kafka.sasl.replace("localhost", "127.0.0.1")},
            "is not made for 127.0.0.1: use the name that",
        ),
        (
            login | {broker: kafka.mtls},
            f"{kafka.mtls} wants a certificate of ours: check GROUNDSWELL_KAFKA_CERTIFICATE",
        ),
        (eve, f"{kafka.mtls} does not take our certificate: GROUNDSWELL_KAFKA_CERTIFICATE_FILE must be signed by"),
    ]
    for settings, words in faults:
        with pytest.raises(BrokerRefused) as refused:
            wait_for_broker(kafka.broker(settings), 60)
        assert words in str(refused.value)
        assert "\n" not in str(refused.value)
    reach(kafka.broker(login))
    reach(kafka.broker(shown))


def test_without_the_right_to_read_a_command_ends_with_one_line(deployment: Deployment) -> None:
    nobody = {**deployment.variables("alerts"), **deployment.kafka.settings("groundswell-nobody")}
    ran = groundswell(nobody, "alerts", "list")
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
    assert (
        "no right to Read on acme.incidents as groundswell-nobody (SCRAM-SHA-512); `groundswell topics acls`"
        in ran.stderr
    )


def test_without_the_right_to_write_ingest_does_not_connect(deployment: Deployment) -> None:
    nobody = deployment.kafka.broker(deployment.kafka.settings("groundswell-nobody"))
    connection = KafkaConnection(nobody, ["news.raw"], "test")
    with pytest.raises(
        BrokerRefused, match=r"no right to Write on news\.raw, comments\.raw, opinions\.dead as groundswell"
    ):
        connection.connect()


def test_a_token_that_is_not_given_or_not_taken_is_one_clear_line(deployment: Deployment) -> None:
    kafka = deployment.kafka

    def refusal(url: str) -> str:
        with pytest.raises(BrokerRefused) as refused:
            reach(kafka.broker(kafka.settings("groundswell-monitor", "OAUTHBEARER", oauth_token_url=url)))
        return str(refused.value)

    nowhere = f"https://localhost:{free_port()}/token"
    assert f"no token for groundswell-monitor from {nowhere}: " in refusal(nowhere)
    with token_endpoint(kafka.authority.folder / "localhost.pem", PASSWORD, life_seconds=-3600) as expired:
        assert "the login as groundswell-monitor (OAUTHBEARER) failed: check GROUNDSWELL_KAFKA" in refusal(expired.url)


def test_commands_with_a_wrong_password_end_with_one_line(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "groundswell_kafka_sasl_password").write_text("mistaken")
    for service, *command in (("alerts", "alerts", "list"), ("topics", "topics", "create")):
        ran = groundswell(deployment.variables(service) | {"GROUNDSWELL_SECRETS_DIR": str(tmp_path)}, *command)
        assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (1, "", 1)
        login = f"the login as groundswell-{service} (SCRAM-SHA-512)"
        assert f"{login} failed: check GROUNDSWELL_KAFKA_SASL_USER" in ran.stderr
        assert "mistaken" not in ran.stderr
