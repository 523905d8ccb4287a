"""Wires the demo: processes under the supervisor, a reader, the state and a view, in one loop."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console

from services.domain.errors import BrokerUnavailable, GroundswellError
from services.domain.incident_json import incident_json
from services.domain.messages import (
    DeadLetter,
    DeadLetterRetried,
    IncidentCleared,
    IncidentRaised,
    PartitionIdle,
    ScoredText,
    WatermarkUpdate,
)
from services.inference.added_topics import load_added_topics
from services.inference.bundle import current_bundle
from services.kafka.broker import Broker
from services.kafka.codec import Codec
from services.kafka.topic_reader import TopicReader, open_topics
from services.kafka.topics import ALERTS, DEAD, SCORED
from services.runtime.demo.finish import Replayed, Stall, all_past, read_replayed, read_watermarks
from services.runtime.demo.screen import Surroundings
from services.runtime.demo.state import DemoState
from services.runtime.demo.summary import how_to_look, summary
from services.runtime.demo.view import View, open_view, save_picture
from services.runtime.ports import free_port
from services.runtime.stack import Stack
from services.runtime.supervisor import Supervisor, stop_on_signals
from services.settings import Settings

SHOW_SECONDS = 0.2
TOO_MANY_CRASHES = 4
SHOWN = (SCORED, DEAD, ALERTS)

_codec = Codec(
    ScoredText, WatermarkUpdate, PartitionIdle, DeadLetter, DeadLetterRetried, IncidentRaised, IncidentCleared
)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`speed`: event seconds per second, 0 as fast as possible. `once`: end when all is through. `svg`: a picture."""

    speed: float
    once: bool
    svg: Path | None


def run_demo(settings: Settings, options: DemoOptions, console: Console) -> dict[str, Any] | None:
    """Run the demo; what came out when it went through, None when it was ended by Ctrl-C.

    :raises GroundswellError: when the model is not valid, a process keeps crashing or nothing moves for 300 s;
        the logs are kept and the message says where.
    """
    if not settings.demo.stream.is_file():
        raise GroundswellError(
            f"the demo's stream {settings.demo.stream} is missing: run the demo in a clone of the repository, "
            "or set GROUNDSWELL_DEMO_STREAM and GROUNDSWELL_MODELS to its deploy/demo/*.jsonl.gz and exported_models"
        )
    bundle = current_bundle(settings.model.folder, settings.model.name)
    names = {topic.id: topic.name_en for topic in bundle.manifest.topics}
    names |= {topic.id: topic.name_en for topic in load_added_topics(bundle).topics}
    folder = Path(tempfile.mkdtemp(prefix="groundswell-demo-"))
    author_key = {"GROUNDSWELL_AUTHOR_KEY": secrets.token_hex(32)}  # nothing of a demo outlives it
    stack = Stack(settings, Broker(f"127.0.0.1:{free_port()}"), folder, author_key)
    stack.add_broker()
    stack.add_worker("score", "score")
    stack.add_worker("monitor", "monitor")
    stack.add_task("ingest", "ingest", "replay", str(settings.demo.stream), "--speed", str(options.speed))
    supervisor = Supervisor(stack.services, folder / "logs")
    around = Surroundings(stack.metrics_urls(), names, settings.display.times)
    with stop_on_signals(supervisor.stopping):
        try:
            supervisor.start()
            demo = Demo(stack, supervisor, around, options)
            result = _watch(demo, console)
        except GroundswellError as error:
            if isinstance(error, BrokerUnavailable) and supervisor.stopping.is_set():
                result = None
            else:
                raise GroundswellError(f"{error}; the logs are in {folder / 'logs'}") from error
        finally:
            supervisor.stop()
    shutil.rmtree(folder)
    return result


@dataclass(slots=True)
class Demo:
    """A running demo."""

    stack: Stack
    supervisor: Supervisor
    around: Surroundings
    options: DemoOptions
    replayed: Replayed | None = None
    watermarks: dict[str, int] = field(default_factory=dict)
    through: bool = False


def _watch(demo: Demo, console: Console) -> dict[str, Any] | None:
    """Show what comes until all is through (`once`) or until a signal."""
    state, stall = DemoState(), Stall(monotonic())
    view = open_view(console, demo.around)
    try:
        with open_topics(demo.stack.broker, SHOWN, _codec, _fail) as reader:
            while not demo.supervisor.stopping.is_set():
                _step(demo, state, reader, view)
                if demo.through and demo.options.once:
                    return _result(demo, state)
                if not demo.through:
                    stall.check((state.scored, state.dead, demo.replayed, demo.watermarks), monotonic())
        return _result(demo, state) if demo.through else None
    finally:
        view.close()
        if demo.through:
            for line in summary(state, demo.replayed.total if demo.replayed else 0, demo.around.times):
                console.print(line, soft_wrap=True, highlight=False, markup=False)
        if demo.options.svg is not None:
            save_picture(demo.options.svg, state, demo.around, _status(demo, state), monotonic())


def _step(demo: Demo, state: DemoState, reader: TopicReader, view: View) -> None:
    """Look after the processes, read, decide whether all is through, show."""
    demo.supervisor.check()
    _give_up_on_crashes(demo)
    deadline = monotonic() + SHOW_SECONDS
    while (left := deadline - monotonic()) > 0:
        for message in reader.read(left):
            state.see(message, monotonic())
    if demo.replayed is None and demo.supervisor.is_done("ingest"):
        demo.replayed = read_replayed(demo.supervisor.child("ingest").out)
    if not demo.through:
        demo.through = _is_through(demo, state, reader)
    view.show(state, _status(demo, state), monotonic())


def _is_through(demo: Demo, state: DemoState, reader: TopicReader) -> bool:
    """Monitoring sends its alerts before it moves its watermark: past the end, all that it raised is readable."""
    if demo.replayed is None or state.scored + state.dead < demo.replayed.total:
        return False
    demo.watermarks = read_watermarks(demo.around.metrics["monitor"])
    if not all_past(demo.watermarks, state.clock):
        return False
    while not reader.has_all():
        for message in reader.read(SHOW_SECONDS):
            state.see(message, monotonic())
    return True


def _fail(unreadable: str) -> None:
    """One of our own processes wrote something that cannot be read."""
    raise GroundswellError(unreadable)


def _give_up_on_crashes(demo: Demo) -> None:
    for service in demo.stack.services:
        allowed = 1 if service.all_depend else TOO_MANY_CRASHES
        if demo.supervisor.crashes(service.name) >= allowed:
            child = demo.supervisor.child(service.name)
            raise GroundswellError(f"{service.name} crashed: {child.last_log_line() or 'its log is empty'}")


def _status(demo: Demo, state: DemoState) -> str:
    if demo.through and demo.options.once:
        return "All texts are through."
    if demo.through:
        return f"All texts are through. Ctrl-C ends the demo. {how_to_look(state, str(demo.stack.broker))}"
    if demo.replayed is not None:
        return "The replay is done; waiting for the last texts."
    return "Replaying August and September 2014.  Ctrl-C ends the demo."


def _result(demo: Demo, state: DemoState) -> dict[str, Any]:
    """The object that `--once` prints."""
    total = demo.replayed.total if demo.replayed else 0
    records = sorted(state.incidents.values(), key=lambda record: (record.first_at, record.raised.id))
    alerts = [incident_json(record) for record in records]
    return {"texts": total, "scored": state.scored, "dead": state.dead, "alerts": alerts}


def as_line(result: dict[str, Any]) -> str:
    """The result as one line of JSON."""
    return json.dumps(result, ensure_ascii=False)
