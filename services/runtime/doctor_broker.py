"""`groundswell doctor` on Kafka: whether it answers, how we are secured there, what we may do, and the topics."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from services.domain.errors import BrokerRefused, BrokerUnavailable, InvalidInput
from services.domain.messages import BudgetStatus
from services.kafka.addresses import split_addresses
from services.kafka.admin import admin
from services.kafka.broker import Broker, broker_of
from services.kafka.certificates import end_of, end_of_file
from services.kafka.check_rights import missing_rights
from services.kafka.codec import Codec
from services.kafka.create_topics import read_topics
from services.kafka.last_records import last_record
from services.kafka.reach import shake_hands
from services.kafka.rights import RIGHTS
from services.kafka.security import tls_context
from services.kafka.topics import BUDGET
from services.runtime.finding import Finding
from services.settings import Settings
from services.watchlists.budget_text import status_lines

SOON = timedelta(days=30)
"""A certificate that ends within it is noted."""


def broker_findings(settings: Settings) -> list[Finding]:
    """All that is to be said of the broker."""
    named = "servers" in settings.broker.model_fields_set
    try:
        broker = broker_of(settings)
        return list(_findings(broker))
    except InvalidInput as error:
        return [Finding("broker", "fix", str(error), "mend the setting; docs/kafka.md has them all")]
    except BrokerRefused as error:
        return [Finding("broker", "fix", str(error))]
    except BrokerUnavailable as error:
        advice = "start it, set GROUNDSWELL_BROKER, or do without: `groundswell up` brings its own"
        return [Finding("broker", "fix" if named else "note", str(error), advice)]


def _findings(broker: Broker) -> Iterator[Finding]:
    with admin(broker) as client:
        brokers = len(client.describe_cluster().get("brokers", ()))
        missing = {} if broker.security is None else missing_rights(client, RIGHTS)
    states = read_topics(broker)
    yield Finding("broker", "ok", f"{broker} answers; {brokers} broker(s)")
    yield from _security(broker)
    if broker.security is not None:
        yield _rights(broker, missing)
    lacking = missing.get("doctor", [])
    if unseen := [right for right in lacking if right.startswith("Describe")]:
        yield Finding("topics", "note", f"not looked at: no right to {unseen[0]}", "`groundswell topics acls doctor`")
        return
    bad = [state for state in states if state.problem]
    if bad:
        yield from (Finding(f"topic {s.topic.name}", "fix", s.problem, s.advice) for s in bad)
        return
    yield Finding("topics", "ok", f"all {len(states)} topics with the right partitions")
    if lacking:
        yield Finding("alert budget", "note", f"not read: no right to Read on {BUDGET.name}")
    else:
        yield _budget_status(broker)


def _security(broker: Broker) -> Iterator[Finding]:
    """The protocol in use, who we are, and when the certificates end."""
    if broker.security is None:
        yield Finding("Kafka's security", "ok", "PLAINTEXT: no encryption, no login")
        return
    yield Finding("Kafka's security", "ok", f"{broker.protocol} as {broker.login}")
    if not broker.encrypted:
        return
    context = tls_context(broker.security)
    for host, port in split_addresses(broker.servers):
        try:
            yield _certificate(f"certificate of {host}:{port}", end_of(shake_hands(broker, host, port, context)))
        except BrokerUnavailable as error:
            yield Finding(f"certificate of {host}:{port}", "note", str(error))
    if broker.security.certificate_file is not None:
        yield _certificate("our certificate", end_of_file(broker.security.certificate_file))


def _certificate(check: str, end: datetime) -> Finding:
    if end - datetime.now(UTC) > SOON:
        return Finding(check, "ok", f"valid until {end:%Y-%m-%d}")
    return Finding(check, "note", f"ends on {end:%Y-%m-%d}", "renew it before")


def _rights(broker: Broker, missing: dict[str, list[str]]) -> Finding:
    """Which processes could run as whoever we are; with one principal a service it is one."""
    may = [service for service, lacking in missing.items() if not lacking]
    found = f"{broker.login} may run: {', '.join(may) or 'nothing'}"
    others = [f"{service}: no {'; '.join(lacking)}" for service, lacking in missing.items() if lacking]
    if not others:
        return Finding("rights", "ok", found)
    return Finding("rights", "note", "\n".join([found, *others]), "`groundswell topics acls` prints what grants them")


def _budget_status(broker: Broker) -> Finding:
    """Which scores raise an alert at the budgets, as monitoring last said."""
    record = last_record(broker, BUDGET.name)
    if record is None:
        return Finding("alert budget", "note", "monitoring has not said yet which scores raise an alert")
    return Finding("alert budget", "ok", "\n".join(status_lines(Codec(BudgetStatus).decode(record))))
