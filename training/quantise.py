"""int8 matrix products whose scores do not depend on the batch: activations are quantised token by token.

ONNX Runtime's dynamic quantisation takes one scale for a whole batch, so that a score moves with padding and with the
other texts (by 0.3 logits here). One scale a token (vector-wise quantisation: Dettmers et al., "LLM.int8()", 2022,
section 2.1) moves nothing and loses less:

    scale = (max x - min x) / 255 per token;  q = round((x - min x) / scale)
    x W ~ (scale * q W8 + min x * sum of W8's column) * scale of the column
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic


def quantised(source: Path, target: Path) -> None:
    """Write the float32 graph at `source` to `target` with int8 embeddings and int8 matrix products."""
    with tempfile.TemporaryDirectory() as folder:
        plain, gathered = Path(folder) / "plain.onnx", Path(folder) / "gathered.onnx"
        model = onnx.load(str(source))
        # Shapes that the exporter inferred contradict those of the quantised graph.
        del model.graph.value_info[:]
        onnx.save(model, str(plain))
        quantize_dynamic(plain, gathered, weight_type=QuantType.QInt8, op_types_to_quantize=["Gather"])
        model = onnx.load(str(gathered))
    _quantise_products(model.graph)
    onnx.checker.check_model(model)
    part = target.with_name(target.name + ".tmp")
    onnx.save(model, str(part))
    part.replace(target)


def _quantise_products(graph: onnx.GraphProto) -> None:
    weights = {one.name: one for one in graph.initializer}
    nodes: list[NodeProto] = []
    known: set[str] = set()
    for node in list(graph.node):
        if node.op_type == "MatMul" and node.input[1] in weights:
            if node.input[0] not in known:
                known.add(node.input[0])
                nodes += _activation(node.input[0])
            nodes += _product(graph, node, numpy_helper.to_array(weights[node.input[1]]))
        else:
            nodes.append(node)
    used = {name for node in nodes for name in node.input}
    kept = [one for one in graph.initializer if one.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *_constants()])


def _constants() -> Iterator[TensorProto]:
    yield numpy_helper.from_array(np.array([-1], np.int64), "last_axis")
    yield numpy_helper.from_array(np.array(1 / 255, np.float32), "one_step")
    yield numpy_helper.from_array(np.array(1e-9, np.float32), "least_scale")


def _activation(x: str) -> Iterator[NodeProto]:
    """`x` as `x.q` (uint8) with `x.scale` and `x.least`, one value a token."""
    yield helper.make_node("ReduceMax", [x, "last_axis"], [f"{x}.most"], keepdims=1)
    yield helper.make_node("ReduceMin", [x, "last_axis"], [f"{x}.least"], keepdims=1)
    yield helper.make_node("Sub", [f"{x}.most", f"{x}.least"], [f"{x}.range"])
    yield helper.make_node("Mul", [f"{x}.range", "one_step"], [f"{x}.step"])
    yield helper.make_node("Max", [f"{x}.step", "least_scale"], [f"{x}.scale"])
    yield helper.make_node("Sub", [x, f"{x}.least"], [f"{x}.above"])
    yield helper.make_node("Div", [f"{x}.above", f"{x}.scale"], [f"{x}.steps"])
    yield helper.make_node("Round", [f"{x}.steps"], [f"{x}.whole"])
    yield helper.make_node("Cast", [f"{x}.whole"], [f"{x}.q"], to=TensorProto.UINT8)


def _product(graph: onnx.GraphProto, node: NodeProto, weight: np.ndarray) -> Iterator[NodeProto]:
    """The nodes that stand for `node`, a MatMul by the constant `weight` (in, out)."""
    x, out = node.input[0], node.output[0]
    columns = np.maximum(np.abs(weight).max(axis=0), 1e-12) / 127
    whole = np.round(weight / columns).astype(np.int8)
    arrays = {"weight": whole, "columns": columns.astype(np.float32), "sums": whole.sum(0).astype(np.float32)}
    graph.initializer.extend(
        numpy_helper.from_array(array, f"{out}.{name}") for name, array in arrays.items()
    )
    yield helper.make_node("MatMulInteger", [f"{x}.q", f"{out}.weight"], [f"{out}.whole"])
    yield helper.make_node("Cast", [f"{out}.whole"], [f"{out}.float"], to=TensorProto.FLOAT)
    yield helper.make_node("Mul", [f"{out}.float", f"{x}.scale"], [f"{out}.scaled"])
    yield helper.make_node("Mul", [f"{out}.sums", f"{x}.least"], [f"{out}.offset"])
    yield helper.make_node("Add", [f"{out}.scaled", f"{out}.offset"], [f"{out}.sum"])
    yield helper.make_node("Mul", [f"{out}.sum", f"{out}.columns"], [out])
