"""Which ONNX Runtime providers this machine can use, found out before asking for one: a provider that fails
to start logs errors that read like a fault of ours.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

CUDA = "CUDAExecutionProvider"
OPENVINO = "OpenVINOExecutionProvider"
CPU = "CPUExecutionProvider"
ORDER = (CUDA, OPENVINO, CPU)

_DRIVER = "libcuda.so.1"
_LIBRARIES = ("libcudart.so.{0}", "libcublas.so.{0}", "libcublasLt.so.{0}", "libcurand.so.10")


def choose_providers(
    available: Sequence[str],
    cuda_version: str,
    preload: Callable[[], None],
    load: Callable[[str], Any] = ctypes.CDLL,
) -> tuple[list[str], str]:
    """Providers to ask for, best first; and why CUDA is not among them (empty if it is, or there is none to use).

    `available` and `cuda_version` are what ONNX Runtime was built with; `preload` loads CUDA libraries that were
    installed as Python packages; `load` opens a library by its name or raises OSError.
    """
    wanted = [name for name in ORDER if name in available]
    why = _cuda_missing(cuda_version, preload, load) if CUDA in wanted else ""
    if why:
        wanted.remove(CUDA)
    return wanted, why


def _cuda_missing(cuda_version: str, preload: Callable[[], None], load: Callable[[str], Any]) -> str:
    try:
        driver = load(_DRIVER)
    except OSError:
        return "no NVIDIA driver on this machine"
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0 or count.value == 0:
        return "an NVIDIA driver, but no GPU that it can use"
    preload()
    for pattern in _LIBRARIES:
        library = pattern.format(cuda_version.split(".", maxsplit=1)[0])
        try:
            load(library)
        except OSError:
            return f"an NVIDIA GPU, but {library} is missing: install CUDA {cuda_version} and cuDNN 9"
    return ""
