"""Which providers are asked for, on machines of the test's own."""

from __future__ import annotations

import onnxruntime
import pytest

from services.inference.providers import CPU, CUDA, OPENVINO, choose_providers
from services.inference.session import onnx_runtime


class Driver:
    """A CUDA driver that sees `gpus`."""

    def __init__(self, gpus: int) -> None:
        self.gpus = gpus

    def cuInit(self, flags: int) -> int:  # noqa: N802 - CUDA's own name
        return 0

    def cuDeviceGetCount(self, count: object) -> int:  # noqa: N802 - CUDA's own name
        count._obj.value = self.gpus  # type: ignore[attr-defined]
        return 0


def loader(gpus: int, *names: str) -> object:
    def load(name: str) -> object:
        if name not in names:
            raise OSError(name)
        return Driver(gpus)

    return load


CUDA13 = ("libcuda.so.1", "libcudart.so.13", "libcublas.so.13", "libcublasLt.so.13", "libcurand.so.10")


@pytest.mark.parametrize(
    ("load", "chosen", "why"),
    [
        (loader(0), [CPU], "no NVIDIA driver"),
        (loader(0, *CUDA13), [CPU], "no GPU"),
        (loader(1, *CUDA13[:2]), [CPU], "libcublas.so.13 is missing"),
        (loader(1, *CUDA13), [CUDA, CPU], ""),
    ],
)
def test_cuda_is_asked_for_only_where_it_works(load: object, chosen: list[str], why: str) -> None:
    got, reason = choose_providers(["TensorrtExecutionProvider", CUDA, CPU], "13.0", lambda: None, load)  # type: ignore[arg-type]
    assert got == chosen
    assert why in reason


def test_openvino_comes_before_the_cpu() -> None:
    assert choose_providers([CPU, OPENVINO], "", lambda: None)[0] == [OPENVINO, CPU]


def test_this_machine_has_a_cpu_at_least() -> None:
    runtime = onnx_runtime()
    assert runtime.version == onnxruntime.__version__
    assert runtime.providers[-1] == CPU
    unused = CUDA in onnxruntime.get_available_providers() and CUDA not in runtime.providers
    assert bool(runtime.why_no_cuda) == unused
