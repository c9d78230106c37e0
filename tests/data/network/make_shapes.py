"""Random graphs of the arithmetic that exporters compute shapes with, and what ONNX Runtime makes of them.

Each graph reads the shape of an image, and works on it with every operator that abbe's interpreter knows
(`src/network/graph/fold.rs`), with random attributes, in several versions of the operators. Every value is an output.
Writes `shapes.zip`: for each graph its file, and for two images of different extents what comes out.

    pip install onnx==1.23.2 onnxruntime==1.28.0 numpy
    python make_shapes.py
"""

import itertools
import json
import pathlib
import zipfile

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
# A network of more outputs than 16 is refused.
GRAPHS, OUTPUTS = 300, 15
OPSETS = [9, 11, 12, 13, 15, 18, 21]
IMAGES = [(1, 3, 24, 40), (1, 3, 56, 32)]
OPTIONS = onnxruntime.SessionOptions()
OPTIONS.log_severity_level = 4
OPTIONS.intra_op_num_threads = 1
# What the file says is computed, not what an optimiser makes of it.
OPTIONS.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL


def pick(random, values):
    return values[random.integers(len(values))]


class Graph:
    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.opset = pick(self.random, OPSETS)
        self.nodes, self.weights, self.known = [], [], {"x": np.zeros(IMAGES[0], np.float32)}
        self.stated = []

    def constant(self, values, kind):
        name = f"k{len(self.weights)}"
        array = np.asarray(values, kind)
        tensor = numpy_helper.from_array(array, name)
        if self.random.random() < 0.5 and array.dtype in (np.int64, np.float32):
            # Not as raw bytes, as some exporters write them.
            field = "int64_data" if array.dtype == np.int64 else "float_data"
            tensor.ClearField("raw_data")
            getattr(tensor, field).extend(array.ravel().tolist())
        self.weights.append(tensor)
        self.known[name] = array
        return name

    def model(self, nodes, weights, outputs):
        image = helper.make_tensor_value_info("x", TensorProto.FLOAT, [None] * 4)
        made = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in outputs]
        for info in made:
            info.ClearField("type")
        graph = helper.make_graph(nodes, "g", [image], made, weights)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)

    def add(self, kind, inputs, outputs=1, **attributes):
        """Adds a node if ONNX Runtime takes it; its results become known."""
        names = [f"v{len(self.nodes)}_{at}" for at in range(outputs)]
        node = helper.make_node(kind, inputs, names, **attributes)
        weights = [numpy_helper.from_array(self.known[name], name) for name in set(inputs) if name and name != "x"]
        try:
            session = onnxruntime.InferenceSession(self.model([node], weights, names).SerializeToString(), OPTIONS)
            made = session.run(None, {"x": self.known["x"]})
        except Exception:  # noqa: BLE001: whatever it refuses is no node of the test
            return None
        # What is not a number has no truth; large tensors are no shapes.
        if any(value.size > 4096 or not np.isfinite(value.astype(float)).all() for value in made):
            return None
        if any(np.abs(value.astype(float)).max(initial=0) > 1e12 for value in made):
            return None
        self.nodes.append(node)
        self.stated += names
        self.known.update(zip(names, made))
        return names[0]

    def some(self, *kinds, rank=None):
        fits = [
            name
            for name, value in self.known.items()
            if name != "x" and value.dtype in kinds and (rank is None or value.ndim in rank)
        ]
        return pick(self.random, fits) if fits else None

    def list(self, values):
        """Whole numbers, as an input."""
        return self.constant(values, np.int64)


WHOLE = (np.dtype(np.int64), np.dtype(np.int32))
REAL = (np.dtype(np.float32), np.dtype(np.float64))
TRUTH = (np.dtype(np.bool_),)


def shape_of(g):
    attributes = {}
    if g.opset >= 15 and g.random.random() < 0.6:
        attributes["start"] = int(g.random.integers(-5, 5))
        if g.random.random() < 0.7:
            attributes["end"] = int(g.random.integers(-5, 6))
    g.add("Shape", [pick(g.random, list(g.known))], **attributes)


def arithmetic(g):
    kinds = pick(g.random, [WHOLE, REAL])
    one = g.some(*kinds)
    if one is None:
        return
    other = g.some(g.known[one].dtype) if g.random.random() < 0.6 else g.constant(
        pick(g.random, [[2], 3, [-2], [1, 2, 3, 4], 7, 8, -3, 0.5, [[1], [4]]]), g.known[one].dtype)
    name = pick(g.random, ["Add", "Sub", "Mul", "Div", "Mod", "Pow", "Max", "Min", "Sum", "Mean"])
    attributes = {"fmod": 1} if name == "Mod" and (kinds == REAL or g.random.random() < 0.5) else {}
    if name == "Div" and (g.known[other] == 0).any():
        return
    if name == "Mod" and (g.known[other] == 0).any():
        return
    if name == "Pow" and (np.abs(g.known[other]).max(initial=0) > 3 or (g.known[other] < 0).any()):
        return
    g.add(name, [one, other], **attributes)


