"""What the manifest says of a trained model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from services.inference.manifest import Description, TopicLabel
from training.data.label_maps import label_maps, topic_languages, training_data
from training.data.registry import LabelledSet
from training.data.taxonomy import Taxonomy
from training.export.lineage import base_name
from training.export.target import Target
from training.learning.checkpoint import RunRecord


def describe(
    target: Target, record: RunRecord, registry: Mapping[str, LabelledSet], taxonomy: Taxonomy, pad_id: int
) -> Description:
    """Describe the model of a run before anything is fitted: thresholds are 0.5, nothing is calibrated."""
    used = [registry[name] for name in record.config.sets]
    base = record.config.model
    return Description(
        name=target.name,
        version=target.version,
        created_at=now(),
        precision=target.precision,
        languages=tuple(sorted({code for spec in used for code in spec.languages if code != "und"})),
        max_tokens=target.max_tokens,
        topics=tuple(
            TopicLabel(topic.id, topic.name_en, topic.name_zh, languages)
            for topic, languages in zip(taxonomy.topics, topic_languages(used, taxonomy), strict=True)
        ),
        topic_thresholds=dict.fromkeys(taxonomy.ids, 0.5),
        label_maps=label_maps(used, taxonomy),
        base_model={"name": base_name(base), "licence": base.licence},
        training_data=training_data(used, record.counts),
        pad_token_id=pad_id,
        conventions=record.conventions,
    )


def now() -> str:
    """The time as ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
