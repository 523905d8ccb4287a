"""The configuration of every process: typed, frozen, from `GROUNDSWELL_*` variables and secret files.

Each section reads its own variables; `load_settings` puts the sections together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.domain.errors import InvalidInput
from services.domain.local_time import LocalTime
from services.domain.time_zone import UTC_ZONE, time_zone
from services.repository import DEMO_STREAM, MODELS
from services.running_up import find_running_up

PREFIX = "GROUNDSWELL_"
LEAST_SECRET_CHARS = 16
PUBLIC_SECRETS = frozenset({"groundswell-demo-key"})
"""Stood in the code of earlier versions: everybody knows them."""


def _is_secret(value: SecretStr) -> SecretStr:
    """A secret that we alone choose: long enough, and not known to everybody."""
    text = value.get_secret_value().strip()
    if len(text) < LEAST_SECRET_CHARS:
        raise ValueError(f"expected at least {LEAST_SECRET_CHARS} characters, got {len(text)}; {HOW_TO_MAKE}")
    if text in PUBLIC_SECRETS:
        raise ValueError(f"expected one of your own, got one that stands in a public repository; {HOW_TO_MAKE}")
    return value


HOW_TO_MAKE = "make one: openssl rand -hex 32"
OwnSecret = Annotated[SecretStr, AfterValidator(_is_secret)]


class Section(BaseSettings):
    """Settings of one room. A field is read from the variable of its name behind the section's prefix, or from the file
    of that name in lower case in the folder `GROUNDSWELL_SECRETS_DIR`; one whose variable is called otherwise says so
    by `validation_alias`. An empty variable counts as none.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", populate_by_name=True
    )
    files_only: ClassVar[frozenset[str]] = frozenset()
    """Fields that are read from files alone: a variable is seen by every child process and in crash reports."""

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Field -> its variable."""
        prefix = str(cls.model_config["env_prefix"])
        return {name: str(info.validation_alias or prefix + name.upper()) for name, info in cls.model_fields.items()}


class BrokerSettings(Section):
    """The Kafka broker, and how topics and groups are made there."""

    servers: str = Field(
        "127.0.0.1:9092",
        validation_alias="GROUNDSWELL_BROKER",
        description="Kafka bootstrap servers, host:port[,host:port]",
    )
    replication: int = Field(1, ge=1, le=7, description="replicas of every topic; 3 in production")
    partitions: int = Field(4, ge=1, le=1_000, description="partitions of a topic that may have any number")
    session_timeout_seconds: float = Field(6.0, gt=0, description="consumer group session timeout")


class TopicSettings(Section):
    """How topics, consumer groups and tables are called."""

    prefix: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9._-]{0,100}$",
        validation_alias="GROUNDSWELL_TOPIC_PREFIX",
        description="what every topic and group begins with, such as `acme.`; letters, digits, dot, _ and -",
    )


class KafkaSettings(Section):
    """How to talk to a Kafka that wants TLS or a login."""

    model_config = SettingsConfigDict(env_prefix=PREFIX + "KAFKA_")
    files_only = frozenset({"key_password", "sasl_password"})

    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="what the listener speaks, as Kafka calls it (security.protocol)"
    )
    ca_file: Path | None = Field(None, description="PEM file of the CAs of the brokers; none takes the system's")
    certificate_file: Path | None = Field(None, description="PEM file of our certificate, for brokers that ask for one")
    key_file: Path | None = Field(None, description="PEM file of its key")
    key_password: SecretStr | None = Field(None, description="what that key is encrypted with")
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] = Field(
        "SCRAM-SHA-512", description="how we log in"
    )
    sasl_user: str = Field("", description="the user; the client id with OAUTHBEARER")
    sasl_password: SecretStr | None = Field(None, description="its password; the client secret with OAUTHBEARER")
    oauth_token_url: str = Field("", description="where OAUTHBEARER gets its tokens: https, client credentials")
    oauth_scope: str = Field("", description="the scope that is asked for there")


class StateSettings(Section):
    """What a process keeps on disk."""

    folder: Path = Field(
        Path("var"), validation_alias="GROUNDSWELL_STATE_DIR", description="where spools, cursors and stores live"
    )
    store: Literal["memory", "rocksdb"] = Field("memory", description="where monitoring keeps its table")


class BorderSettings(Section):
    """What a worker does with records that it cannot use."""

    dead_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="a worker whose last 1000 records are dead letters beyond this share stops; 1: never",
    )


class MetricsSettings(Section):
    """The metrics server of a process."""

    host: str = Field(
        "127.0.0.1", validation_alias="GROUNDSWELL_METRICS_HOST", description="address of the metrics server"
    )
    port: int = Field(
        0,
        ge=0,
        le=65535,
        validation_alias="GROUNDSWELL_METRICS_PORT",
        description="port of the metrics server; 0 takes a free one",
    )
    entity_series: int = Field(50, ge=1, le=1000, description="open incidents with series of their own")


class ModelSettings(Section):
    """The model that scores, and how it is run."""

    folder: Path = Field(MODELS, validation_alias="GROUNDSWELL_MODELS", description="folder of model bundles")
    name: str = Field("zh-en-base", validation_alias="GROUNDSWELL_MODEL", description="name of the bundle to serve")
    batch_tokens: int = Field(8192, ge=128, description="padded tokens in one inference batch at most")
    batch_wait_seconds: float = Field(0.05, gt=0, le=5, description="longest wait for a batch, from its first text")
    threads: int = Field(0, ge=0, description="inference threads; 0 takes one a core")
    most_sentences: int = Field(
        1_000, ge=2, le=10_000, description="sentences read of a text; of more, the first, the last and some between"
    )
    explain: bool = Field(False, description="find what made each followed negative text so; costs 12 texts more each")


class IngestSettings(Section):
    """Who may bring texts, and from where."""

    author_key: OwnSecret | None = Field(None, description="key of the author hash, kept for good")
    http_token: OwnSecret | None = Field(None, description="bearer token of POST /v1/texts")
    spool_megabytes: int = Field(1000, ge=16, description="what may wait on disk for the broker, a process")
    allow_private_feeds: bool = Field(False, description="let feeds be fetched from private addresses")
    feed_megabytes: int = Field(
        20, ge=1, le=50, description="what is read of a feed at most; the rest of it is left out"
    )


class CompanySettings(Section):
    """The companies that texts are linked to."""

    file: Path | None = Field(
        None,
        validation_alias="GROUNDSWELL_COMPANIES",
        description="YAML file of your own companies, names and products, over those that are shipped",
    )


class DetectionSettings(Section):
    """What is followed, and when time goes on."""

    watchlists: Path | None = Field(None, description="YAML file of watchlists and rules; none follows everything")
    lateness_minutes: int = Field(60, ge=1, description="later texts do not enter detection")
    idle_seconds: float = Field(
        10.0,
        gt=0,
        description="a raw partition read to its end and silent for so long is left out of the watermark",
    )


class NotificationSettings(Section):
    """Where alerts go, and what their links start with."""

    alertmanagers: str = Field("", description="Alertmanagers to tell, http://host:port[,http://host:port]")
    grafana: str = Field("", description="Grafana for the links in alerts, http://host:port")


class ReceiverSettings(Section):
    """Who may call the adapter, and the chat services that it sends to."""

    adapter_token: OwnSecret | None = Field(None, description="bearer token that Alertmanager calls the adapter with")
    wecom_url: SecretStr | None = Field(None, description="webhook of a WeCom group robot, key included")
    feishu_url: SecretStr | None = Field(None, description="webhook of a Feishu or Lark custom bot")
    feishu_secret: SecretStr | None = Field(None, description="what that bot's messages are signed with")
    dingtalk_url: SecretStr | None = Field(None, description="webhook of a DingTalk custom robot, token included")
    dingtalk_secret: SecretStr | None = Field(None, description="what that robot's messages are signed with (SEC...)")


Port = Annotated[int | None, Field(ge=1, le=65_535)]


class UpSettings(Section):
    """Where `up` listens; without a number it takes the usual port where that is free, and the same at each start."""

    model_config = SettingsConfigDict(env_prefix=PREFIX + "UP_")

    broker_port: Port = Field(None, description="of the embedded broker; usually 9092")
    alertmanager_port: Port = Field(None, description="of Alertmanager; usually 9093")
    prometheus_port: Port = Field(None, description="of Prometheus; usually 9090")
    adapter_port: Port = Field(None, description="of the adapter to chat services; usually 9105")
    http_port: Port = Field(None, description="of HTTP ingest; usually 8080")
    metrics_ports: int | None = Field(
        None,
        ge=1,
        le=65_000,
        description="the first of the metrics ports (score, monitor, relay, ingest); usually 9110",
    )


class DisplaySettings(Section):
    """How things are shown to people."""

    timezone: Annotated[ZoneInfo, BeforeValidator(lambda name: time_zone(str(name)))] = Field(
        UTC_ZONE,
        description="zone of the times that people read: alerts, messages, reports, links; such as Asia/Shanghai",
    )

    @property
    def times(self) -> LocalTime:
        """The clock of that zone."""
        return LocalTime(self.timezone)


class DemoSettings(Section):
    """What the demo shows."""

    stream: Path = Field(
        DEMO_STREAM, validation_alias="GROUNDSWELL_DEMO_STREAM", description="JSON Lines that `demo` replays"
    )


class LogSettings(Section):
    """What is logged."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", validation_alias="GROUNDSWELL_LOG_LEVEL")


