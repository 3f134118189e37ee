"""Makes pkg/onnx/testdata/cases: a tiny ONNX model for every operation and quirk that pkg/onnx reads, and beside each
a JSON file of an input and the outputs that onnxruntime computes.

  float32  onnxruntime's output
  float64  of the same model with all floats in double: onnxruntime's where it has the operations in double, else that
           of onnx's reference evaluator, which must agree with the float32 output

Usage, from the repository's root, in an environment with requirements-onnx.txt:
  python tools/onnx_cases.py [NAME...]    (all cases without names; the files do not change from run to run)
"""
import json
import pathlib
import sys
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

FOLDER = pathlib.Path("pkg/onnx/testdata/cases")
CASES = {}


class Case:
    """A model under construction: the input is "x", the last node's first output the model's."""

    def __init__(self, name, shape, opset=13, **options):
        self.name, self.shape, self.opset, self.options = name, shape, opset, options
        self.random = np.random.default_rng(zlib.crc32(name.encode()))
        self.nodes, self.constants = [], {}
        CASES[name] = self

    def constant(self, value, kind=np.float32):
        """An initialiser: an array, or a shape whose values are drawn."""
        if isinstance(value, tuple):
            value = self.random.normal(size=value).round(3)
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value, kind)
        return name

    def ints(self, *values):
        return self.constant(list(values), np.int64)

    def node(self, op, *inputs, outputs=1, **attributes):
        """Adds a node that reads the last one's output, or "x", where inputs are not given."""
        inputs = [self.last() if i is None else i for i in inputs or [None]]
        names = [f"v{len(self.nodes)}_{k}" for k in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names[0] if outputs == 1 else names

    def last(self):
        return self.nodes[-1].output[0] if self.nodes else "x"

    def model(self, double=False, shape=None):
        """The model, its output declared with a shape; with double, all its floats are of that type."""
        o = self.options
        kind = TensorProto.DOUBLE if double or o.get("double") else TensorProto.FLOAT
        tensors = [tensor(n, v, double or o.get("double"), o.get("typed")) for n, v in self.constants.items()]
        inputs = [helper.make_tensor_value_info("x", kind, o.get("declared", list(self.shape)))]
        if o.get("repeated"):
            inputs += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in tensors]
        output = helper.make_tensor_value_info(self.last(), kind, shape)
        nodes = [doubled(n) for n in self.nodes] if double else self.nodes
        graph = helper.make_graph(nodes, self.name, inputs, [output], tensors)
        imports = [helper.make_opsetid(d, v) for d, v in o.get("imports", [])] + [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=imports, ir_version=o.get("ir", 7), producer_name="tightrope")


def tensor(name, value, double, typed):
    if double and value.dtype == np.float32:
        value = value.astype(np.float64)
    if typed:
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        return helper.make_tensor(name, kind, value.shape, value.flatten().tolist())
    return numpy_helper.from_array(value, name)


def doubled(node):
    """A copy of a node whose tensors are of doubles, and whose casts to float are casts to double."""
    node = onnx.NodeProto.FromString(node.SerializeToString())
    for a in node.attribute:
        if a.type == onnx.AttributeProto.TENSOR and a.t.data_type == TensorProto.FLOAT:
            a.t.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(a.t).astype(np.float64)))
        if node.op_type == "Cast" and a.name == "to" and a.i == TensorProto.FLOAT:
            a.i = TensorProto.DOUBLE
    return node


def run(model, x):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def in_double(case, x, y32):
    """The output in double, and who computed it."""
    model = case.model(double=True)
    try:
        return run(model, x.astype(np.float64)), "onnxruntime"
    except Exception as e:  # onnxruntime has no kernel, or this model cannot be all in double
        if "NOT_IMPLEMENTED" not in str(e) and "not implemented" not in str(e).lower():
            raise
    try:
        y = ReferenceEvaluator(model).run(None, {"x": x.astype(np.float64)})[0]
    except Exception as e:
        return None, f"none (the reference evaluator fails: {type(e).__name__})"
    if y.dtype != np.float64 or y.shape != y32.shape or np.max(np.abs(y - y32) / np.maximum(1, np.abs(y32))) > 1e-5:
        return None, "none (the reference evaluator disagrees with onnxruntime)"
    return y, "reference"


