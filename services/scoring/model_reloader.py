"""The model in use, and its exchange for another while the worker runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from services.domain.errors import BundleInvalid
from services.inference.added_topics import load_added_topics
from services.inference.bundle import Bundle, current_bundle, current_version
from services.inference.classifier import Classifier

log = logging.getLogger(__name__)


class ModelReloader:
    """Holds the classifier of `<root>/<name>/CURRENT`; `changed` is called with each one that comes into use.

    :raises BundleInvalid: when the first model cannot be loaded.
    """

    def __init__(
        self,
        root: Path,
        name: str,
        load: Callable[[Bundle], Classifier],
        changed: Callable[[Classifier], None],
    ) -> None:
        self._root = root
        self._name = name
        self._load = load
        self._changed = changed
        self.model = load(current_bundle(root, name))
        changed(self.model)

    def refresh(self) -> bool | None:
        """Exchange the model if CURRENT names another version, or a topic was added to it or removed: loaded,
        verified, then swapped in one step.

        None when there is nothing to do, True after an exchange, False when the new model is broken: the one in
        use stays, and the next call tries again.
        """
        try:
            version = current_version(self._root, self._name)
            used = self.model.bundle
            if version == used.manifest.version and load_added_topics(used) == self.model.added:
                return None
            fresh = self._load(current_bundle(self._root, self._name))
        except BundleInvalid as error:
            log.error("the new model is refused, %s stays in use: %s", self.model.bundle.model_version, error)
            return False
        self.model = fresh
        self._changed(fresh)
        log.info("model in use: %s, added topics: %s", fresh.bundle.model_version, ", ".join(fresh.added.ids) or "none")
        return True