class Settings(BaseModel):
    """All settings, by section."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    broker: BrokerSettings = Field(default_factory=BrokerSettings)
    topics: TopicSettings = Field(default_factory=TopicSettings)
    kafka: KafkaSettings = Field(default_factory=KafkaSettings)
    state: StateSettings = Field(default_factory=StateSettings)
    border: BorderSettings = Field(default_factory=BorderSettings)
    metrics: MetricsSettings = Field(default_factory=MetricsSettings)
    model: ModelSettings = Field(default_factory=ModelSettings)
    ingest: IngestSettings = Field(default_factory=IngestSettings)
    companies: CompanySettings = Field(default_factory=CompanySettings)
    detection: DetectionSettings = Field(default_factory=DetectionSettings)
    notification: NotificationSettings = Field(default_factory=NotificationSettings)
    receivers: ReceiverSettings = Field(default_factory=ReceiverSettings)
    up: UpSettings = Field(default_factory=UpSettings)
    display: DisplaySettings = Field(default_factory=DisplaySettings)
    demo: DemoSettings = Field(default_factory=DemoSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    def by_variable(self) -> dict[str, object]:
        """Variable -> its value, of all sections."""
        sections: list[Section] = [getattr(self, name) for name in type(self).model_fields]
        return {
            variable: getattr(section, field) for section in sections for field, variable in section.variables().items()
        }


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, secret files and `overrides`: values by the name of their variable without the
    prefix, in lower case (`broker="host:9092"`); those that are not None win. Where no broker is named and
    `groundswell up` runs in the state folder, its broker is meant.

    :raises InvalidInput: naming the variable, what was expected and what came.
    """
    given = {PREFIX + name.upper(): value for name, value in overrides.items() if value is not None}
    sections = {name: load_section(field.annotation, given) for name, field in Settings.model_fields.items()}
    if given:
        raise TypeError(f"no such settings: {', '.join(sorted(given))}")
    settings = Settings.model_validate(sections)
    return settings if "servers" in settings.broker.model_fields_set else _with_running_broker(settings)


