"""Settings: from the environment, from secret files, and refused with the variable's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.domain.errors import InvalidInput
from services.settings import load_settings

VARIABLES = """
ADAPTER_TOKEN ALERTMANAGERS ALLOW_PRIVATE_FEEDS AUTHOR_KEY BATCH_TOKENS BATCH_WAIT_SECONDS BROKER COMPANIES DEAD_SHARE
DEMO_STREAM DINGTALK_SECRET DINGTALK_URL ENTITY_SERIES EXPLAIN FEED_MEGABYTES FEISHU_SECRET FEISHU_URL GRAFANA
HTTP_TOKEN IDLE_SECONDS KAFKA_CA_FILE KAFKA_CERTIFICATE_FILE KAFKA_KEY_FILE KAFKA_KEY_PASSWORD KAFKA_OAUTH_SCOPE
KAFKA_OAUTH_TOKEN_URL KAFKA_SASL_MECHANISM KAFKA_SASL_PASSWORD KAFKA_SASL_USER KAFKA_SECURITY
LATENESS_MINUTES LOG_LEVEL METRICS_HOST METRICS_PORT MODEL MODELS MOST_SENTENCES PARTITIONS REPLICATION
SESSION_TIMEOUT_SECONDS SPOOL_MEGABYTES STATE_DIR STORE THREADS TIMEZONE TOPIC_PREFIX
UP_ADAPTER_PORT UP_ALERTMANAGER_PORT UP_BROKER_PORT UP_HTTP_PORT UP_METRICS_PORTS UP_PROMETHEUS_PORT
WATCHLISTS WECOM_URL
"""


def test_overrides_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_BROKER", "a:1")
    assert load_settings().broker.servers == "a:1"
    assert load_settings(broker="b:2", model=None).broker.servers == "b:2"


def test_a_secret_comes_from_its_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "groundswell_http_token").write_text("it is from the file\n")
    monkeypatch.setenv("GROUNDSWELL_SECRETS_DIR", str(tmp_path))
    token = load_settings().ingest.http_token
    assert token is not None
    assert token.get_secret_value() == "it is from the file"
    assert "from the file" not in repr(load_settings())


@pytest.mark.parametrize("name", ["HTTP_TOKEN", "AUTHOR_KEY", "ADAPTER_TOKEN"])
@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("x", "expected at least 16 characters, got 1; make one: openssl rand -hex 32"),
        (
            "groundswell-demo-key",
            "expected one of your own, got one that stands in a public repository; make one: openssl rand -hex 32",
        ),
    ],
)
def test_a_weak_secret_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(f"GROUNDSWELL_{name}", value)
    with pytest.raises(InvalidInput) as refused:
        load_settings()
    assert str(refused.value) == f"setting GROUNDSWELL_{name}: {why}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("METRICS_PORT", "70000"),
        ("LATENESS_MINUTES", "high"),
        ("STORE", "tape"),
        ("TIMEZONE", "Asia/Shangai"),
        ("IDLE_SECONDS", "0"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"GROUNDSWELL_{name}", value)
    with pytest.raises(InvalidInput, match=f"GROUNDSWELL_{name}.*{value}"):
        load_settings()


def test_every_variable_is_read_by_one_section() -> None:
    variables = load_settings().by_variable()
    assert {name.removeprefix("GROUNDSWELL_") for name in variables} == set(VARIABLES.split())
    assert variables["GROUNDSWELL_METRICS_HOST"] == "127.0.0.1"
    assert variables["GROUNDSWELL_STATE_DIR"] == Path("var")
    assert variables["GROUNDSWELL_MODEL"] == "zh-en-base"


def test_a_setting_that_does_not_exist_is_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="GROUNDSWELL_BROKERS"):
        load_settings(brokers="a:1")
