"""A real Apache Kafka with TLS, logins and ACLs (deny by default): one listener for logins, one for certificates, and
one whose own certificate has expired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.domain.errors import BrokerUnavailable
from services.kafka.broker import Broker, broker_of
from services.kafka.reach import reach
from services.settings import Settings, load_settings
from tests.harness.brokers import run_kafka, why_no_kafka
from tests.harness.certificates import OPENSSL, Authority
from tests.harness.ports import free_port
from tests.harness.support import wait_until

ADMIN = "admin"
PASSWORD = "only-for-tests"
_LOGIN = "org.apache.kafka.common.security"
_SERVER = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=SASL://localhost:{sasl},MTLS://localhost:{mtls},EXPIRED://localhost:{expired},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=SASL:SASL_SSL,MTLS:SSL,EXPIRED:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=SASL
sasl.mechanism.inter.broker.protocol=PLAIN
controller.listener.names=CONTROLLER
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{admin};User:ANONYMOUS
ssl.keystore.type=PEM
ssl.keystore.location={folder}/localhost.pem
ssl.truststore.type=PEM
ssl.truststore.location={folder}/ca.pem
listener.name.mtls.ssl.client.auth=required
listener.name.expired.ssl.keystore.type=PEM
listener.name.expired.ssl.keystore.location={folder}/expired.pem
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER
listener.name.expired.sasl.enabled.mechanisms=PLAIN
listener.name.sasl.scram-sha-256.sasl.jaas.config={login}.scram.ScramLoginModule required;
listener.name.sasl.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;
listener.name.sasl.plain.sasl.jaas.config={login}.plain.PlainLoginModule required {plain};
listener.name.expired.plain.sasl.jaas.config={login}.plain.PlainLoginModule required {plain};
listener.name.sasl.oauthbearer.sasl.jaas.config={login}.oauthbearer.OAuthBearerLoginModule required \
unsecuredLoginStringClaim_sub="{admin}";
"""


@dataclass(frozen=True, slots=True)
class SecuredKafka:
    """Its addresses, its CA, and the folder of the secret files."""

    sasl: str
    mtls: str
    expired: str
    authority: Authority
    secrets: Path

    def settings(self, user: str, mechanism: str = "SCRAM-SHA-512", **more: str) -> dict[str, str]:
        """The variables of a process that logs in as `user`; `more` by their names behind GROUNDSWELL_KAFKA_."""
        found = {
            "GROUNDSWELL_BROKER": self.sasl,
            "GROUNDSWELL_SECRETS_DIR": str(self.secrets),
            "GROUNDSWELL_KAFKA_SECURITY": "SASL_SSL",
            "GROUNDSWELL_KAFKA_CA_FILE": str(self.authority.ca_file),
            "GROUNDSWELL_KAFKA_SASL_MECHANISM": mechanism,
            "GROUNDSWELL_KAFKA_SASL_USER": user,
        }
        return found | {f"GROUNDSWELL_KAFKA_{name.upper()}": value for name, value in more.items()}

    def certificate_settings(self, certificate: Path) -> dict[str, str]:
        """The variables of a process that shows a certificate of `Authority.issue`."""
        return {
            "GROUNDSWELL_BROKER": self.mtls,
            "GROUNDSWELL_KAFKA_SECURITY": "SSL",
            "GROUNDSWELL_KAFKA_CA_FILE": str(self.authority.ca_file),
            "GROUNDSWELL_KAFKA_CERTIFICATE_FILE": str(certificate.with_suffix(".crt")),
            "GROUNDSWELL_KAFKA_KEY_FILE": str(certificate.with_suffix(".key")),
        }

    def broker(self, settings: Mapping[str, str]) -> Broker:
        """A broker of these variables, for use inside of the test."""
        return broker_of(self.loaded(settings))

    def loaded(self, settings: Mapping[str, str]) -> Settings:
        """What a process of these variables loads."""
        names = {name.removeprefix("GROUNDSWELL_").lower(): value for name, value in settings.items()}
        names.pop("secrets_dir", None)
        return load_settings(**names, kafka_sasl_password=PASSWORD)


def why_no_secured_kafka() -> str:
    """Why there can be none; empty when there can."""
    return why_no_kafka() or ("" if OPENSSL else "certificates are made with openssl, which is not installed")


@contextmanager
def secured_kafka(folder: Path, users: Mapping[str, str]) -> Iterator[SecuredKafka]:
    """A fresh one without topics and rights; `users` are logins and their mechanisms, beside `ADMIN` (PLAIN),
    who may do everything. All have the same password.
    """
    authority = Authority(folder)
    authority.issue("localhost")
    authority.issue("expired", days=0)
    secrets = folder / "secrets"
    secrets.mkdir()
    (secrets / "groundswell_kafka_sasl_password").write_text(PASSWORD)
    ports = {name: free_port() for name in ("sasl", "mtls", "expired", "controller")}
    plain = [ADMIN, *(user for user, mechanism in users.items() if mechanism == "PLAIN")]
    logins = [f'user_{user}="{PASSWORD}"' for user in plain]
    properties = _SERVER.format(
        **ports, folder=folder, admin=ADMIN, login=_LOGIN,
        plain=" ".join([f'username="{ADMIN}" password="{PASSWORD}"', *logins]),
    )  # fmt: skip
    scram = [
        option
        for user, mechanism in users.items()
        if mechanism.startswith("SCRAM")
        for option in ("--add-scram", f"{mechanism}=[name={user},password={PASSWORD}]")
    ]
    sasl, mtls, expired = (f"localhost:{ports[name]}" for name in ("sasl", "mtls", "expired"))
    found = SecuredKafka(sasl, mtls, expired, authority, secrets)
    with run_kafka(folder, properties, *scram) as child:
        admin = found.broker(found.settings(ADMIN, "PLAIN"))

        def answers() -> bool:
            assert child.poll() is None, (folder / "kafka.out").read_text()[-2000:]
            try:
                reach(admin)
            except BrokerUnavailable:
                return False
            return True

        wait_until(answers, 120, "Kafka with TLS and logins answers")
        yield found
