"""A real Alertmanager that can be killed and comes back, the files of deploy/alertmanager for it, and amtool."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from services.runtime.child import Child
from tests.harness.deployment import DEPLOY
from tests.harness.ports import free_port
from tests.harness.processes import kill, stop
from tests.harness.support import wait_until

ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
AMTOOL = shutil.which("amtool")
STARTS_SECONDS = 60.0
NOT_INSTALLED = "Alertmanager is not installed (Debian: prometheus-alertmanager)"
SECRETS = "/run/secrets/"
FILES_SINCE = {"url": (0, 26), "bot_token": (0, 26)}
"""Which secrets can be read from a file only since which version."""


def version(program: str) -> tuple[int, int]:
    """The version of Alertmanager or amtool."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)\.(\d+)", said.stdout + said.stderr)
    assert found is not None
    return int(found[1]), int(found[2])


def configuration(name: str, program: str, folder: Path, secrets: Mapping[str, str]) -> dict[str, Any]:
    """A file of deploy/alertmanager for `program`, with its secrets in `folder`.

    A secret that an old version reads from no file stands in the configuration. An old version takes the line break
    at the end of a file for part of a password.
    """
    end = "\n" if version(program) >= (0, 28) else ""
    for secret, value in secrets.items():
        (folder / secret).write_text(value + end, encoding="utf-8")
    old = {f"{key}_file": key for key, since in FILES_SINCE.items() if version(program) < since}

    def fitted(node: Any) -> Any:
        if isinstance(node, list):
            return [fitted(child) for child in node]
        if not isinstance(node, dict):
            return node.replace(SECRETS, f"{folder}/") if isinstance(node, str) else node
        return {
            old.get(key, key): secrets[value.removeprefix(SECRETS)] if key in old else fitted(value)
            for key, value in node.items()
        }

    config: dict[str, Any] = fitted(yaml.safe_load((DEPLOY / "alertmanager" / name).read_text(encoding="utf-8")))
    config["templates"] = [str(DEPLOY / "alertmanager" / pattern) for pattern in config["templates"]]
    return config


class RealAlertmanager:
    """One Alertmanager process on `port`; what it keeps on disk survives `kill` and `start`."""

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, Any],
        name: str = "alertmanager",
        cluster: Sequence[str] = ("--cluster.listen-address=",),
    ) -> None:
        assert ALERTMANAGER is not None
        self.port = free_port()
        path = folder / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(dict(config), allow_unicode=True), encoding="utf-8")
        command = [
            ALERTMANAGER,
            f"--config.file={path}",
            f"--storage.path={folder / f'{name}-data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            *cluster,
        ]
        self._child = Child(name, command, folder, {})

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self._child.start()
        wait_until(self._ready, STARTS_SECONDS, "Alertmanager is ready")

    def kill(self) -> None:
        """End it at once, as a crash does."""
        kill(self._child)

    def stop(self) -> None:
        """End it."""
        stop(self._child)

    def firing(self) -> list[dict[str, Any]]:
        """The alerts that it holds as firing."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/v2/alerts", timeout=10).json()
        return found

    def _ready(self) -> bool:
        if self._child.poll() is not None:
            raise AssertionError(f"Alertmanager has ended: {self._child.last_log_line()}")
        try:
            return httpx.get(f"{self.url}/-/ready", timeout=2).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False


@contextmanager
def alertmanager(folder: Path, config: Mapping[str, Any]) -> Iterator[RealAlertmanager]:
    """A running Alertmanager with `config`, stopped at the end; its log is `folder`/alertmanager.log."""
    made = RealAlertmanager(folder, config)
    made.start()
    try:
        yield made
    finally:
        made.stop()


def why_no_alertmanager() -> str:
    """Why tests cannot run with a real Alertmanager; empty when they can."""
    return "" if ALERTMANAGER else NOT_INSTALLED


def post_alerts(url: str, *alerts: Mapping[str, Any]) -> None:
    """Tell Alertmanager of alerts."""
    answer = httpx.post(f"{url}/api/v2/alerts", json=alerts, timeout=30)
    assert answer.status_code == 200, answer.text


def states(url: str) -> dict[str, str]:
    """The state of every alert that Alertmanager has, by its entity: active, suppressed, unprocessed."""
    alerts = httpx.get(f"{url}/api/v2/alerts", timeout=30).json()
    return {alert["labels"].get("entity", ""): alert["status"]["state"] for alert in alerts}


def run_amtool(*arguments: str) -> str:
    """The output of an amtool that succeeds."""
    assert AMTOOL is not None
    done = subprocess.run([AMTOOL, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def routes_of(config: Path, labels: Sequence[str]) -> list[str]:
    """The receivers that an alert with these labels goes to."""
    return run_amtool("config", "routes", "test", f"--config.file={config}", *labels).strip().split(",")


def rendered(template: str, folder: Path, *alerts: Mapping[str, Any], kind: str = "text") -> str:
    """What a template of deploy/alertmanager makes of firing alerts; `kind` is text, or html as for a mail's page."""
    data = folder / f"{template}.json"
    one = [{"annotations": {}, **alert, "status": "firing"} for alert in alerts]
    data.write_text(json.dumps({"status": "firing", "alerts": one}), encoding="utf-8")
    return run_amtool(
        *("template", "render", f"--template.glob={DEPLOY / 'alertmanager' / 'templates' / '*.tmpl'}"),
        *(f'--template.text={{{{ template "{template}" . }}}}', f"--template.data={data}", f"--template.type={kind}"),
    )
