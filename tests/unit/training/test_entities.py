"""Entity sentiment from the file to the served bundle, and a run that starts from a bundle."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer

from services.inference.bundle import current_bundle
from services.inference.classifier import Classifier
from services.text.mentions import Named
from tests.harness.tiny_encoder import tiny_tokenizer
from training.config import TrainConfig
from training.data.batches import collate, encode
from training.data.examples import EntityTarget, Example, merge_repeats, to_example
from training.data.registry import load_registry
from training.data.rows import LabelledEntity, Row, read_rows
from training.data.taxonomy import load_taxonomy
from training.errors import CheckpointError, DataError
from training.evaluation.evaluate import evaluate_file, write_predictions
from training.export.bundle import export_bundle
from training.export.target import Target
from training.learning.losses import group_loss
from training.learning.run import run_training
from training.metrics.results import Result
from training.model.bundle_weights import bundle_weights, is_bundle
from training.model.multitask import entity_logits, new_model, with_entity_head

NAMES = ("bank", "oil", "company", "china")
TONES = {"outage": "negative", "flat": "neutral", "beat": "positive"}
FILLERS = ("shares", "quarter", "policy", "ceo", "yields", "crypto")


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def two_sided(root: Path) -> None:
    """Texts such as `oil beat bank outage`: good for one entity and bad for the other."""
    rows: list[dict[str, object]] = []
    for filler in FILLERS:
        for first in NAMES:
            for second in NAMES:
                for one, tone in TONES.items():
                    for other, opposite in TONES.items():
                        if first < second:
                            text = f"{first} {one} {filler} {second} {other}"
                            entities = [{"name": first, "label": tone}, {"name": second, "label": opposite}]
                            label = tone if tone == opposite else "mixed"
                            rows.append({"id": text, "text": text, "label": label, "entities": entities})
    write(root / "sentfin/train.jsonl.gz", rows)


@pytest.fixture(scope="module")
def exported(tiny_config: TrainConfig, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Result]]:
    """The folder of bundles of a model trained on two-sided texts, and its development results."""
    folder = tmp_path_factory.mktemp("entities")
    two_sided(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GROUNDSWELL_DATA", str(folder / "data"))
        config = tiny_config.replace(steps=300, eval_every=150, save_every=300, sets={"sentfin": 1000})
        run_training(config, folder / "run", resume=False)
        return folder / "models", export_bundle(folder / "run", Target(folder / "models", "tiny", "1", max_tokens=16))


def test_a_text_is_good_for_one_entity_and_bad_for_another(exported: tuple[Path, list[Result]]) -> None:
    models, results = exported
    entities = next(one for one in results if one.task == "entities")
    assert entities.scores.rows > 30
    assert entities.scores.accuracy > 0.9
    classifier = Classifier(current_bundle(models, "tiny"), threads=1)
    assert classifier.has_entity_head
    text = "oil beat quarter bank outage"
    (scores,) = classifier.score([text], entities=[[Named("oil"), Named("bank")]])
    assert [max(range(3), key=one.__getitem__) for one in scores.entities] == [2, 0]


def test_a_run_starts_from_a_bundle(exported: tuple[Path, list[Result]], tiny_config: TrainConfig) -> None:
    bundle = current_bundle(exported[0], "tiny")
    assert is_bundle(bundle.folder)
    config = tiny_config.model.replace(base=str(bundle.folder))
    model = new_model(config, topics=len(load_taxonomy().topics)).eval()
    tokenizer = Tokenizer.from_file(str(bundle.tokenizer_path))
    text = "oil beat quarter bank outage"
    ids = torch.tensor([tokenizer.encode(text).ids])
    with torch.inference_mode():
        sentiment, _, tokens = model(ids, torch.ones_like(ids))
    classifier = Classifier(bundle, threads=1)
    (scores,) = classifier.infer(classifier.encode([text], [[Named("bank")]]))
    assert torch.softmax(sentiment[0, 0], 0).tolist() == pytest.approx(scores.sentiment, abs=0.02)
    (place,) = classifier.encode([text], [[Named("bank")]])[0].entities
    assert torch.softmax(tokens[0, place].mean(0)[0], 0).tolist() == pytest.approx(scores.entities[0], abs=0.02)


def test_another_graph_is_refused(tmp_path: Path) -> None:
    from tests.harness.tiny_bundle import tiny_bundle

    with pytest.raises(CheckpointError, match="not the graph of an exported model"):
        bundle_weights(tiny_bundle(tmp_path).folder)


def test_every_way_of_naming_entities(tmp_path: Path) -> None:
    base = {"id": "1", "text": "Oil up, oil down at Acme", "label": "negative", "lang": "en"}
    spans = [{"name": "oil", "label": "negative", "start": 8, "end": 11}, {"name": "Acme", "label": "neutral"}]
    kinds: dict[str, dict[str, object]] = {
        "labelled": {"entities": spans},
        "target": {"target": "Acme"},
        "negative": {"entities": ["Oil", "Acme"], "negative_entities": ["Acme"]},
        "none": {"entities": spans},
    }
    found = {}
    for kind, fields in kinds.items():
        write(tmp_path / f"{kind}.jsonl.gz", [{**base, **fields}])
        (row,) = read_rows(tmp_path / f"{kind}.jsonl.gz", entities=kind)
        found[kind] = [(one.named.name, one.named.occurrence, one.label) for one in row.entities]
    assert found == {
        "labelled": [("oil", 0, "negative"), ("Acme", None, "neutral")],
        "target": [("Acme", None, "negative")],
        "negative": [("Oil", None, "not_negative"), ("Acme", None, "negative")],
        "none": [],
    }
    write(tmp_path / "bad.jsonl.gz", [{**base, "entities": [{"name": "x"}]}])
    with pytest.raises(DataError, match="name and label"):
        list(read_rows(tmp_path / "bad.jsonl.gz", entities="labelled"))


def test_repeats_unite_entities_and_lose_a_contradictory_label() -> None:
    def row(label: str, *entities: tuple[str, str]) -> Row:
        named = tuple(LabelledEntity(Named(name), tone) for name, tone in entities)
        return Row("1", "Acme and Beta", (label,), "en", 1, named)

    first = row("positive", ("Acme", "positive"), ("Both", "neutral"))
    second = row("negative", ("Beta", "negative"), ("Both", "positive"))
    merged = merge_repeats([first, second], rule="drop")
    (kept,) = merged.rows
    assert kept.labels == ()
    assert [(one.named.name, one.label) for one in kept.entities] == [("Acme", "positive"), ("Beta", "negative")]
    example = to_example(kept, load_registry()["fiqa_sa"], load_taxonomy())
    assert example.allowed == ()
    assert example.teaches
    assert [entity.allowed for entity in example.entities] == [(2,), (0,)]


def test_entities_are_pooled_over_their_own_tokens() -> None:
    def example(text: str, *names: str) -> Example:
        entities = tuple(EntityTarget(Named(name), "l", (0,), (0, 1, 2)) for name in names)
        return Example("1", "s", "en", text, (), (), (), (), (), False, entities)

    examples = [example("shares fall", "fall"), example("oil beat bank miss", "bank", "oil beat", "nowhere")]
    encoded = encode(tiny_tokenizer(), examples, 16)
    assert [one.entities for one in encoded] == [[[2]], [[3], [1, 2], [0, 1, 2, 3, 4, 5]]]
    batch = collate(examples, encoded, topics=2, pad_id=1)
    assert batch.entity_rows.tolist() == [0, 1, 1, 1]
    assert batch.entity_tokens[2].tolist() == [0, 0.5, 0.5, 0, 0, 0]
    logits = torch.arange(36, dtype=torch.float32).reshape(2, 6, 3)
    pooled = entity_logits(logits.unsqueeze(2), batch.entity_rows, batch.entity_tokens)[:, 0]
    assert pooled[0].tolist() == logits[0, 2].tolist()
    assert pooled[2].tolist() == logits[1, 1:3].mean(0).tolist()
    assert group_loss(pooled, batch.entity_allowed, batch.entity_classes, 0.0).item() == pytest.approx(
        torch.nn.functional.cross_entropy(pooled, torch.zeros(4, dtype=torch.int64)).item()
    )


def test_evaluate_scores_texts_and_entities(exported: tuple[Path, list[Result]], tmp_path: Path) -> None:
    bundle = current_bundle(exported[0], "tiny")
    entities = [{"name": "oil", "label": "positive"}, {"name": "bank", "label": "negative"}]
    mixed = {"id": "1", "text": "oil beat quarter bank outage", "label": "mixed", "entities": entities, "lang": "en"}
    plain = {"id": "2", "text": "oil outage policy bank outage", "label": "negative", "entities": [], "lang": "en"}
    write(tmp_path / "test.jsonl.gz", [mixed, plain])
    found = evaluate_file(bundle.folder, "sentfin", tmp_path / "test.jsonl.gz", threads=1)
    assert [(one.task, one.scores.rows) for one in found.results] == [("sentiment", 1), ("entities", 2)]
    assert found.results[1].scores.accuracy == 1.0
    assert found.outside == 1
    write_predictions(tmp_path / "out.jsonl", found)
    first, second = (json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines())
    assert [(one["id"], one["gold"], one["predicted"]) for one in first["entities"]] == [
        ("1#0", "positive", "positive"),
        ("1#1", "negative", "negative"),
    ]
    assert "entities" not in second


def test_without_an_entity_head_entities_have_the_sentiment_of_their_text(
    tiny_config: TrainConfig, base_model: Path
) -> None:
    torch.manual_seed(2)
    model = new_model(tiny_config.model, topics=2).eval()
    older = {name: value for name, value in model.state_dict().items() if name.split(".")[0] in ("sentiment", "topic")}
    model.load_state_dict(with_entity_head(older), strict=False)
    ids = torch.tensor([[0, 5, 6, 7, 2]])
    sentiment, _, tokens = model(ids, torch.ones_like(ids))
    torch.testing.assert_close(tokens[0], sentiment.expand(5, 1, 3))
    assert with_entity_head(model.state_dict()).keys() == model.state_dict().keys()