def write(case):
    kind = np.float64 if case.options.get("double") else np.float32
    x = (case.random.normal(size=case.shape) * 1.5).round(2).astype(kind)
    y = run(case.model(), x)
    model = case.model(shape=y.shape)
    # onnx's shape inference counts windows that begin in the padding (ceil_mode); onnxruntime and pytorch do not.
    onnx.checker.check_model(model, full_check="_ceil_" not in case.name)
    result = {"shape": list(y.shape), "input": x.flatten().tolist()}
    if case.options.get("double"):
        result |= {"float64": y.flatten().tolist()}
    else:
        result["float32"] = y.flatten().tolist()
        y64, source = in_double(case, x, y) if case.options.get("in_double", True) else (None, "none (not asked)")
        if y64 is not None:
            result["float64"] = y64.flatten().tolist()
        print(f"{case.name}: float64 by {source}")
    (FOLDER / f"{case.name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    (FOLDER / f"{case.name}.json").write_text(json.dumps(result) + "\n")


def arithmetic():
    for op in ["Add", "Sub", "Mul", "Div"]:
        c = Case(f"{op.lower()}_constant", (1, 3, 2, 2), 7)
        c.node(op, "x", c.constant((3, 1, 1)))
        c = Case(f"{op.lower()}_first", (2, 3))
        c.node(op, c.constant((1, 3)), "x")
        c = Case(f"{op.lower()}_scalar", (1, 4), 14)
        c.node(op, "x", c.constant(0.1307))
    for op in ["Add", "Sub"]:
        c = Case(f"{op.lower()}_branches", (1, 4))
        a = c.node("Relu", "x")
        c.node(op, a, "x")
    c = Case("add_wider", (4,))
    c.node("Add", "x", c.constant((2, 3, 1)))
    for op in ["Max", "Min"]:
        c = Case(f"{op.lower()}_constant", (1, 3, 2), 8)
        c.node(op, "x", c.constant((3, 1)))
        c = Case(f"{op.lower()}_three", (2, 4))
        c.node(op, "x", c.node("Abs", "x"), c.constant((4,)))
        Case(f"{op.lower()}_one", (4,)).node(op)


def activations():
    for op, attributes in [("Relu", {}), ("Abs", {}), ("LeakyRelu", {}), ("LeakyRelu", {"alpha": 0.3}),
                           ("HardSigmoid", {}), ("HardSigmoid", {"alpha": 0.4, "beta": 0.3}),
                           ("Sigmoid", {}), ("Tanh", {}), ("Softplus", {})]:
        Case(f"{op.lower()}{len(attributes)}", (1, 12), 7).node(op, **attributes)
    c = Case("sigmoid_padded", (1, 1, 2, 2))  # zeros that become values before a convolution
    c.node("Conv", c.node("Sigmoid", c.node("Pad", "x", c.ints(0, 0, 1, 1, 0, 0, 1, 1))), c.constant((2, 1, 3, 3)))
    for name, shape in [("channel", (3, 1, 1)), ("one", (1,)), ("each", (1, 3, 2, 2))]:
        c = Case(f"prelu_{name}", (1, 3, 2, 2), 9)
        c.node("PRelu", "x", c.constant(shape))
    Case("clip_attributes", (1, 12), 7).node("Clip", min=-0.5, max=1.25)
    Case("clip_default", (1, 12), 9).node("Clip")
    c = Case("clip_inputs", (1, 12), 11)
    c.node("Clip", "x", c.constant(-0.5), c.constant(1.25))
    c = Case("clip_upper", (1, 12))
    c.node("Clip", "x", "", c.constant(0.5))
    c = Case("clip_infinite", (1, 12))
    c.node("Clip", "x", c.constant(0), c.constant(np.inf))


def linear():
    c = Case("gemm_torch", (1, 5), 9)
    c.node("Gemm", "x", c.constant((3, 5)), c.constant((3,)), transB=1, alpha=1.0, beta=1.0)
    c = Case("gemm_scaled", (2, 5), 9)
    c.node("Gemm", "x", c.constant((5, 3)), c.constant((2, 1)), alpha=0.5, beta=-2.0)
    c = Case("gemm_transposed", (5, 2), 7)
    c.node("Gemm", "x", c.constant((3, 5)), c.constant(0.7), transA=1, transB=1)
    c = Case("gemm_no_bias", (1, 9), 11)
    c.node("Gemm", "x", c.constant((9, 3)), alpha=1.5)
    c = Case("gemm_constant_first", (3, 2), 13)
    c.node("Gemm", c.constant((4, 3)), "x", c.constant((1, 2)))
    for name, x, w, first in [("second", (1, 3), (3, 2), False), ("first", (3, 2), (4, 3), True),
                              ("vector", (3,), (3, 2), False), ("vector_first", (3,), (2, 3), True),
                              ("dot", (3,), (3,), False), ("batch", (2, 2, 3), (3, 4), False),
                              ("batches", (2, 1, 2, 3), (3, 3, 4), False), ("wide", (1, 37), (37, 5), False)]:
        c = Case(f"matmul_{name}", x)
        w = c.constant(w)
        c.node("MatMul", *([w, "x"] if first else ["x", w]))
    for opset, attributes in [(7, {}), (9, {"momentum": 0.9}), (14, {"epsilon": 0.01}),
                              (15, {"training_mode": 0})]:
        c = Case(f"batchnorm_{opset}", (1, 3, 2, 2), opset)
        statistics = [*[c.constant((3,)) for _ in range(3)], c.constant([0.5, 2, 1.3])]
        c.node("BatchNormalization", "x", *statistics, **attributes)
    c = Case("batchnorm_dense", (2, 3))
    c.node("BatchNormalization", "x", *[c.constant((3,)) for _ in range(3)], c.constant([0.5, 2, 1.3]))
    c = Case("batchnorm_no_epsilon", (1, 3, 2))
    c.node("BatchNormalization", "x", *[c.constant((3,)) for _ in range(3)], c.constant([0.5, 2, 1.25]), epsilon=0.0)


def convolutions():
    def conv(name, x, w, bias=True, opset=11, **attributes):
        c = Case(f"conv_{name}", x, opset)
        c.node("Conv", "x", c.constant(w), *([c.constant((w[0],))] if bias else []), **attributes)

    conv("padded", (1, 2, 5, 5), (3, 2, 3, 3), kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], group=1,
         dilations=[1, 1])
    conv("bare", (1, 2, 5, 5), (3, 2, 2, 3), bias=False, opset=7)
    conv("one_sided", (1, 1, 4, 5), (2, 1, 3, 3), pads=[0, 1, 2, 0])
    conv("groups", (1, 4, 4, 4), (6, 2, 2, 2), group=2)
    conv("depthwise", (2, 3, 4, 4), (3, 1, 3, 3), group=3, pads=[1, 1, 1, 1])
    conv("dilated", (1, 1, 7, 6), (2, 1, 3, 2), dilations=[2, 3], strides=[1, 2], pads=[1, 0, 2, 1])
    conv("same_upper", (1, 1, 5, 6), (2, 1, 2, 4), auto_pad="SAME_UPPER", strides=[2, 1])
    conv("same_lower", (1, 1, 5, 6), (2, 1, 2, 4), auto_pad="SAME_LOWER", strides=[2, 1])
    conv("valid", (1, 1, 5, 6), (2, 1, 2, 4), auto_pad="VALID")
    conv("line", (1, 2, 9), (3, 2, 3), pads=[2, 1], strides=[2])
    conv("column", (1, 2, 7, 3), (2, 2, 5, 1), kernel_shape=[5, 1])
    conv("dense", (1, 2, 3, 4), (5, 2, 3, 4))
    conv("far_padding", (1, 1, 2, 2), (1, 1, 2, 2), pads=[3, 3, 3, 3], strides=[3, 3])


