"""Which Kafka, and how it is talked to: what every client of ours is made from."""

from __future__ import annotations

from dataclasses import dataclass

from services.kafka.addresses import split_addresses
from services.kafka.check_security import check_security
from services.settings import KafkaSettings, Settings


@dataclass(frozen=True, slots=True)
class Broker:
    """The bootstrap servers, host:port[,host:port]; without `security` nothing is encrypted and nobody logs in."""

    servers: str
    security: KafkaSettings | None = None

    def __str__(self) -> str:
        return self.servers

    @property
    def protocol(self) -> str:
        """What its listener speaks, as Kafka calls it."""
        return self.security.security if self.security else "PLAINTEXT"

    @property
    def encrypted(self) -> bool:
        """Whether the connection is TLS."""
        return self.protocol in {"SSL", "SASL_SSL"}

    @property
    def has_login(self) -> bool:
        """Whether we log in there with SASL."""
        return self.protocol.startswith("SASL")

    @property
    def login(self) -> str:
        """Who we are there, in words."""
        if self.security is None:
            return "ANONYMOUS (no user is configured)"
        if self.has_login:
            return f"{self.security.sasl_user} ({self.security.sasl_mechanism})"
        if self.security.certificate_file is None:
            return "ANONYMOUS (no certificate is configured)"
        return f"the subject of {self.security.certificate_file}"

    def environment(self) -> dict[str, str]:
        """What makes a child process of ours talk to this broker; without security, ours is undone for it."""
        undone = {} if self.security else dict.fromkeys(KafkaSettings.variables().values(), "")
        return {"GROUNDSWELL_BROKER": self.servers, **undone}


def broker_of(settings: Settings) -> Broker:
    """The broker of the settings.

    :raises InvalidInput: when the address is none, or what is set does not go together.
    """
    split_addresses(settings.broker.servers)
    check_security(settings.kafka, settings.broker.servers)
    return Broker(settings.broker.servers, None if settings.kafka.security == "PLAINTEXT" else settings.kafka)