def compared(g):
    one = g.some(*(WHOLE if g.random.random() < 0.7 else REAL))
    if one is None:
        return
    other = g.some(g.known[one].dtype)
    g.add(pick(g.random, ["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"]), [one, other])


def logical(g):
    one, other = g.some(*TRUTH), g.some(*TRUTH)
    if one is None:
        return
    name = pick(g.random, ["And", "Or", "Xor", "Not"])
    g.add(name, [one] if name == "Not" else [one, other])


def chosen(g):
    condition, one = g.some(*TRUTH), g.some(*WHOLE, *REAL)
    if condition and one:
        g.add("Where", [condition, one, g.some(g.known[one].dtype)])


def single(g):
    one = g.some(*WHOLE, *REAL)
    g.add(pick(g.random, ["Neg", "Abs", "Sign", "Identity", "Floor", "Ceil", "Round", "Sqrt", "Reciprocal", "Relu"]), [one])


def cast(g):
    one = g.some(*WHOLE, *REAL, *TRUTH)
    to = pick(g.random, [TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL, TensorProto.DOUBLE])
    g.add("Cast", [one], to=to)


def clipped(g):
    one = g.some(*REAL) if g.opset < 12 else g.some(*WHOLE, *REAL)
    if one is None:
        return
    if g.opset < 11:
        g.add("Clip", [one], min=-1.5, max=20.0)
    else:
        kind = g.known[one].dtype
        low = g.constant(2, kind) if g.random.random() < 0.7 else ""
        g.add("Clip", [one, low, g.constant(9, kind)] if g.random.random() < 0.7 else [one, low])


def gathered(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2, 3])
    if one is None:
        return
    extent = g.known[one].shape[0]
    if extent == 0:
        return
    low = -extent if g.opset >= 11 else 0
    index = g.random.integers(low, extent, size=pick(g.random, [(), (1,), (3,), (2, 2)]))
    g.add("Gather", [one, g.list(index)], axis=0)


def gathered_otherwise(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2])
    if one is None or 0 in g.known[one].shape:
        return
    value = g.known[one]
    if g.random.random() < 0.5:
        axis = int(g.random.integers(value.ndim))
        g.add("GatherElements", [one, g.list(g.random.integers(0, value.shape[axis], size=value.shape))], axis=axis)
    else:
        rows = [[int(g.random.integers(extent)) for extent in value.shape] for _ in range(3)]
        g.add("GatherND", [one, g.list(rows)])


def scattered(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2])
    if one is None or 0 in g.known[one].shape:
        return
    value = g.known[one]
    attributes = {"reduction": pick(g.random, ["none", "add", "mul"])} if g.opset >= 16 else {}
    if g.random.random() < 0.5:
        rows = [[int(g.random.integers(value.shape[0]))]]
        updates = g.constant(np.full((1, *value.shape[1:]), 5), value.dtype)
        g.add("ScatterND", [one, g.list(rows), updates], **attributes)
    elif g.opset >= 11:
        index = g.random.integers(0, value.shape[0], size=(1, *value.shape[1:]))
        g.add("ScatterElements", [one, g.list(index), g.constant(np.full(index.shape, 7), value.dtype)], axis=0, **attributes)
    else:
        index = g.random.integers(0, value.shape[0], size=(1, *value.shape[1:]))
        g.add("Scatter", [one, g.list(index), g.constant(np.full(index.shape, 7), value.dtype)], axis=0)


def joined(g):
    one = g.some(*WHOLE, *REAL)
    if g.known[one].ndim == 0:
        return
    same = [name for name, value in g.known.items()
            if name != "x" and value.dtype == g.known[one].dtype and value.ndim == g.known[one].ndim]
    g.add("Concat", [pick(g.random, same) for _ in range(g.random.integers(1, 4))],
          axis=int(g.random.integers(-1 if g.opset >= 11 else 0, g.known[one].ndim)))


def sliced(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2, 3])
    if one is None:
        return
    rank = g.known[one].ndim
    axes = list(g.random.permutation(rank)[: g.random.integers(1, rank + 1)])
    far = pick(g.random, [2**63 - 1, 2**31 - 1, 3, -1, -(2**63) + 1])
    starts, ends = g.random.integers(-4, 4, len(axes)), np.where(g.random.random(len(axes)) < 0.5, far, g.random.integers(-4, 5, len(axes)))
    if g.opset < 10:
        g.add("Slice", [one], starts=[int(v) for v in starts], ends=[int(v) for v in ends], axes=[int(v) for v in axes])
        return
    inputs = [one, g.list(starts), g.list(ends)]
    if g.random.random() < 0.8:
        inputs.append(g.list(axes))
        if g.random.random() < 0.7:
            inputs.append(g.list(g.random.choice([1, 1, 2, -1, -2, 3], len(axes))))
    elif axes != list(range(len(axes))):
        return
    g.add("Slice", inputs)


