"""`groundswell ingest`: the sources of texts."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from services.clock import now_ms
from services.domain.errors import InvalidInput
from services.domain.messages import Kind
from services.files.jsonl import read_lines
from services.ingest.normalise import SourceDefaults
from services.ingest.progress import show_progress
from services.ingest.session import Session, open_session
from services.ingest.sources.history import Loaded, load_texts, rules_for_file
from services.ingest.sources.jsonl import take_lines
from services.ingest.sources.live import run_feeds, run_http
from services.ingest.sources.replay import replay, shift_to_now
from services.observability.logs import setup_logging
from services.options import Broker, ListenHost, ListenPort, Speed
from services.settings import Settings, load_settings

File = Annotated[str, typer.Argument(help="JSON Lines; - reads a pipe, .gz is unpacked.")]
Source = Annotated[str | None, typer.Option(help="Name of the source where a record has none (default: the file's).")]

ingest_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Read texts from feeds, files, pipes, history or HTTP and publish them.",
)


def kind_option(default: Kind) -> Kind:
    """The option `--kind`."""
    option: Kind = typer.Option(default, help="Topic of a record that names no kind: news or comment.")
    return option


@ingest_app.command("rss")
def rss_command(
    urls: Annotated[list[str], typer.Argument(help="Addresses of RSS or Atom feeds, http or https.")],
    every: Annotated[float, typer.Option(min=10, help="Seconds between two fetches of a feed.")] = 300,
    kind: Kind = kind_option("news"),
    broker: Broker = None,
) -> None:
    """Poll RSS and Atom feeds until stopped.

    \b
    Examples:
      groundswell ingest rss https://example.com/markets.rss
      groundswell ingest rss --every 60 https://example.com/a.xml https://example.org/b.xml
    """
    with open_session(_settings(broker)) as session:
        run_feeds(session, urls, kind, every)


@ingest_app.command("jsonl")
def jsonl_command(
    file: File, source: Source = None, kind: Kind = kind_option("comment"), broker: Broker = None
) -> None:
    """Publish the lines of a file, or of a pipe as they come.

    A line is {"text", and where known "id", "created_at", "author", "source", "url", "kind", "tickers",
    "sentiment"}. Lines go out in the order of the file: use replay for history.

    \b
    Examples:
      groundswell ingest jsonl comments.jsonl.gz
      my-crawler | groundswell ingest jsonl - --source my-crawler
    """
    settings = _settings(broker)
    rules = _rules(settings, file, source, kind)
    with open_session(settings) as session:
        session.wait_for_broker()
        try:
            with show_progress(f"publishing {rules.source}", None) as progress:
                take_lines(file, session.intake, rules, session.stopping, progress)
        finally:
            _print_counts(session)
        session.finish()


@ingest_app.command("replay")
def replay_command(
    file: File,
    speed: Speed = 1,
    to_now: Annotated[bool, typer.Option("--shift-to-now", help="Move all dates so that the last is now.")] = False,
    source: Source = None,
    kind: Kind = kind_option("comment"),
    broker: Broker = None,
) -> None:
    """Publish history in event time: sorted by date, at a multiple of its own pace.

    \b
    Examples:
      groundswell ingest replay tweets.jsonl.gz --speed 3600
      groundswell ingest replay tweets.jsonl.gz --speed 60 --shift-to-now --source demo
    """
    settings = _settings(broker)
    rules = _rules(settings, file, source, kind)
    loaded = load_texts(read_lines(file), rules, now_ms(), file)
    with open_session(settings) as session:
        session.wait_for_broker()
        if to_now:
            shifted = tuple(shift_to_now(loaded.texts, speed, now_ms()))
            loaded = Loaded(shifted, loaded.repeated, loaded.dead, loaded.changes)
        with show_progress(f"replaying {rules.source}", len(loaded.texts)) as progress:
            replay(loaded, session.intake, speed, session.stopping, progress)
        session.finish()
        _print_counts(session)


@ingest_app.command("http")
def http_command(
    port: ListenPort = 8080,
    host: ListenHost = "127.0.0.1",
    kind: Kind = kind_option("comment"),
    broker: Broker = None,
) -> None:
    """Take texts over HTTP: POST /v1/texts with the bearer token of GROUNDSWELL_HTTP_TOKEN.

    The body is one text, a list, or {"texts": [...]}, in the form of `ingest jsonl`. The answer 202 comes
    when the texts are safe, and counts those accepted, repeated and rejected.

    \b
    Examples:
      GROUNDSWELL_HTTP_TOKEN=secret groundswell ingest http --port 8080
      curl -H 'Authorization: Bearer secret' -d '{"text": "$AAPL falls"}' http://127.0.0.1:8080/v1/texts
    """
    settings = _settings(broker)
    token = settings.http_token.get_secret_value().strip() if settings.http_token else ""
    if not token:
        raise InvalidInput("setting GROUNDSWELL_HTTP_TOKEN: expected a token that clients must send, got none")
    with open_session(settings) as session:
        run_http(session, host, port, kind, token)


def _settings(broker: str | None) -> Settings:
    settings = load_settings(broker=broker)
    setup_logging("ingest", settings.log_level)
    return settings


def _rules(settings: Settings, file: str, source: str | None, kind: Kind) -> SourceDefaults:
    return rules_for_file(file, settings.author_key.get_secret_value().encode(), source, kind)


def _print_counts(session: Session) -> None:
    """The last line on standard output, for scripts."""
    counts = session.intake.counts
    print(json.dumps({name: counts[name] for name in ("texts", "repeated", "dead")}), flush=True)
