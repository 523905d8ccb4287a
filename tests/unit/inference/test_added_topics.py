"""Topics beside a bundle's files: what they must be, how each fault is named, and what they say of a text."""

from __future__ import annotations

from math import exp, sqrt
from pathlib import Path

import numpy as np
import pytest

from services.domain.errors import BundleInvalid
from services.inference.added_topics import AddedTopics, load_added_topics
from services.inference.bundle import Bundle, load_bundle
from tests.harness.tiny_bundle import add_topic, tiny_bundle


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return tiny_bundle(tmp_path)


def test_a_bundle_without_the_folder_has_none(bundle: Bundle) -> None:
    added = load_added_topics(bundle)
    assert added == AddedTopics()
    assert added.probabilities(np.zeros((2, 5), dtype=np.float32)).shape == (2, 0)
    assert added.thresholds_in("en") == {}


def test_topics_come_in_the_order_of_their_ids(bundle: Bundle) -> None:
    add_topic(bundle, "strike", languages=["zh", "en"], threshold=0.2)
    add_topic(bundle, "profits", weights=[0.0, 0.0, 0.0, 0.0, 1.0], bias=2.0)
    added = load_added_topics(bundle)
    assert added.ids == ("profits", "strike")
    assert added.thresholds_in("en") == {"profits": 0.9, "strike": 0.2}
    assert added.thresholds_in("zh") == {"strike": 0.2}
    assert added.thresholds_in("other") == {}
    pooled = np.array([[3, 0, 0, 4, 0], [0, 0, 0, 2, 2], [0, 0, 0, 0, 0]], dtype=np.float32)
    logits = [(2.0, 10 * 0.8 - 5), (2.0 + sqrt(0.5), 10 * sqrt(0.5) - 5), (2.0, -5.0)]
    expected = [[1 / (1 + exp(-value)) for value in row] for row in logits]
    np.testing.assert_allclose(added.probabilities(pooled), expected, atol=1e-12)


def test_the_bundle_itself_is_untouched(bundle: Bundle) -> None:
    add_topic(bundle)
    assert load_bundle(bundle.folder) == bundle


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "expected schema 1, got 2"),
        ({"id": "other"}, "expected the id strike, got other"),
        ({"model_version": "tiny/0"}, "expected a topic of tiny/1, got one of tiny/0"),
        ({"languages": ["fr"]}, r"got \['fr'\]"),
        ({"weights": []}, "finite numbers"),
        ({"weights": ["1"]}, "Expected `float`, got `str`"),
        ({"threshold": 1.5}, "between 0 and 1, got 1.5"),
    ],
)
def test_a_broken_file_is_named(bundle: Bundle, change: dict[str, object], message: str) -> None:
    path = add_topic(bundle, "strike", **change)
    with pytest.raises(BundleInvalid, match=message) as caught:
        load_added_topics(bundle)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_json_is_named(bundle: Bundle, content: bytes) -> None:
    path = add_topic(bundle)
    path.write_bytes(content)
    with pytest.raises(BundleInvalid, match=r"profits\.json"):
        load_added_topics(bundle)


def test_a_topic_of_the_model_cannot_be_added(bundle: Bundle) -> None:
    add_topic(bundle, "outage")
    with pytest.raises(BundleInvalid, match="has a topic outage of its own"):
        load_added_topics(bundle)


def test_widths_must_agree(bundle: Bundle) -> None:
    add_topic(bundle)
    add_topic(bundle, "strike", weights=[1.0])
    with pytest.raises(BundleInvalid, match=r"strike\.json: expected 5 weights, got 1"):
        load_added_topics(bundle)
