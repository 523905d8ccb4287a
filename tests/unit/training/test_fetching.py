"""Fetching sets: from a hub of the test's own, or from a folder; whole or not at all, and only with the licence."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub.constants
import pytest
from typer.testing import CliRunner

from services.files.jsonl import GoodLine
from services.files.records import read_records
from tests.harness.hub_server import COMMIT, GATED, HubServer, serve_hub
from training.data.fetching.commands import data_app
from training.data.fetching.fetched import FETCHED
from training.data.origin import Origin
from training.data.registry import data_root, load_registry
from training.errors import ConfigError, DataError, HubError
from training.hub import MissingFile, download, find_file

TWEETS = "datasets/zeroshot/twitter-financial-news-sentiment/sent_train.csv"
TOPICS = "datasets/zeroshot/twitter-financial-news-topic/topic_train.csv"
PHRASES = "datasets/takala/financial_phrasebank/data/FinancialPhraseBank-v1.0.zip"
SPANS = "datasets/yixuantt/FinEntity/FinEntity.json"
MEMBER = "FinancialPhraseBank-v1.0/Sentences_50Agree.txt"
ARTICLE = {
    "content": "Alpha sinks while Beta gains",
    "annotations": [
        {"value": "Beta", "label": "Positive", "start": 2, "end": 6},
        {"value": "Alpha", "label": "Negative", "start": 0, "end": 5},
    ],
}


def archive(text: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr(MEMBER, text.encode("latin-1"))
    return content.getvalue()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """The four sets that the registry finds on the hub, a few rows each."""
    files = {
        TWEETS: b"text,label\nShares sink,0\nShares jump,1\nShares idle,2\n",
        TOPICS: b"text,label\nRates stay,1\nListing soon,11\n",
        PHRASES: archive("Sales fell to EUR 3 m @ year end .@negative\nCaf\xe9 opens .@neutral\n"),
        SPANS: json.dumps([ARTICLE]).encode(),
        "owner/model/config.json": b"{}",
    }
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with serve_hub(files) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.endpoint)
        yield served


def fetch(*arguments: str | Path) -> str:
    """What `data fetch` prints; an error of ours is raised."""
    result = CliRunner().invoke(data_app, ["fetch", *map(str, arguments)], catch_exceptions=True)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def rows(path: Path) -> list[dict[str, object]]:
    return [line.record for line in read_records(path) if isinstance(line, GoodLine)]


def test_all_sets_of_the_hub_come_in_the_form_of_the_registry(hub: HubServer, tmp_path: Path) -> None:
    root = tmp_path / "data"
    said = fetch("--to", root, "--accept-licence")
    assert "fpb: hub: takala/financial_phrasebank, 0.00 MB; licence: CC BY-NC-SA 3.0; LIMITED: non-commercial" in said
    assert "train runs/mine --set fpb --set twitter_fin_sentiment --set finentity --set twitter_fin_topic" in said
    registry = load_registry()
    tweets = rows(root / registry["twitter_fin_sentiment"].path)
    assert [row["label"] for row in tweets] == ["negative", "positive", "neutral"]
    assert tweets[0] == {
        "id": "twitter_fin_sentiment-2",
        "text": "Shares sink",
        "label": "negative",
        "lang": "en",
        "source": "hub:zeroshot/twitter-financial-news-sentiment",
    }
    topics = rows(root / registry["twitter_fin_topic"].path)
    assert [row["label"] for row in topics] == ["Fed | Central Banks", "IPO"]
    phrases = rows(root / registry["fpb"].path)
    assert [(row["text"], row["label"]) for row in phrases] == [
        ("Sales fell to EUR 3 m @ year end .", "negative"),
        ("Café opens .", "neutral"),
    ]
    (article,) = rows(root / registry["finentity"].path)
    assert article["label"] == "mixed"
    assert article["entities"] == [
        {"name": "Beta", "label": "positive", "start": 18, "end": 22},
        {"name": "Alpha", "label": "negative", "start": 0, "end": 5},
    ]
    noted = json.loads((root / FETCHED).read_text(encoding="utf-8"))
    assert set(noted) == {"fpb", "twitter_fin_sentiment", "finentity", "twitter_fin_topic"}
    assert noted["fpb"]["revision"] == COMMIT
    assert (noted["fpb"]["licence"], noted["fpb"]["rows"]) == ("CC BY-NC-SA 3.0", 2)


def test_what_is_there_stays(hub: HubServer, tmp_path: Path) -> None:
    fetch("fpb", "--to", tmp_path, "--accept-licence")
    path = tmp_path / "fpb" / "train.jsonl.gz"
    path.write_bytes(gzip.compress(b""))
    assert "nothing to fetch" in fetch("fpb", "--to", tmp_path)
    assert rows(path) == []


def test_nothing_comes_without_the_licence(hub: HubServer, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="accept the licences of fpb with --accept-licence"):
        fetch("fpb", "--to", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_at_a_terminal_the_licence_is_asked_for(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("training.data.fetching.commands.sys", terminal)
    arguments = ["fetch", "fpb", "--to", str(tmp_path / "data")]
    declined = CliRunner().invoke(data_app, arguments, input="n\n")
    assert isinstance(declined.exception, ConfigError)
    assert str(declined.exception) == "nothing was fetched: the licences were not accepted"
    assert not (tmp_path / "data").exists()
    assert "2 rows in" in CliRunner().invoke(data_app, arguments, input="y\n").output


def test_an_unknown_name_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no set 'fbp' is registered; did you mean fpb"):
        fetch("fbp", "--to", tmp_path)
    with pytest.raises(ConfigError, match="`groundswell data list` names them"):
        fetch("!", "--to", tmp_path)


def test_what_the_hub_lacks_says_where_it_is(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"sentfin is not on the hub: get it from https://github\.com/pyRis/SEntFiN"):
        fetch("sentfin", "--to", tmp_path)


def test_a_folder_of_the_same_layout_will_do(hub: HubServer, tmp_path: Path) -> None:
    fetch("fpb", "--to", tmp_path / "one", "--accept-licence")
    said = fetch("--from", tmp_path / "one", "--to", tmp_path / "two", "--accept-licence")
    assert f"fpb: folder {tmp_path / 'one'}; licence: CC BY-NC-SA 3.0" in said
    assert (tmp_path / "two/fpb/train.jsonl.gz").read_bytes() == (tmp_path / "one/fpb/train.jsonl.gz").read_bytes()
    with pytest.raises(ConfigError, match=r"sentfin: no file sentfin/train\.jsonl\.gz in "):
        fetch("sentfin", "--from", tmp_path / "one", "--to", tmp_path / "two")
    with pytest.raises(ConfigError, match="expected a folder with sets"):
        fetch("--from", tmp_path / "three", "--to", tmp_path / "two")


@pytest.mark.parametrize(
    ("name", "file", "content", "message"),
    [
        (
            "twitter_fin_sentiment",
            TWEETS,
            b"text,label\nShares sink,7\n",
            r"line 2: .*one of \['0', '1', '2'\], got '7'",
        ),
        ("twitter_fin_sentiment", TWEETS, b"tweet,label\nShares sink,0\n", "expected a column text, got tweet, label"),
        ("fpb", PHRASES, b"no zip", "expected FinancialPhraseBank"),
        ("fpb", PHRASES, archive("no label\n"), "line 1: .*expected text@label"),
        ("fpb", PHRASES, archive("Text@angry\n"), "field 'label': expected one of"),
        ("finentity", SPANS, b'{"rows": []}', "expected a list of {content, annotations}"),
    ],
)
def test_a_file_of_another_form_is_named_and_leaves_nothing(
    hub: HubServer, tmp_path: Path, name: str, file: str, content: bytes, message: str
) -> None:
    hub.files = {**hub.files, file: content}
    with pytest.raises(DataError, match=message):
        fetch(name, "--to", tmp_path / "data", "--accept-licence")
    assert not (tmp_path / "data").exists()


def test_a_folder_that_cannot_be_written_is_named(hub: HubServer, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(ConfigError, match=f"fpb: cannot write to {tmp_path / 'data'}"):
        fetch("fpb", "--to", tmp_path / "data", "--accept-licence")


def test_a_download_that_was_cut_off_goes_on(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "DOWNLOAD_CHUNK_SIZE", 100)
    content = b"text,label\n" + b"".join(b"Shares fell %d times,0\n" % number for number in range(100))
    hub.files = {**hub.files, TWEETS: content}
    hub.cut = 1000
    with pytest.raises(HubError, match=r"cut off .* call it again"):
        fetch("twitter_fin_sentiment", "--to", tmp_path, "--accept-licence")
    assert not (tmp_path / "twitter_fin_sentiment").exists()
    hub.cut = None
    fetch("twitter_fin_sentiment", "--to", tmp_path, "--accept-licence")
    assert hub.ranges == ["bytes=1000-"]
    assert len(rows(tmp_path / "twitter_fin_sentiment/train.jsonl.gz")) == 100


def test_a_hub_that_refuses_says_why(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HubError, match=r"no model owner/nothing on the hub \(http://127\.0\.0\.1"):
        find_file("owner/nothing", "config.json", "model")
    with pytest.raises(MissingFile, match=r"model owner/model on the hub has no file model\.bin"):
        find_file("owner/model", "model.bin", "model")
    with pytest.raises(HubError, match="hf auth login"):
        find_file(GATED, "config.json", "model")
    with pytest.raises(HubError, match="neither a folder nor a name of the hub"):
        find_file("a/b/c", "config.json", "model")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1})())
    with pytest.raises(HubError, match=r"config\.json needs 0\.0 MB, but .* has 0\.0 MB free"):
        download(find_file("owner/model", "config.json", "model"))


def test_without_a_connection_the_cache_is_read(
    hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = download(find_file("owner/model", "config.json", "model"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between the attempts of huggingface_hub
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    assert download(find_file("owner/model", "config.json", "model")) == path
    with pytest.raises(HubError, match=r"fpb: no connection to the hub \(http://127\.0\.0\.1:1\).*--from FOLDER"):
        fetch("fpb", "--to", tmp_path, "--accept-licence")


def test_the_list_says_what_there_is(hub: HubServer, tmp_path: Path) -> None:
    fetch("fpb", "--to", tmp_path, "--accept-licence")
    shown = CliRunner().invoke(data_app, ["list", "--to", str(tmp_path)]).output.splitlines()
    assert {line.split()[0] for line in shown} >= set(load_registry())
    first = next(index for index, line in enumerate(shown) if line.startswith("fpb "))
    assert shown[first].split() == ["fpb", "en", "sentiment", "limited", "yes"]
    assert shown[first + 1].strip() == "CC BY-NC-SA 3.0; hub: takala/financial_phrasebank"
    first = next(index for index, line in enumerate(shown) if line.startswith("sentfin "))
    assert shown[first].split() == ["sentfin", "en", "sentiment", "entities", "any", "no"]
    assert shown[first + 1].strip() == "MIT; github.com/pyRis/SEntFiN"


def test_every_registered_set_says_where_it_comes_from() -> None:
    assert [name for name, spec in load_registry().items() if spec.origin == Origin()] == []


@pytest.mark.parametrize(
    ("origin", "message"),
    [("{file: a.csv, web: x}", r"unknown keys \['web'\]"), ("{hub: a/b, file: a.csv, form: xml}", "a file and a form")],
)
def test_a_wrong_origin_is_named(tmp_path: Path, origin: str, message: str) -> None:
    entry = "path: a.jsonl, languages: [en], licence: own, restricted: false, topics: single"
    (tmp_path / "r.yaml").write_text(f"sets: {{a: {{{entry}, origin: {origin}}}}}")
    with pytest.raises(ConfigError, match=f"registry: a: origin: .*{message}"):
        load_registry(tmp_path / "r.yaml")


def test_the_data_root_is_here_where_nothing_else_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GROUNDSWELL_DATA", raising=False)
    monkeypatch.setattr("training.data.registry._REPOSITORY", tmp_path / "clone")
    assert data_root() == Path("data")
    (tmp_path / "shared" / "data").mkdir(parents=True)
    assert data_root() == tmp_path / "shared" / "data"
