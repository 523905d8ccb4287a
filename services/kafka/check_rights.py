"""Which rights of the table we have on a broker, as it says itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import AuthorizationError, KafkaError

from services.kafka.broker import Broker
from services.kafka.errors import missing_right
from services.kafka.rights import Rights
from services.kafka.topics import prefixed

SHOWN = 3
"""So many topics are named in one line."""
_DENIED = 29
"""TOPIC_AUTHORIZATION_FAILED: not even Describe."""
_ALL = frozenset({"CREATE", "DESCRIBE", "READ", "WRITE"})


def check_rights(broker: Broker, client: KafkaAdminClient, rights: Rights) -> None:
    """Return when nothing is missing. A broker without logins, where nobody could have rights, is not asked.

    :raises BrokerRefused: naming what is missing, and how it is granted.
    """
    if broker.security is None:
        return
    missing = missing_rights(client, [rights])[rights.service]
    if missing:
        raise missing_right(broker, " and ".join(missing), rights.service)


def missing_rights(client: KafkaAdminClient, rights: Iterable[Rights]) -> dict[str, list[str]]:
    """By service what it lacks, such as `Read on alerts, incidents`. Of a topic that is not there, only Describe is
    known.
    """
    rights = list(rights)
    names = {name for each in rights for _, topics in each.by_operation() for name in topics}
    allowed = {topic["name"]: _operations(topic) for topic in client.describe_topics(sorted(names))}
    found: dict[str, list[str]] = {}
    for each in rights:
        lacking = found[each.service] = []
        for operation, topics in each.by_operation():
            denied = [name for name in topics if operation.upper() not in allowed.get(name, _ALL)]
            if denied:
                more = f" and {len(denied) - SHOWN} more" if len(denied) > SHOWN else ""
                lacking.append(f"{operation} on {', '.join(denied[:SHOWN])}{more}")
        if each.group is not None and not _may_see_group(client, prefixed(each.group)):
            lacking.append(f"Read on the group {prefixed(each.group)}")
    return found


def _operations(topic: dict[str, Any]) -> frozenset[str]:
    """What we may do with a topic; all where the broker does not say, as the check is for those that do."""
    if topic["error_code"] == _DENIED:
        return frozenset()
    if topic["error_code"]:
        return _ALL
    return frozenset(topic["authorized_operations"]) or _ALL


def _may_see_group(client: KafkaAdminClient, group: str) -> bool:
    try:
        described = client.describe_groups([group])
    except AuthorizationError:
        return False
    except KafkaError:  # the coordinator of a new cluster is not there at once
        return True
    return "AUTHORIZATION" not in str(described.get(group, {}).get("error") or "").upper()