def split(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2])
    if one is None:
        return
    extent = g.known[one].shape[0]
    if g.opset >= 18 and g.random.random() < 0.5:
        g.add("Split", [one], outputs=2, axis=0, num_outputs=2)
    elif g.random.random() < 0.5:
        g.add("Split", [one], outputs=2, axis=0)
    elif extent >= 2:
        if g.opset < 13:
            g.add("Split", [one], outputs=2, axis=0, split=[1, extent - 1])
        else:
            g.add("Split", [one, g.list([1, extent - 1])], outputs=2, axis=0)


def reformed(g):
    one = g.some(*WHOLE, *REAL, *TRUTH)
    value = g.known[one]
    shapes = [[-1], [1, -1], [-1, 1, 1], [2, -1], [0, -1], [-1, 2]]
    if g.random.random() < 0.7:
        attributes = {"allowzero": 1} if g.opset >= 14 and g.random.random() < 0.2 else {}
        g.add("Reshape", [one, g.list(pick(g.random, shapes))], **attributes)
    else:
        g.add("Flatten", [one], axis=int(g.random.integers(0, value.ndim + 1)))


def squeezed(g):
    one = g.some(*WHOLE, *REAL, *TRUTH)
    value = g.known[one]
    ones = [at for at, extent in enumerate(value.shape) if extent == 1]
    if g.random.random() < 0.6 or not ones:
        axes = [int(v) for v in g.random.permutation(value.ndim + 2)[:2]] if g.random.random() < 0.3 else [0]
        name = "Unsqueeze"
    else:
        axes, name = [pick(g.random, ones)], "Squeeze"
    if name == "Squeeze" and g.random.random() < 0.3:
        g.add("Squeeze", [one])
    elif g.opset >= 13:
        g.add(name, [one, g.list(axes)])
    else:
        g.add(name, [one], axes=axes)


def transposed(g):
    one = g.some(*WHOLE, *REAL)
    rank = g.known[one].ndim
    if rank == 0:
        return
    g.add("Transpose", [one], **({"perm": [int(v) for v in g.random.permutation(rank)]} if g.random.random() < 0.7 else {}))


def repeated(g):
    one = g.some(*WHOLE, *REAL, *TRUTH)
    value = g.known[one]
    if g.random.random() < 0.5:
        wanted = [int(v) for v in g.random.integers(1, 4, size=g.random.integers(1, 4))]
        g.add("Expand", [one, g.list(wanted)])
    elif value.ndim:
        g.add("Tile", [one, g.list(g.random.integers(1, 3, value.ndim))])


def filled(g):
    value = pick(g.random, [numpy_helper.from_array(np.array([3], np.int64)), numpy_helper.from_array(np.array([1.5], np.float32)), None])
    attributes = {} if value is None else {"value": value}
    wanted = [int(v) for v in g.random.integers(0, 4, size=g.random.integers(0, 3))]
    g.add("ConstantOfShape", [g.list(wanted)], **attributes)


def ranged(g):
    if g.opset < 11:
        return
    scalars = [name for name, value in g.known.items() if value.dtype == np.int64 and value.ndim == 0]
    limit = pick(g.random, scalars) if scalars else g.constant(9, np.int64)
    if abs(int(g.known[limit])) > 300:
        return
    if g.random.random() < 0.3:
        g.add("Range", [g.constant(v, np.float32) for v in (0.5, 4.25, 0.75)])
    else:
        g.add("Range", [g.constant(pick(g.random, [0, 2, -1]), np.int64), limit, g.constant(pick(g.random, [1, 2, -1]), np.int64)])


def reduced(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2, 3])
    if one is None or 0 in g.known[one].shape:
        return
    name = pick(g.random, ["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceMean"])
    attributes = {"keepdims": int(g.random.integers(2))}
    rank = g.known[one].ndim
    axes = [int(g.random.integers(-rank if g.opset >= 11 else 0, rank))]
    by_input = g.opset >= (13 if name == "ReduceSum" else 18)
    if g.random.random() < 0.3:
        if by_input and g.random.random() < 0.5:
            attributes["noop_with_empty_axes"] = 1
        g.add(name, [one], **attributes)
    elif by_input:
        g.add(name, [one, g.list(axes)], **attributes)
    else:
        g.add(name, [one], axes=axes, **attributes)


