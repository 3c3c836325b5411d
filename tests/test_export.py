import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from training.export import _embeddings_to_int8

TABLE = np.random.default_rng(0).normal(size=(1000, 128)).astype(np.float32)


def model_of(nodes, outputs):
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(TABLE, "table")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"ids": np.array([0, 5, 7])})


GATHER = helper.make_node("Gather", ["table", "ids"], ["a"], axis=0)


@pytest.mark.parametrize(
    ("nodes", "outputs", "is_shrunk"),
    [
        ([GATHER], ["a"], True),
        ([GATHER, helper.make_node("Gather", ["table", "ids"], ["b"], axis=0)], ["a", "b"], True),
        ([GATHER, helper.make_node("Transpose", ["table"], ["b"])], ["a", "b"], False),
        ([helper.make_node("Gather", ["table", "ids"], ["a"], axis=1)], ["a"], False),
    ],
)
def test_a_table_is_stored_in_int8_only_where_rows_are_gathered(nodes, outputs, is_shrunk):
    model = model_of(nodes, outputs)
    before = run(model)
    _embeddings_to_int8(model.graph)
    for a, b in zip(before, run(model), strict=True):
        assert a.shape == b.shape
        assert np.abs(a - b).max() < (0.03 if is_shrunk else 1e-9)
    assert any(t.data_type == TensorProto.INT8 for t in model.graph.initializer) is is_shrunk
