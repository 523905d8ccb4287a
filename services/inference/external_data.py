"""Whether an ONNX model keeps weights in files beside it, which no hash of the model covers.

Reads the Protocol Buffers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3, but only the way to tensors.
"""

from __future__ import annotations

from collections.abc import Iterator

_TENSOR, _SPARSE, _ATTRIBUTE, _NODE, _GRAPH, _FUNCTION, _TRAINING, _MODEL = range(8)
_PARTS: dict[int, dict[int, int]] = {
    _MODEL: {7: _GRAPH, 20: _TRAINING, 25: _FUNCTION},
    _TRAINING: {1: _GRAPH, 2: _GRAPH},
    _FUNCTION: {7: _NODE, 11: _ATTRIBUTE},
    _GRAPH: {1: _NODE, 5: _TENSOR, 15: _SPARSE},
    _NODE: {5: _ATTRIBUTE},
    _ATTRIBUTE: {5: _TENSOR, 6: _GRAPH, 10: _TENSOR, 11: _GRAPH, 22: _SPARSE, 23: _SPARSE},
    _SPARSE: {1: _TENSOR, 2: _TENSOR},
    _TENSOR: {},
}
"""Message -> number of a field -> the message in it."""
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14
"""Fields of a tensor: where its data lies outside of the model, and that it does."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def has_external_data(model: bytes) -> bool:
    """Whether any tensor of a model lies in another file.

    :raises ValueError: when `model` is no Protocol Buffer.
    """
    view = memoryview(model)
    waiting = [(_MODEL, 0, len(view))]
    while waiting:
        kind, start, end = waiting.pop()
        for number, wire, first, last in _fields(view, start, end):
            if kind == _TENSOR and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and any(view[first:last]))):
                return True
            inner = _PARTS[kind].get(number)
            if inner is not None and wire == _BYTES:
                waiting.append((inner, first, last))
    return False


def _fields(view: memoryview, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Number, wire type and place of the content of each field."""
    while at < end:
        key, at = _varint(view, at, end)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            _, last = _varint(view, at, end)
        elif wire == _BYTES:
            length, at = _varint(view, at, end)
            last = at + length
        elif wire in (_FIXED64, _FIXED32):
            last = at + (8 if wire == _FIXED64 else 4)
        else:
            raise ValueError(f"byte {at}: wire type {wire} is not used by ONNX")
        if last > end:
            raise ValueError(f"byte {at}: field {number} goes beyond the end")
        yield number, wire, at, last
        at = last


def _varint(view: memoryview, at: int, end: int) -> tuple[int, int]:
    """A number of up to 64 bits, and where it ends."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            break
        value |= (view[at] & 0x7F) << shift
        at += 1
        if view[at - 1] < 0x80:
            return value, at
    raise ValueError(f"byte {at}: a number is cut, or too long")
