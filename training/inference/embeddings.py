"""The pooled vector of each text, computed by the graph that is served."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from rich.progress import track
from tokenizers import Tokenizer

from services.inference.added_topics import POOLED_OUTPUT
from services.inference.bundle import Bundle
from services.inference.model_input import model_input
from services.text.clean import clean_text
from training.model.pooled_output import expose_pooled

Floats = npt.NDArray[np.float32]


def embed(bundle: Bundle, texts: Sequence[str]) -> Floats:
    """Embed raw texts, with a progress bar. *Shape:* returns (texts, width).

    Each text is a run of its own: the scale of an int8 graph's activations, and so a vector, would otherwise
    depend on its neighbours.

    :raises ExportError: when the bundle's graph has no sentiment head to take the vector from.
    """
    tokenizer = Tokenizer.from_file(str(bundle.tokenizer_path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(bundle.manifest.max_tokens)
    graph = expose_pooled(onnx.load(str(bundle.model_path)))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = []
    for text in track(texts, description="embedding", transient=True):
        ids = np.array([tokenizer.encode(model_input(clean_text(text))).ids], dtype=np.int64)
        [pooled] = session.run([POOLED_OUTPUT], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        rows.append(pooled[0])
    return np.stack(rows).astype(np.float32)
