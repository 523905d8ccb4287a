"""What `up` runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from services.domain.errors import InvalidInput
from services.runtime import up
from services.runtime.ports import free_port
from services.runtime.prometheus import prometheus_config
from services.runtime.up import UpOptions, build
from services.settings import load_settings


def test_several_monitors_are_one_job(tmp_path: Path) -> None:
    stack = build(load_settings(state_dir=tmp_path), UpOptions("127.0.0.1:9", monitors=3)).stack
    assert list(stack.metrics) == ["score", "monitor", "relay", "monitor-2", "monitor-3"]
    jobs = prometheus_config(stack.metrics, "127.0.0.1", None, tmp_path)["scrape_configs"]
    assert isinstance(jobs, list)
    *jobs, elsewhere = jobs
    assert elsewhere["file_sd_configs"][0]["files"] == [f"{tmp_path}/scrape/*.json"]
    targets = {job["job_name"]: len(job["static_configs"][0]["targets"]) for job in jobs}
    assert targets == {"scoring": 1, "monitoring": 3, "relay": 1}
    assert [service.beats for service in stack.services if service.name in stack.metrics] == [True] * 5


def test_http_needs_a_key_that_hides_authors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GROUNDSWELL_AUTHOR_KEY", raising=False)
    settings = load_settings(state_dir=tmp_path, http_token="token-of-the-tests")
    with pytest.raises(InvalidInput, match=r"GROUNDSWELL_AUTHOR_KEY: expected a key of your own.*openssl rand -hex 32"):
        build(settings, UpOptions("127.0.0.1:9"))


def test_a_robot_brings_the_adapter_with_a_token_for_this_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "find_program", lambda names: names[0] if "alertmanager" in names else None)
    settings = load_settings(
        state_dir=tmp_path, wecom_url="https://chat.example/send?key=k1", up_adapter_port=free_port()
    )
    tokens = []
    for _ in range(2):
        stack = build(settings, UpOptions("127.0.0.1:9")).stack
        (adapter,) = (service for service in stack.services if service.name == "adapter")
        tokens.append(adapter.environment["GROUNDSWELL_ADAPTER_TOKEN"])
        file = tmp_path / "adapter_token"
        assert (file.read_text(), file.stat().st_mode & 0o777) == (tokens[-1], 0o600)
    assert len(set(map(len, tokens))) == 1
    assert tokens[0] != tokens[1]
    config = yaml.safe_load((tmp_path / "alertmanager.yml").read_text())
    (hook,) = config["receivers"][0]["webhook_configs"]
    assert hook["url"] == f"http://127.0.0.1:{settings.up.adapter_port}/wecom"
    assert hook["http_config"] == {"authorization": {"credentials_file": str(file)}}
    assert tokens[-1] not in (tmp_path / "alertmanager.yml").read_text()
