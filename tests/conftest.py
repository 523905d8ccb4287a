"""The marker of each test follows from its folder; hypothesis judges answers, not how long they take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import settings

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


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Give each test the marker of its folder."""
    for item in items:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        item.add_marker(MARKERS[folder])
