"""Weights of an ONNX model that lie in another file, wherever in the model they are named."""

from __future__ import annotations

from collections.abc import Callable

import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from services.inference.external_data import has_external_data

Change = Callable[[onnx.ModelProto, TensorProto], object]


def outside() -> TensorProto:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="weights.bin")
    return tensor


def inside() -> TensorProto:
    return helper.make_tensor("w", TensorProto.FLOAT, [2], [0.5, 1.5])


def constant(tensor: TensorProto) -> onnx.NodeProto:
    return helper.make_node("Constant", [], ["w"], value=tensor)


def in_a_branch(model: onnx.ModelProto, tensor: TensorProto) -> None:
    branch = helper.make_graph([constant(tensor)], "branch", [], [])
    model.graph.node.append(helper.make_node("If", ["c"], ["w"], then_branch=branch, else_branch=branch))


def sparse(model: onnx.ModelProto, tensor: TensorProto) -> None:
    indices = numpy_helper.from_array(numpy_helper.to_array(inside()).astype("int64"), "i")
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(tensor, indices, [4]))


def in_a_function(model: onnx.ModelProto, tensor: TensorProto) -> None:
    model.functions.append(helper.make_function("own", "f", [], ["w"], [constant(tensor)], []))


@pytest.mark.parametrize(
    "change",
    [
        lambda model, tensor: model.graph.initializer.append(tensor),
        lambda model, tensor: model.graph.node.append(constant(tensor)),
        lambda model, tensor: model.training_info.add().initialization.initializer.append(tensor),
        in_a_branch,
        sparse,
        in_a_function,
    ],
)
def test_a_tensor_outside_is_found_and_one_inside_is_none(change: Change) -> None:
    for tensor, found in ((inside(), False), (outside(), True)):
        model = helper.make_model(helper.make_graph([], "g", [], []))
        change(model, tensor)
        assert has_external_data(model.SerializeToString()) is found


@pytest.mark.parametrize("field", ["external_data", "data_location"])
def test_either_field_is_enough(field: str) -> None:
    tensor = outside()
    tensor.ClearField(field)
    model = helper.make_model(helper.make_graph([], "g", [], [], [tensor]))
    assert has_external_data(model.SerializeToString())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        has_external_data(data)
    except ValueError as error:
        assert str(error).startswith("byte ")  # noqa: PT017


def test_deep_nesting_takes_no_stack() -> None:
    data = b""
    for _ in range(3_000):
        graph = _field(1, _field(5, _field(6, data)))
        data = graph
    assert not has_external_data(_field(7, data))


def _field(number: int, content: bytes) -> bytes:
    length, digits = len(content), bytearray()
    while length >= 0x80:
        digits.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([number << 3 | 2, *digits, length]) + content
