"""Options that several training commands have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from training.config import LoopConfig

C = TypeVar("C", bound="LoopConfig")
DEFAULT_CONFIG = Path(__file__).parent / "configs" / "default.yaml"


class Licence(StrEnum):
    """Which sets a run may use."""

    ANY = "any"
    PERMISSIVE = "permissive"


BundleArgument = Annotated[Path, typer.Argument(help="Folder of a bundle, such as exported_models/NAME/VERSION.")]
BundleOption = Annotated[Path | None, typer.Option(help="Folder of a bundle; by default the one that is served.")]
ThreadsOption = Annotated[int, typer.Option(help="Inference threads; 0: one a core.")]
SetsOption = Annotated[Path, typer.Option("--config", "-c", help="Names the sets.")]
RegistryOption = Annotated[Path | None, typer.Option(help="Your own sets and streams (YAML), beside the registered.")]


def with_registry(config: C, registry: Path | None) -> C:
    """The configuration with the user's own registry, where one is given."""
    return config if registry is None else config.replace(registry=str(registry))
