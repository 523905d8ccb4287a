"""The ONNX Runtime session of a bundle, on the best provider of this machine; the only importer of onnxruntime here."""

from __future__ import annotations

import contextlib
import io
import logging
from dataclasses import dataclass

import onnxruntime

from services.domain.errors import BundleInvalid
from services.inference.bundle import MODEL, Bundle
from services.inference.providers import CPU, OPENVINO, choose_providers

log = logging.getLogger(__name__)

_ERRORS_ONLY = 3


@dataclass(frozen=True, slots=True)
class OnnxRuntime:
    """ONNX Runtime on this machine: its providers, best first, and why CUDA is none of them although it was built in
    (else empty).
    """

    version: str
    providers: list[str]
    why_no_cuda: str


def onnx_runtime() -> OnnxRuntime:
    """What this machine offers."""
    available = onnxruntime.get_available_providers()
    providers, why_no_cuda = choose_providers(available, onnxruntime.cuda_version or "", _preload_cuda)
    return OnnxRuntime(onnxruntime.__version__, providers, why_no_cuda)


def open_session(bundle: Bundle, threads: int) -> onnxruntime.InferenceSession:
    """Open the model on the first provider that starts; the CPU is the last resort.

    `threads` is the number of threads within one run, 0 for one a core.

    :raises BundleInvalid: when no provider can load the model, or it is not what the manifest says any more.
    """
    runtime = onnx_runtime()
    if runtime.why_no_cuda:
        log.info("CUDA is not used: %s", runtime.why_no_cuda)
    model = bundle.read(MODEL)
    for provider in runtime.providers:
        try:
            return _session(model, provider, threads)
        except Exception as error:  # ONNX Runtime's errors have no common base but this
            if provider == CPU:
                raise BundleInvalid(bundle.model_path, f"not a model ONNX Runtime can load: {error}") from error
            log.warning("%s does not start, trying the next: %s", provider, error)
    raise BundleInvalid(
        bundle.model_path, f"ONNX Runtime offers none of the providers needed, only {runtime.providers}"
    )


def _preload_cuda() -> None:
    """Load CUDA from installed Python packages; `choose_providers` says what is missing, in its place."""
    with contextlib.redirect_stdout(io.StringIO()):
        onnxruntime.preload_dlls()


def _session(model: bytes, provider: str, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    settings = {"device_type": "CPU"} if provider == OPENVINO else {}
    providers = [(provider, settings)] if provider == CPU else [(provider, settings), (CPU, {})]
    return onnxruntime.InferenceSession(model, options, providers=providers)
