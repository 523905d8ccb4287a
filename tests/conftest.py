"""Which tests share a worker, and the marker that each test has by its folder.

Hypothesis judges answers, not how long they take.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

MARKERS = {
    "unit": "unit",
    "wiring": "integration",
    "contract": "integration",
    "integration": "integration",
    "e2e": "e2e",
}
"""By folder of `tests`."""

settings.register_profile("groundswell", deadline=None)
settings.load_profile("groundswell")


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]
    """The tests of a file run in one worker, and so do all with Apache Kafka: one at a time is enough for a machine."""

    def _split_scope(self, nodeid: str) -> str:
        return "kafka" if "[kafka" in nodeid else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FilesTogether:
    """Hand out files in the order of the folders: those of e2e and integration, which take longest, before unit."""
    config.option.loadscopereorder = False
    return FilesTogether(config, log)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Give each test the marker of its folder."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        item.add_marker(MARKERS[folder])