def poolings():
    for op, include in [("AveragePool", {"count_include_pad": 1}), ("AveragePool", {}), ("MaxPool", {})]:
        name = op.lower() + ("_counted" if include else "")
        Case(f"{name}_padded", (1, 2, 5, 5), 11).node(op, kernel_shape=[3, 2], pads=[1, 0, 2, 1], strides=[2, 2],
                                                      **include)
        Case(f"{name}_bare", (1, 2, 4, 4), 7).node(op, kernel_shape=[2, 2], **include)
        Case(f"{name}_same", (1, 1, 5, 5), 11).node(op, kernel_shape=[2, 3], auto_pad="SAME_UPPER", strides=[2, 2],
                                                    **include)
        Case(f"{name}_line", (1, 2, 7), 11).node(op, kernel_shape=[3], strides=[2], pads=[1, 1], **include)
    for op in ["AveragePool", "MaxPool"]:
        name = op.lower()
        Case(f"{name}_ceil", (1, 1, 6, 7), 11).node(op, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        Case(f"{name}_ceil_padded", (1, 1, 6, 7), 12).node(op, kernel_shape=[3, 2], strides=[2, 3], ceil_mode=1,
                                                           pads=[1, 1, 1, 1])
        Case(f"{name}_ceil_skipped", (1, 1, 3, 3), 12).node(op, kernel_shape=[2, 2], strides=[3, 3], ceil_mode=1,
                                                            pads=[0, 0, 1, 1])
        Case(f"{name}_dilated", (1, 1, 6, 7), 19).node(op, kernel_shape=[3, 2], dilations=[2, 3], pads=[1, 1, 0, 1])
        Case(f"{name}_same_lower", (1, 1, 5, 5), 12).node(op, kernel_shape=[2, 4], auto_pad="SAME_LOWER",
                                                          strides=[2, 2])
    Case("maxpool_order", (1, 1, 4, 4), 8).node("MaxPool", kernel_shape=[2, 2], strides=[2, 2], storage_order=0)
    Case("globalaveragepool", (1, 3, 4, 5), 7).node("GlobalAveragePool")


def reshaping():
    Case("identity", (1, 4)).node("Identity")
    Case("dropout_attribute", (1, 4), 8).node("Dropout", ratio=0.5)
    Case("dropout_mask", (1, 4), 7).node("Dropout", ratio=0.5, outputs=2)
    c = Case("dropout_inputs", (1, 4), 12)
    c.node("Dropout", "x", c.constant(0.4), c.constant(False, np.bool_))
    for axis, opset in [(0, 7), (1, 9), (2, 11), (3, 11), (-1, 13)]:
        Case(f"flatten_{axis % 10}", (2, 3, 4), opset).node("Flatten", axis=axis)
    Case("flatten_default", (2, 3, 4), 7).node("Flatten")
    Case("flatten_vector", (4,), 13).node("Flatten")
    for name, target in [("rest", [2, -1]), ("kept", [0, -1, 2]), ("row", [1, -1]), ("flat", [-1])]:
        c = Case(f"reshape_{name}", (1, 3, 4), 13)
        c.node("Reshape", "x", c.ints(*target))
    c = Case("reshape_constant", (2, 3, 4), 9)
    shape = c.node("Constant", value=numpy_helper.from_array(np.array([4, 6], np.int64)))
    c.nodes[-1].ClearField("input")
    c.node("Reshape", "x", shape)
    c = Case("reshape_allowzero", (2, 3), 14)
    c.node("Reshape", "x", c.ints(3, 2), allowzero=1)
    c = Case("reshape_computed", (1, 3, 4), 11)  # as pytorch writes x.view(x.size(0), -1)
    size = c.node("Gather", c.node("Shape", "x"), c.constant(0, np.int64), axis=0)
    shape = c.node("Concat", c.node("Unsqueeze", size, axes=[0]), c.ints(-1), axis=0)
    c.node("Reshape", "x", shape)
    c = Case("reshape_arithmetic", (2, 6, 3), 15)  # sizes by integer arithmetic
    shape = c.node("Shape", "x", start=1, end=3)
    half = c.node("Div", shape, c.ints(4, 3))
    twice = c.node("Mul", c.node("Sub", c.node("Add", half, c.ints(3, 5)), c.ints(2, 3)), c.ints(1, 6))
    last = c.node("Slice", twice, c.ints(0), c.ints(2), c.ints(0), c.ints(1))
    cast = c.node("Cast", c.node("Cast", last, to=TensorProto.FLOAT), to=TensorProto.INT64)
    c.node("Reshape", "x", cast)
    c = Case("constant_of_shape", (2, 3), 9)
    zeros = c.node("ConstantOfShape", c.node("Shape", "x"),
                   value=numpy_helper.from_array(np.array([0.25], np.float32)))
    c.node("Add", "x", zeros)
    c = Case("constant_of_shape_default", (2, 3), 9, in_double=False)
    c.node("Add", "x", c.node("ConstantOfShape", c.node("Shape", "x")))
    for name, order in [("nchw", [0, 3, 1, 2]), ("nhwc", [0, 2, 3, 1]), ("default", None)]:
        Case(f"transpose_{name}", (1, 2, 3, 4)).node("Transpose", **({"perm": order} if order else {}))
    Case("squeeze_attribute", (1, 3, 1, 2), 9).node("Squeeze", axes=[2])
    c = Case("squeeze_input", (1, 3, 1, 2), 13)
    c.node("Squeeze", "x", c.ints(-2, 0))
    Case("squeeze_all", (1, 3, 1, 2), 13).node("Squeeze")
    Case("unsqueeze_attribute", (2, 3), 11).node("Unsqueeze", axes=[0, -1])
    c = Case("unsqueeze_input", (2, 3), 13)
    c.node("Unsqueeze", "x", c.ints(3, 1))


def selections():
    Case("slice_attributes", (3, 5), 9).node("Slice", starts=[1, -4], ends=[2**63 - 1, -1], axes=[0, 1])
    Case("slice_attributes_default", (3, 5), 7).node("Slice", starts=[0, 1], ends=[2, 4])
    for name, ranges in [("inputs", ([1], [2**63 - 1])), ("axes", ([1, 0], [4, 2], [1, 0])),
                         ("steps", ([4, 0], [-2**63, 3], [1, 0], [-2, 2])), ("outside", ([-9], [9], [1], [3])),
                         ("back", ([2], [-9], [0], [-1]))]:
        c = Case(f"slice_{name}", (3, 5), 10 if name == "inputs" else 13)
        c.node("Slice", "x", *[c.ints(*r) for r in ranges])
    for name, opset, sizes in [("attribute", 11, [1, 4]), ("input", 13, [1, 4]), ("equal", 9, None),
                                ("counted", 18, None)]:
        c = Case(f"split_{name}", (2, 5) if sizes or name == "counted" else (2, 6), opset)
        attributes, inputs = {"axis": 1}, ["x"]
        if opset < 13 and sizes:
            attributes["split"] = sizes
        elif sizes:
            inputs.append(c.ints(*sizes))
        if opset >= 18:
            attributes["num_outputs"] = 3
        parts = c.node("Split", *inputs, outputs=3 if name == "counted" else 2, **attributes)
        c.node("Concat", *reversed(parts), axis=1)
    c = Case("split_added", (2, 6))
    parts = c.node("Split", outputs=2, axis=-1)
    c.node("Sub", *parts)
    c = Case("concat_constant", (2, 3))
    c.node("Concat", "x", c.constant((2, 2)), c.node("Relu", "x"), axis=-1)
    c = Case("concat_first", (2, 3), 7)
    c.node("Concat", c.constant((1, 3)), "x", axis=0)
    c = Case("gather_places", (2, 4, 2))
    c.node("Gather", "x", c.ints(3, -4, 1, 1), axis=1)
    c = Case("gather_one", (2, 4), 7)
    c.node("Gather", "x", c.constant(2, np.int64), axis=1)
    c = Case("gather_matrix", (4, 2))
    c.node("Gather", "x", c.constant([[0, 3], [1, 2]], np.int32))
    Case("pad_attributes", (1, 1, 2, 3), 9).node("Pad", pads=[0, 0, 1, 0, 0, 0, 0, 2], mode="constant", value=0.0)
    c = Case("pad_inputs", (1, 1, 2, 3), 11)
    c.node("Pad", "x", c.ints(0, 0, 1, 0, 0, 0, 0, 2))
    c = Case("pad_value", (2, 3), 13)
    c.node("Pad", "x", c.ints(1, 0, 0, 2), c.constant(-1.5))
    c = Case("pad_axes", (2, 3), 18)
    c.node("Pad", "x", c.ints(1, 2), "", c.ints(-1))
    c = Case("pad_cut", (3, 4), 13)
    c.node("Pad", "x", c.ints(-1, 2, 0, -1))


def types():
    c = Case("cast_weights_float16", (1, 4), in_double=False)
    c.node("MatMul", "x", c.node("Cast", c.constant((4, 3), np.float16), to=TensorProto.FLOAT))
    c = Case("cast_weights_float16_typed", (1, 4), in_double=False, typed=True)
    c.node("MatMul", "x", c.node("Cast", c.constant((4, 3), np.float16), to=TensorProto.FLOAT))
    c = Case("cast_weights_double", (1, 4), in_double=False)
    c.node("MatMul", "x", c.node("Cast", c.constant((4, 3), np.float32), to=TensorProto.FLOAT))
    c = Case("cast_activations", (1, 4), in_double=False)
    c.node("Cast", c.node("Relu", c.node("Cast", "x", to=TensorProto.DOUBLE)), to=TensorProto.FLOAT)
    c = Case("double_model", (1, 4), double=True)
    c.node("Gemm", "x", c.constant((4, 3), np.float64), c.constant((3,), np.float64))
    c = Case("typed_fields", (1, 4), typed=True)
    c.node("Reshape", c.node("MatMul", "x", c.constant((4, 6))), c.ints(2, 3))
    c = Case("constant_node", (1, 3), 9)
    value = c.node("Constant", value=numpy_helper.from_array(np.array([[0.1, -2, 3]], np.float32)))
    c.nodes[-1].ClearField("input")
    c.node("Sub", "x", value)
    for name, value in [("value_float", 0.3), ("value_floats", [0.3, -1.0, 2.0])]:
        c = Case(f"constant_{name}", (1, 3), 12, in_double=False)
        v = c.node("Constant", **{name: value})
        c.nodes[-1].ClearField("input")
        c.node("Mul", "x", v)
    for name, value, x in [("value_int", 6, (1, 6)), ("value_ints", [3, 2], (1, 6))]:
        c = Case(f"constant_{name}", x, 13)
        v = c.node("Constant", **{name: value})
        c.nodes[-1].ClearField("input")
        c.node("Reshape", "x", v if name == "value_ints" else c.node("Unsqueeze", v, c.ints(0)))
    c = Case("constant_chain", (1, 4))  # weights that are computed
    w = c.node("Transpose", c.node("Mul", c.constant((3, 4)), c.constant(0.5)))
    c.node("MatMul", "x", w)


def quirks():
    def network(name, opset, **options):
        c = Case(name, (1, 1, 6, 6), opset, **options)
        c.node("Conv", "x", c.constant((2, 1, 3, 3)), c.constant((2,)), pads=[1, 1, 1, 1])
        c.node("Relu")
        c.node("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
        c.node("Flatten")
        c.node("Gemm", None, c.constant((4, 18)), c.constant((4,)), transB=1)

    for opset in range(7, 21):
        network(f"opset_{opset}", opset, ir=10 if opset > 18 else 7)
    network("initialisers_repeated", 8, ir=3, repeated=True)
    network("symbolic_batch", 13, declared=["batch", 1, 6, 6])
    network("unknown_batch", 13, declared=[None, 1, 6, 6])
    network("other_domain", 13, imports=[("ai.onnx.ml", 2)])
    c = Case("no_batch", (1,), 14)  # as test_tiny of the competition
    c.node("MatMul", c.constant((2, 1)), "x")
    c.node("Relu")
    c.node("MatMul", c.constant((1, 2)), None)
    c = Case("nhwc", (1, 4, 4, 2), 9)  # as tf2onnx writes: the order of units is height, width, channel
    c.node("Transpose", perm=[0, 3, 1, 2])
    c.node("Conv", None, c.constant((3, 2, 2, 2)), c.constant((3,)), strides=[2, 2])
    c.node("Transpose", perm=[0, 2, 3, 1])
    c.node("Reshape", None, c.ints(-1, 12))
    c.node("Add", c.node("MatMul", None, c.constant((12, 3))), c.constant((3,)))
    c = Case("residual", (1, 2, 4, 4), 9)
    skip = c.node("Conv", "x", c.constant((2, 2, 1, 1)), c.constant((2,)), strides=[2, 2])
    c.node("Conv", "x", c.constant((2, 2, 3, 3)), c.constant((2,)), strides=[2, 2], pads=[1, 1, 1, 1])
    c.node("Conv", c.node("Relu"), c.constant((2, 2, 3, 3)), c.constant((2,)), pads=[1, 1, 1, 1])
    c.node("Relu", c.node("Add", None, skip))


def main():
    for group in [arithmetic, activations, linear, convolutions, poolings, reshaping, selections, types, quirks]:
        group()
    FOLDER.mkdir(parents=True, exist_ok=True)
    unknown = [n for n in sys.argv[1:] if n not in CASES]
    if unknown:
        sys.exit(f"onnx_cases: no case {', '.join(unknown)}: the cases are {', '.join(CASES)}")
    for name in sys.argv[1:] or CASES:
        try:
            write(CASES[name])
        except Exception as e:
            raise SystemExit(f"onnx_cases: {name}: {e}") from e


if __name__ == "__main__":
    main()