def _with_running_broker(settings: Settings) -> Settings:
    """Where no broker is named: that of the `up` that runs in the state folder."""
    running = find_running_up(settings.state.folder)
    if running is None:
        return settings
    broker = settings.broker.model_copy(update={"servers": running.broker})
    return settings.model_copy(update={"broker": broker})


def load_section(section: Any, given: dict[str, object] | None = None) -> Any:
    """One section; what it takes is taken out of `given` (by variable).

    :raises InvalidInput: as `load_settings` does.
    """
    variables = section.variables()
    own = {name: given.pop(variable) for name, variable in variables.items() if given and variable in given}
    for variable in {variables[name] for name in section.files_only} & {
        name.upper() for name, value in os.environ.items() if value
    }:
        file = f"the file {variable.lower()} in GROUNDSWELL_SECRETS_DIR"
        raise InvalidInput(f"setting {variable}: expected {file}, got a variable, which others can see: unset it")
    try:
        return section(_secrets_dir=os.environ.get("GROUNDSWELL_SECRETS_DIR"), **own)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        variable, why = variables.get(name, name), first["msg"].removeprefix("Value error, ")
        got = "" if _holds_secret(section, name) else f", got {first.get('input')!r}"
        raise InvalidInput(f"setting {variable}: {why}{got}") from None


def _holds_secret(section: Any, name: str) -> bool:
    """Whether the value of a field must not be shown, not even a bad one."""
    field = section.model_fields.get(name)
    return field is not None and "Secret" in str(field.annotation)
