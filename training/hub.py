"""Files of the Hugging Face hub, in its cache: what comes, how large it is, and why it does not come."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from training.errors import HubError

Kind = Literal["dataset", "model"]


@dataclass(frozen=True)
class HubFile:
    """A file as the hub has it: the commit of its repository, its size in bytes, and whether it is in the cache."""

    repository: str
    name: str
    kind: Kind
    revision: str
    size: int
    cached: bool


def find_file(repository: str, name: str, kind: Kind) -> HubFile:
    """Ask the hub, and without a connection its cache, for a file.

    :raises HubError: when there is no such file, it may not be read, or there is no connection and it is not in the
        cache.
    """
    info = _ask(repository, name, kind, dry_run=True)
    return HubFile(repository, name, kind, info.commit_hash, info.file_size, info.is_cached)


def download(file: HubFile) -> Path:
    """Bring a file into the cache, with a bar on standard error, and return where it lies.

    A download that was cut off goes on where it stopped.

    :raises HubError: as `find_file`, or when the disk has no room.
    """
    room = shutil.disk_usage(_existing(_cache())).free
    if not file.cached and file.size > room:
        needed, free = (f"{value / 1e6:.1f} MB" for value in (file.size, room))
        raise HubError(f"{file.repository}: {file.name} needs {needed}, but {_cache()} has {free} free")
    return Path(_ask(file.repository, file.name, file.kind))  # of the branch: offline, its cache is asked by that


class MissingFile(HubError):
    """The repository is there, the file is not."""


def _ask(repository: str, name: str, kind: Kind, **options: Any) -> Any:
    import httpx
    from huggingface_hub import errors, hf_hub_download

    place = f"{kind} {repository} on the hub"
    options |= {"repo_type": kind, "cache_dir": _cache(), "endpoint": endpoint()}
    try:
        try:
            return hf_hub_download(repository, name, **options)
        except (httpx.ConnectError, RuntimeError) as error:
            if not _unreachable(error):
                raise
            return hf_hub_download(repository, name, local_files_only=True, **options)
    except errors.HFValidationError as error:
        raise HubError(f"{repository!r} is neither a folder nor a name of the hub, owner/name") from error
    except errors.GatedRepoError as error:
        raise HubError(f"{place} is given only to those who asked for it there; then `hf auth login`") from error
    except errors.RepositoryNotFoundError as error:
        raise HubError(f"there is no {place} ({endpoint()}), or it is private") from error
    except errors.LocalEntryNotFoundError as error:
        missing = f"{name} of {repository} is not in its cache"
        raise HubError(f"no connection to the hub ({endpoint()}), and {missing}") from error
    except errors.EntryNotFoundError as error:
        raise MissingFile(f"{place} has no file {name}") from error
    except httpx.TransportError as error:
        raise HubError(f"{place}: {name}: cut off ({error}); call it again, and it goes on there") from error
    except OSError as error:  # of the hub's answer, or of the disk
        raise HubError(f"{place}: {name}: {error}") from error


def _unreachable(error: Exception) -> bool:
    """Whether there was no connection; huggingface_hub 1.16 then asks again with a client that it has closed."""
    return not isinstance(error, RuntimeError) or "client has been closed" in str(error)


def endpoint() -> str:
    """The address of the hub: `HF_ENDPOINT`, where that is set."""
    return os.environ.get("HF_ENDPOINT") or "https://huggingface.co"


def _cache() -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.resolve().parents) if folder.is_dir())
