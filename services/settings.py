"""The configuration of every process: typed, frozen, from `GROUNDSWELL_*` variables and secret files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.domain.errors import InvalidInput
from services.repository import DEMO_STREAM, MODELS


class Settings(BaseSettings):
    """All settings; a field `broker` is read from `GROUNDSWELL_BROKER` or the file
    `groundswell_broker` in the folder `GROUNDSWELL_SECRETS_DIR`.
    """

    model_config = SettingsConfigDict(env_prefix="GROUNDSWELL_", frozen=True, extra="forbid")

    broker: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, host:port[,host:port]")
    replication: int = Field(1, ge=1, le=7, description="replicas of every topic; 3 in production")
    session_timeout_seconds: float = Field(6.0, gt=0, description="consumer group session timeout")
    state_dir: Path = Field(Path("var"), description="where spools, cursors and stores live")
    store: Literal["memory", "rocksdb"] = Field("memory", description="where monitoring keeps its table")
    models: Path = Field(MODELS, description="folder of model bundles")
    model: str = Field("zh-en-base", description="name of the bundle to serve")
    metrics_host: str = Field("127.0.0.1", description="address of the metrics server")
    metrics_port: int = Field(0, ge=0, le=65535, description="port of the metrics server; 0 takes a free one")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    author_key: SecretStr = Field(SecretStr("groundswell-demo-key"), description="key of the author hash")
    http_token: SecretStr | None = Field(None, description="bearer token of POST /v1/texts")
    allow_private_feeds: bool = Field(False, description="let feeds be fetched from private addresses")

    batch_tokens: int = Field(8192, ge=128, description="padded tokens in one inference batch at most")
    batch_wait_seconds: float = Field(0.05, gt=0, le=5, description="longest wait for a batch, from its first text")
    threads: int = Field(0, ge=0, description="inference threads; 0 takes one a core")

    explain: bool = Field(False, description="find what made each followed negative text so; costs 12 texts more each")

    lateness_minutes: int = Field(60, ge=1, description="later texts do not enter detection")
    idle_seconds: float = Field(
        10.0, gt=0, description="a silent raw partition is left out of the watermark after this"
    )
    demo_stream: Path = Field(DEMO_STREAM, description="JSON Lines that `demo` replays")
    watchlists: Path | None = Field(None, description="YAML file of watchlists and rules; none follows everything")

    entity_series: int = Field(50, ge=1, le=1000, description="open incidents with series of their own")
    alertmanagers: str = Field("", description="Alertmanagers to tell, http://host:port[,http://host:port]")
    grafana: str = Field("", description="Grafana for the links in alerts, http://host:port")

    wecom_url: SecretStr | None = Field(None, description="webhook of a WeCom group robot, key included")
    feishu_url: SecretStr | None = Field(None, description="webhook of a Feishu or Lark custom bot")
    feishu_secret: SecretStr | None = Field(None, description="what that bot's messages are signed with")
    dingtalk_url: SecretStr | None = Field(None, description="webhook of a DingTalk custom robot, token included")
    dingtalk_secret: SecretStr | None = Field(None, description="what that robot's messages are signed with (SEC...)")


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, secret files and `overrides` (those that are not None win).

    :raises InvalidInput: naming the variable, what was expected and what came.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    secrets = os.environ.get("GROUNDSWELL_SECRETS_DIR")
    try:
        return Settings(_secrets_dir=secrets, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InvalidInput(f"setting GROUNDSWELL_{name.upper()}: {first['msg']}, got {first.get('input')!r}") from error