def best(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2])
    if one is None or 0 in g.known[one].shape:
        return
    attributes = {"select_last_index": int(g.random.integers(2))} if g.opset >= 12 else {}
    g.add(pick(g.random, ["ArgMax", "ArgMin"]), [one], axis=0, keepdims=int(g.random.integers(2)), **attributes)


def summed_up(g):
    if g.opset >= 11 and (one := g.some(*WHOLE, *REAL, rank=[1, 2])):
        g.add("CumSum", [one, g.list(0)], exclusive=int(g.random.integers(2)), reverse=int(g.random.integers(2)))


def top(g):
    one = g.some(*WHOLE, *REAL, rank=[1, 2])
    if one is None or g.opset < 11 or 0 in g.known[one].shape:
        return
    count = int(g.random.integers(1, g.known[one].shape[-1] + 1))
    g.add("TopK", [one, g.list([count])], outputs=2, largest=int(g.random.integers(2)))


def counted(g):
    if one := g.some(*WHOLE, *TRUTH, rank=[1, 2]):
        g.add("NonZero", [one])


def padded(g):
    one = g.some(np.dtype(np.int64), *REAL, rank=[1, 2]) if g.opset >= 12 else g.some(*REAL, rank=[1, 2])
    if one is None or 0 in g.known[one].shape:
        return
    rank = g.known[one].ndim
    mode = pick(g.random, ["constant", "edge", "reflect"] + (["wrap"] if g.opset >= 19 else []))
    if mode in ("reflect", "wrap") and min(g.known[one].shape) < 3:
        return
    pads = [int(v) for v in g.random.integers(0, 3, 2 * rank)]
    if g.opset < 11:
        g.add("Pad", [one], pads=pads, mode=mode)
        return
    inputs = [one, g.list(pads)]
    if mode == "constant" and g.random.random() < 0.5:
        inputs.append(g.constant(4, g.known[one].dtype))
    g.add("Pad", inputs, mode=mode)


def shifted(g):
    if one := g.some(np.dtype(np.int64), rank=[1]):
        if (g.known[one] >= 0).all():
            amount = g.constant([1], np.uint64)
            turned = g.add("Cast", [one], to=TensorProto.UINT64)
            if turned:
                g.add("BitShift", [turned, amount], direction=pick(g.random, ["LEFT", "RIGHT"]))


def stated(g):
    if g.opset >= 12:
        g.add("Constant", [], **pick(g.random, [
            {"value_int": 3}, {"value_ints": [4, 5]}, {"value_float": 0.5}, {"value_floats": [1.0, 2.5]},
            {"value": numpy_helper.from_array(np.arange(3, dtype=np.int32))},
        ]))


STEPS = [shape_of, arithmetic, arithmetic, arithmetic, arithmetic, compared, compared, logical, logical, chosen, chosen, single, single, cast, clipped, gathered, gathered_otherwise,
         scattered, joined, joined, sliced, sliced, split, reformed, squeezed, transposed, repeated, filled, ranged,
         reduced, best, summed_up, top, counted, padded, shifted, stated]


def make(seed):
    g = Graph(seed)
    g.add("Shape", ["x"])
    g.constant([2, 5, 7], np.int64)
    g.constant([1.5, -2.25], np.float32)
    for _ in range(300):
        if len(g.stated) >= OUTPUTS:
            break
        pick(g.random, STEPS)(g)
    used = {name for node in g.nodes for name in node.input}
    model = g.model(g.nodes, [weight for weight in g.weights if weight.name in used], g.stated)
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), OPTIONS)
    except Exception:  # noqa: BLE001: shapes inferred beforehand may contradict each other
        return None
    runs = []
    for image in IMAGES:
        try:
            made = session.run(None, {"x": np.zeros(image, np.float32)})
        except Exception:  # noqa: BLE001: an index may lie outside for another image
            continue
        runs.append({
            "image": image,
            "outputs": [{"type": str(value.dtype), "shape": value.shape, "values": value.ravel().tolist()} for value in made],
        })
    # Outputs are known by their names alone.
    return model.SerializeToString(), runs, [node.op_type for node in g.nodes]


def main():
    counts = {}
    with zipfile.ZipFile(HERE / "shapes.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        graphs = filter(None, map(make, itertools.count()))
        for seed, (model, runs, names) in enumerate(itertools.islice(graphs, GRAPHS)):
            for name in names:
                counts[name] = counts.get(name, 0) + 1
            stamp = lambda name: zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # noqa: E731
            archive.writestr(stamp(f"{seed}.onnx"), model, zipfile.ZIP_DEFLATED)
            archive.writestr(stamp(f"{seed}.json"), json.dumps(runs), zipfile.ZIP_DEFLATED)
    print(sorted(counts.items(), key=lambda pair: -pair[1]))


if __name__ == "__main__":
    main()
