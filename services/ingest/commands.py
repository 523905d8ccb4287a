"""`groundswell ingest`: the sources of texts."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from services.clock import now_ms
from services.domain.errors import BAD_LINES, InvalidInput
from services.domain.messages import Kind
from services.files.records import FORMATS, read_records
from services.files.refused_lines import RefusedLines
from services.ingest.author_key import own_author_key
from services.ingest.history import defaults_for_file, load_texts
from services.ingest.late_history import warning
from services.ingest.normalise import SourceDefaults
from services.ingest.process import IngestProcess, ingest_process
from services.ingest.progress import show_progress
from services.ingest.sources.http.source import HttpSource
from services.ingest.sources.jsonl import JsonlSource
from services.ingest.sources.replay import ReplaySource, shift_to_now
from services.ingest.sources.rss.fetch import Limits
from services.ingest.sources.rss.opml import Opml, read_opml
from services.ingest.sources.rss.poll import Pace
from services.ingest.sources.rss.source import RssSource
from services.ingest.sources.rss.subscription import Subscription
from services.kafka.broker import broker_of
from services.observability.logs import setup_logging
from services.options import Broker, FieldOption, ListenHost, ListenPort, Speed, Timezone
from services.settings import Settings, load_settings
from services.text.field_names import USUAL_NAMES
from services.text.notice import notice

log = logging.getLogger(__name__)

File = Annotated[str, typer.Argument(help=f"{FORMATS}.")]
SourceName = Annotated[
    str | None, typer.Option(help="Name of the source where a record has none (default: the file's).")
]

ingest_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Read texts from feeds, files, pipes, history or HTTP and publish them. "
    "GROUNDSWELL_AUTHOR_KEY must hold a key of your own, which hides their authors.",
)


def kind_option(default: Kind) -> Kind:
    """The option `--kind`."""
    option: Kind = typer.Option(default, help="Topic of a record that names no kind: news or comment.")
    return option


@ingest_app.command("rss")
def rss_command(
    urls: Annotated[list[str] | None, typer.Argument(help="Addresses of RSS or Atom feeds, http or https.")] = None,
    sources: Annotated[
        Path | None, typer.Option(help="YAML file of feeds with what is known of each; changes are taken up.")
    ] = None,
    opml: Annotated[Path | None, typer.Option(help="OPML file of feeds, as feed readers export them.")] = None,
    every: Annotated[float, typer.Option(min=10, help="Seconds between two fetches of a feed.")] = 300,
    kind: Kind = kind_option("news"),
    timezone: Timezone = None,
    broker: Broker = None,
) -> None:
    """Poll RSS and Atom feeds until stopped.

    A sources file says of each feed, beside its url, where it is known: kind, timezone, language, interval (seconds)
    and publisher. It is looked at again while the feeds are polled; a bad edit is refused and the feeds stay.

    \b
    Examples:
      groundswell ingest rss https://example.com/markets.rss
      groundswell ingest rss --every 60 https://example.com/a.xml https://example.org/b.xml
      groundswell ingest rss --sources deploy/feeds/sources.example.yaml
      groundswell ingest rss --opml subscriptions.opml --timezone Asia/Shanghai
    """
    settings = _settings(broker)
    imported = read_opml(opml) if opml else Opml((), ())
    for left_out in imported.left_out:
        log.warning("%s; left out", left_out)
    feeds = [*map(Subscription, urls or ()), *imported.feeds]
    if not feeds and sources is None:
        raise InvalidInput("ingest rss: expected addresses of feeds, --sources or --opml, got none of them")
    defaults = SourceDefaults("rss", kind, own_author_key(settings), timezone)
    limits = Limits(
        size_bytes=settings.ingest.feed_megabytes * 1_000_000, allow_private=settings.ingest.allow_private_feeds
    )
    with ingest_process(settings) as process:
        process.run(RssSource(feeds, sources, defaults, Pace(every), limits, process.metrics))


@ingest_app.command("jsonl")
def jsonl_command(
    file: File,
    source: SourceName = None,
    kind: Kind = kind_option("comment"),
    timezone: Timezone = None,
    field: FieldOption = None,
    broker: Broker = None,
) -> None:
    """Publish the records of a file, or of a pipe as they come.

    A record is {"text" and/or "title", and where known "id", "created_at", "author", "source", "url", "kind",
    "tickers", "sentiment"}; the usual other names of these fields are known (docs/sources.md), --field adds others.
    Records go out in the order of the file: use replay for history.

    A bad line is reported with its number and kept on the dead-letter topic. The last line on standard output is a
    JSON object with the counts.

    Exit status: 0 when all lines were used, 3 when there were bad lines, 1 when nothing could be done.

    \b
    Examples:
      groundswell ingest jsonl comments.jsonl.gz
      groundswell ingest jsonl posts.csv --field text=post_body --timezone Asia/Shanghai
      my-crawler | groundswell ingest jsonl - --source my-crawler
    """
    settings = _settings(broker)
    names = USUAL_NAMES.override(field or ())
    defaults = defaults_for_file(file, own_author_key(settings), source, kind, timezone, names)
    refused = RefusedLines()
    with ingest_process(settings) as process:
        process.wait_for_broker()
        try:
            with show_progress(f"publishing {defaults.source}", None) as progress:
                process.run(JsonlSource(file, defaults, progress, refused.add))
        finally:
            _print_counts(process, refused)
        process.finish()
    if refused.reasons:
        raise typer.Exit(BAD_LINES)


@ingest_app.command("replay")
def replay_command(
    file: File,
    speed: Speed = 1,
    to_now: Annotated[bool, typer.Option("--shift-to-now", help="Move all dates so that the last is now.")] = False,
    source: SourceName = None,
    kind: Kind = kind_option("comment"),
    timezone: Timezone = None,
    field: FieldOption = None,
    broker: Broker = None,
) -> None:
    """Publish history in event time: sorted by date, at a multiple of its own pace.

    Records, bad lines and the exit status are as those of ingest jsonl.

    \b
    Examples:
      groundswell ingest replay tweets.jsonl.gz --speed 3600
      groundswell ingest replay tweets.jsonl.gz --speed 60 --shift-to-now --source demo
    """
    settings = _settings(broker)
    names = USUAL_NAMES.override(field or ())
    defaults = defaults_for_file(file, own_author_key(settings), source, kind, timezone, names)
    refused = RefusedLines()
    loaded = load_texts(read_records(file), defaults, now_ms(), file, refused.add)
    with ingest_process(settings) as process:
        process.wait_for_broker()
        if to_now:
            loaded = replace(loaded, texts=tuple(shift_to_now(loaded.texts, speed, now_ms())))
        if late := warning(broker_of(settings), loaded.texts, settings.detection.lateness_minutes):
            notice(late)
        with show_progress(f"replaying {defaults.source}", len(loaded.texts)) as progress:
            process.run(ReplaySource(loaded, speed, progress))
        process.finish()
        _print_counts(process, refused)
    if refused.reasons:
        raise typer.Exit(BAD_LINES)


@ingest_app.command("http")
def http_command(
    port: ListenPort = 8080,
    host: ListenHost = "127.0.0.1",
    kind: Kind = kind_option("comment"),
    timezone: Timezone = None,
    broker: Broker = None,
) -> None:
    """Take texts over HTTP: POST /v1/texts with the bearer token of GROUNDSWELL_HTTP_TOKEN.

    The body is one text, a list, or {"texts": [...]}, in the form of `ingest jsonl`. The answer 202 comes
    when the texts are safe, and counts those accepted, repeated and rejected.

    It is 503 with Retry-After while the disk takes none.

    \b
    Examples:
      GROUNDSWELL_HTTP_TOKEN=$TOKEN groundswell ingest http --port 8080
      curl -H "Authorization: Bearer $TOKEN" -d '{"text": "$AAPL falls"}' http://127.0.0.1:8080/v1/texts
    """
    settings = _settings(broker)
    token = settings.ingest.http_token.get_secret_value().strip() if settings.ingest.http_token else ""
    if not token:
        raise InvalidInput("setting GROUNDSWELL_HTTP_TOKEN: expected a token that clients must send, got none")
    defaults = SourceDefaults("http", kind, own_author_key(settings), timezone)
    with ingest_process(settings, waits_for_room=False) as process:
        process.run(HttpSource(host, port, defaults, token))


def _settings(broker: str | None) -> Settings:
    settings = load_settings(broker=broker)
    setup_logging("ingest", settings.log.level)
    return settings


def _print_counts(process: IngestProcess, refused: RefusedLines) -> None:
    """What was left out, for people; the last line on standard output, for scripts."""
    refused.close("groundswell dead list shows them")
    counts = process.pipeline.counts
    found = {name: counts[name] for name in ("texts", "repeated", "dead")}
    print(json.dumps({**found, "reasons": dict(refused.reasons)}), flush=True)
