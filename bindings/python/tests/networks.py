"""Small networks of every family that users bring, written with onnx's own helpers: no training framework is needed.

:data:`FAMILIES` has a line each: how it is built, on which image it is tried, and what must be found out about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = numpy.ndarray


class Network:
    """A graph under construction; every method gives the name of a value."""

    def __init__(self, opset: int = 18, seed: int = 0) -> None:
        self.opset, self.random = opset, numpy.random.default_rng(seed)
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.inputs: list[Any] = []
        self.outputs: list[Any] = []
        self.functions: list[Any] = []
        self.domains: list[Any] = []
        self.kind = numpy.float32
        self.count = 0

    def name(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def op(self, operator: str, *inputs: str, outputs: int = 1, **attributes: Any) -> Any:
        names = [self.name() for _ in range(outputs)]
        domain = attributes.pop("domain", "")
        self.nodes.append(helper.make_node(operator, list(inputs), names, name=f"{operator}_{names[0]}", domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def const(self, values: Any, kind: Any = None) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(numpy.asarray(values, kind), name))
        return name

    def ints(self, *values: int) -> str:
        return self.const(values, numpy.int64)

    def real(self, values: Any) -> str:
        return self.const(values, self.kind)

    def input(self, name: str, shape: list[Any], kind: int = TensorProto.FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, value: str, shape: list[Any], kind: int = TensorProto.FLOAT) -> None:
        name = f"y{len(self.outputs)}"
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def conv(self, x: str, fed: int, made: int, size: Any = 3, act: str | None = None, dims: int = 2, **attributes: Any) -> str:
        extents = (size,) * dims if isinstance(size, int) else tuple(size)
        group, dilation = attributes.get("group", 1), attributes.get("dilations", [1] * dims)
        weights = self.random.normal(0, 1 / numpy.sqrt(fed // group * numpy.prod(extents)), (made, fed // group, *extents))
        if "auto_pad" not in attributes:
            attributes.setdefault("pads", [(n - 1) * d // 2 for n, d in zip(extents, dilation)] * 2)
        y = self.op("Conv", x, self.real(weights), self.real(self.random.normal(0, 0.1, made)), **attributes)
        return self.op(act, y) if act else y

    def transposed(self, x: str, fed: int, made: int, size: int = 2, step: int = 2, dims: int = 2, **attributes: Any) -> str:
        weights = self.random.normal(0, 1 / numpy.sqrt(fed * size), (fed, made) + (size,) * dims)
        return self.op("ConvTranspose", x, self.real(weights), strides=[step] * dims, **attributes)

    def pool(self, x: str, dims: int = 2, step: Any = 2, **attributes: Any) -> str:
        steps = [step] * dims if isinstance(step, int) else step
        return self.op(attributes.pop("operator", "MaxPool"), x, kernel_shape=steps, strides=steps, **attributes)

    def resize(self, x: str, by: Any, dims: int = 2, **attributes: Any) -> str:
        factors = [by] * dims if isinstance(by, (int, float)) else by
        return self.op("Resize", x, "", self.const([1, 1, *factors], numpy.float32), **attributes)

    def dimension(self, x: str, at: int) -> str:
        """An extent, as a list of one number."""
        return self.op("Slice", self.op("Shape", x), self.ints(at), self.ints(at + 1))

    def like(self, x: str, other: str, **attributes: Any) -> str:
        """Resized to the rows and columns of another value."""
        own = self.op("Slice", self.op("Shape", x), self.ints(0), self.ints(2))
        theirs = self.op("Slice", self.op("Shape", other), self.ints(2), self.ints(4))
        return self.op("Resize", x, "", "", self.op("Concat", own, theirs, axis=0), **attributes)

    def model(self) -> bytes:
        graph = helper.make_graph(self.nodes, "network", self.inputs, self.outputs, self.weights)
        sets = [helper.make_opsetid("", self.opset), *(helper.make_opsetid(*domain) for domain in self.domains)]
        return helper.make_model(graph, opset_imports=sets, ir_version=10, functions=self.functions).SerializeToString()


def planar(middle: Callable[[Network, str], str], opset: int = 18, channels: int = 1, **options: Any) -> Callable[[], bytes]:
    """A network of planes: a convolution, `middle` on four channels, a convolution."""

    def build() -> bytes:
        net = Network(opset, **options)
        x = net.input("x", ["n", channels, "h", "w"])
        net.output(net.conv(middle(net, net.conv(x, channels, 4, act="Relu")), 4, channels), ["n", channels, "hh", "ww"])
        return net.model()

    return build


def unet(up: Callable[[Network, str, str], str], down: Callable[[Network, str], str] | None = None, norm: Any = None) -> Callable[[], bytes]:
    """A U-Net of two levels; `up` gets what to enlarge and what it must fit."""

    def middle(net: Network, x: str) -> str:
        normed = norm or (lambda net, x: x)
        first = normed(net, net.conv(x, 4, 4, act="Relu"))
        half = (down or Network.pool)(net, first)
        second = normed(net, net.conv(half, 4, 4, act="Relu"))
        quarter = (down or Network.pool)(net, second)
        third = net.conv(quarter, 4, 4, act="Relu")
        joined = net.op("Concat", up(net, third, second), second, axis=1)
        joined = net.conv(joined, 8, 4, act="Relu")
        return net.conv(net.op("Concat", up(net, joined, first), first, axis=1), 8, 4, act="Relu")

    return planar(middle)


def nearest(net: Network, x: str, other: str) -> str:
    return net.resize(x, 2, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")


def group_norm(net: Network, x: str) -> str:
    """As PyTorch's exporters write it."""
    flat = net.op("Reshape", x, net.ints(0, 2, -1))
    flat = net.op("InstanceNormalization", flat, net.real([1, 1]), net.real([0, 0]))
    return net.op("Mul", net.op("Reshape", flat, net.op("Shape", x)), net.real(net.random.normal(1, 0.1, (4, 1, 1))))


def instance_norm(net: Network, x: str) -> str:
    return net.op("InstanceNormalization", x, net.real(net.random.normal(1, 0.1, 4)), net.real(net.random.normal(0, 0.1, 4)))


def layer_norm(net: Network, x: str) -> str:
    last = net.op("Transpose", x, perm=[0, 2, 3, 1])
    last = net.op("LayerNormalization", last, net.real([1] * 4), net.real([0] * 4), axis=-1)
    return net.op("Transpose", last, perm=[0, 3, 1, 2])


def unshuffled(net: Network, x: str, by: int, channels: int) -> str:
    """Pixels to channels by reshapes, as PyTorch's exporters write pixel_unshuffle."""
    size = net.ints(by)
    h, w = net.op("Div", net.dimension(x, 2), size), net.op("Div", net.dimension(x, 3), size)
    n = net.dimension(x, 0)
    y = net.op("Reshape", x, net.op("Concat", n, net.ints(channels), h, size, w, size, axis=0))
    y = net.op("Transpose", y, perm=[0, 1, 3, 5, 2, 4])
    return net.op("Reshape", y, net.op("Concat", n, net.ints(channels * by * by), h, w, axis=0))


def shuffled(net: Network, x: str, by: int, channels: int) -> str:
    """Channels to pixels by reshapes."""
    size = net.ints(by)
    n, h, w = (net.dimension(x, at) for at in (0, 2, 3))
    y = net.op("Reshape", x, net.op("Concat", n, net.ints(channels), size, size, h, w, axis=0))
    y = net.op("Transpose", y, perm=[0, 1, 4, 2, 5, 3])
    h, w = net.op("Mul", h, size), net.op("Mul", w, size)
    return net.op("Reshape", y, net.op("Concat", n, net.ints(channels), h, w, axis=0))


def attention(net: Network, tokens: str, width: int) -> str:
    """Self-attention among the tokens of [n, tokens, width]."""
    def linear() -> str:
        return net.op("MatMul", tokens, net.real(net.random.normal(0, 1 / numpy.sqrt(width), (width, width))))

    q, k, v = linear(), linear(), linear()
    scores = net.op("MatMul", q, net.op("Transpose", k, perm=[0, 2, 1]))
    return net.op("Add", tokens, net.op("MatMul", net.op("Softmax", scores, axis=-1), v))


def windows(net: Network, x: str, size: int = 8, shift: int = 0) -> str:
    """Attention inside windows, as SwinIR has it."""
    last = net.op("Transpose", x, perm=[0, 2, 3, 1])
    if shift:
        for axis in (1, 2):
            head = net.op("Slice", last, net.ints(shift), net.ints(2**31 - 1), net.ints(axis))
            tail = net.op("Slice", last, net.ints(0), net.ints(shift), net.ints(axis))
            last = net.op("Concat", head, tail, axis=axis)
    w = net.ints(size)
    h, v = net.op("Div", net.dimension(last, 1), w), net.op("Div", net.dimension(last, 2), w)
    n = net.dimension(last, 0)
    cut = net.op("Reshape", last, net.op("Concat", n, h, w, v, w, net.ints(4), axis=0))
    cut = net.op("Transpose", cut, perm=[0, 1, 3, 2, 4, 5])
    tokens = attention(net, net.op("Reshape", cut, net.ints(-1, size * size, 4)), 4)
    back = net.op("Reshape", tokens, net.op("Concat", n, h, v, w, w, net.ints(4), axis=0))
    back = net.op("Transpose", back, perm=[0, 1, 3, 2, 4, 5])
    back = net.op("Reshape", back, net.op("Shape", last))
    return net.op("Transpose", back, perm=[0, 3, 1, 2])


def everywhere(net: Network, x: str) -> str:
    """Attention among all pixels, at a quarter of the extents."""
    small = net.pool(x, step=4, operator="AveragePool")
    n, h, w = (net.dimension(small, at) for at in (0, 2, 3))
    tokens = net.op("Transpose", net.op("Reshape", small, net.ints(0, 4, -1)), perm=[0, 2, 1])
    back = net.op("Transpose", attention(net, tokens, 4), perm=[0, 2, 1])
    back = net.op("Reshape", back, net.op("Concat", n, net.ints(4), h, w, axis=0))
    return net.op("Add", x, net.resize(back, 4, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"))


def among_channels(net: Network, x: str) -> str:
    """Attention among channels over all pixels, as Restormer has it."""
    flat = net.op("Reshape", x, net.ints(0, 4, -1))
    size = net.op("Sqrt", net.op("ReduceSum", net.op("Mul", flat, flat), net.ints(2), keepdims=1))
    unit = net.op("Div", flat, net.op("Add", size, net.real(1e-6)))
    scores = net.op("Softmax", net.op("MatMul", unit, net.op("Transpose", unit, perm=[0, 2, 1])), axis=-1)
    return net.op("Add", x, net.op("Reshape", net.op("MatMul", scores, flat), net.op("Shape", x)))


def squeezed(net: Network, x: str) -> str:
    """Channels weighted by the mean of the image."""
    mean = net.op("GlobalAveragePool", x)
    return net.op("Mul", x, net.op("Sigmoid", net.conv(mean, 4, 4, size=1)))


def chunks(net: Network, x: str) -> str:
    """A gate of three parts whose extents are computed in the graph, as torch.chunk is exported."""
    y = net.conv(x, 4, 24)
    channels = net.op("Gather", net.op("Shape", y), net.const(1, numpy.int64), axis=0)
    part = net.op("Div", net.op("Add", channels, net.const(2, numpy.int64)), net.const(3, numpy.int64))
    ends = [net.op("Unsqueeze", net.op("Mul", part, net.const(k, numpy.int64)), net.ints(0)) for k in range(4)]
    a, b, c = (net.op("Slice", y, ends[k], ends[k + 1], net.ints(1)) for k in range(3))
    return net.conv(net.op("Add", net.op("Mul", a, net.op("Sigmoid", b)), c), 8, 4)


def torch_pad(net: Network, x: str, mode: str = "reflect") -> str:
    """The amounts of padding as PyTorch's older exporter computes them."""
    zeros = net.op("ConstantOfShape", net.ints(4), value=helper.make_tensor("v", TensorProto.INT64, [1], [0]))
    pads = net.op("Reshape", net.op("Concat", net.ints(1, 1, 1, 1), zeros, axis=0), net.ints(-1, 2))
    pads = net.op("Slice", pads, net.ints(-1), net.ints(-(2**63) + 1), net.ints(0), net.ints(-1))
    pads = net.op("Reshape", net.op("Transpose", pads, perm=[1, 0]), net.ints(-1))
    return net.conv(net.op("Pad", x, net.op("Cast", pads, to=TensorProto.INT64), mode=mode), 4, 4, pads=[0] * 4)


def padded(mode: str) -> Callable[[Network, str], str]:
    return lambda net, x: net.conv(net.op("Pad", x, net.ints(0, 0, 3, 3, 0, 0, 3, 3), mode=mode), 4, 4, size=7, pads=[0] * 4)


def masked(net: Network, x: str) -> str:
    """The border cut off and filled with zeros."""
    cut = net.op("Slice", x, net.ints(3, 3), net.ints(-3, -3), net.ints(2, 3))
    return net.op("Pad", cut, net.ints(0, 0, 3, 3, 0, 0, 3, 3))


def coordinates(net: Network, x: str) -> str:
    """The row's number as one more channel."""
    rows = net.op("Cast", net.op("Range", net.const(0, numpy.int64), net.op("Squeeze", net.dimension(x, 2)), net.const(1, numpy.int64)), to=1)
    rows = net.op("Mul", net.op("Reshape", rows, net.ints(1, 1, -1, 1)), net.real(0.01))
    channel = net.op("Slice", x, net.ints(0), net.ints(1), net.ints(1))
    rows = net.op("Add", net.op("Mul", channel, net.real(0.0)), rows)
    return net.conv(net.op("Concat", x, rows, axis=1), 5, 4)


def to_multiple(net: Network, x: str) -> str:
    """The image continued to a multiple of 8 inside the network, and cut again."""
    amounts = []
    for at in (2, 3):
        rest = net.op("Mod", net.dimension(x, at), net.ints(8))
        amounts.append(net.op("Mod", net.op("Sub", net.ints(8), rest), net.ints(8)))
    pads = net.op("Concat", net.ints(0, 0, 0, 0, 0, 0), *amounts, axis=0)
    y = windows(net, net.op("Pad", x, pads, mode="reflect"))
    ends = net.op("Slice", net.op("Shape", x), net.ints(2), net.ints(4))
    return net.op("Slice", y, net.ints(0, 0), ends, net.ints(2, 3))


def looped(net: Network, x: str) -> str:
    """A loop with a fixed number of turns: nothing in the graph tells what comes out."""
    body = Network(net.opset)
    turned = helper.make_node("Mul", ["carried", "half"], ["halved"])
    same = helper.make_node("Identity", ["go"], ["going"])
    half = helper.make_node("Constant", [], ["half"], value=numpy_helper.from_array(numpy.float32(0.9)))
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [half, turned, same], "body",
        [info("turn", TensorProto.INT64, []), info("go", TensorProto.BOOL, []), info("carried", TensorProto.FLOAT, None)],
        [info("going", TensorProto.BOOL, []), info("halved", TensorProto.FLOAT, None)])
    del body
    return net.op("Loop", net.const(3, numpy.int64), net.const(True, numpy.bool_), x, body=graph)


def function(net: Network, x: str) -> str:
    """A layer as a function of the file's own."""
    nodes = [
        helper.make_node("Constant", [], ["c"], value_float=0.25),
        helper.make_node("Mul", ["a", "c"], ["m"]),
        helper.make_node("LeakyRelu", ["m"], ["b"]),
    ]
    slope = nodes[2].attribute.add()
    slope.name, slope.ref_attr_name, slope.type = "alpha", "slope", onnx.AttributeProto.FLOAT
    net.functions.append(helper.make_function("own", "Layer", ["a"], ["b"], nodes, [helper.make_opsetid("", net.opset)], ["slope"]))
    net.domains.append(("own", 1))
    y = net.op("Layer", x, domain="own", slope=0.2)
    return net.op("Layer", net.conv(y, 4, 4), domain="own", slope=0.1)


def branched(net: Network, x: str) -> str:
    """A branch by the number of axes, as exporters write squeeze."""
    rank = net.op("Size", net.op("Shape", x))
    condition = net.op("Equal", rank, net.const(4, numpy.int64))
    info = helper.make_tensor_value_info("taken", TensorProto.FLOAT, None)
    other = helper.make_tensor_value_info("other", TensorProto.FLOAT, None)
    then = helper.make_graph([helper.make_node("Relu", [x], ["taken"])], "then", [], [info])
    otherwise = helper.make_graph([helper.make_node("Flatten", [x], ["other"])], "otherwise", [], [other])
    return net.conv(net.op("If", condition, then_branch=then, else_branch=otherwise), 4, 4)


def unpooled(net: Network, x: str) -> str:
    small, places = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2], outputs=2)
    return net.op("MaxUnpool", net.op("Relu", small), places, kernel_shape=[2, 2], strides=[2, 2])


def wavelet(net: Network, x: str) -> str:
    """Haar bands by slices, and back by a transposed convolution."""
    last = 2**31 - 1
    parts = [net.op("Slice", x, net.ints(r, c), net.ints(last, last), net.ints(2, 3), net.ints(2, 2)) for r in (0, 1) for c in (0, 1)]
    return net.transposed(net.conv(net.op("Concat", *parts, axis=1), 16, 16, act="Relu"), 16, 4)


def pyramid(net: Network, x: str) -> str:
    """Atrous branches, and one of the whole image stretched."""
    branches = [net.conv(x, 4, 2, dilations=[d, d]) for d in (1, 4)]
    mean = net.like(net.conv(net.op("GlobalAveragePool", x), 4, 2, size=1), x, mode="linear")
    return net.conv(net.op("Concat", *branches, mean, axis=1), 6, 4)


def warped(net: Network, x: str) -> str:
    """Sampled at places that the graph computes from the size."""
    theta = net.op("Expand", net.real([[[1, 0.02, 0], [-0.02, 1, 0]]]), net.op("Concat", net.dimension(x, 0), net.ints(2, 3), axis=0))
    size = net.op("Shape", x)
    return net.op("GridSample", x, net.op("AffineGrid", theta, size), mode="bilinear" if net.opset < 20 else "linear", padding_mode="border")


def dense(net: Network, x: str) -> str:
    """Dense blocks, and twice the size in the end."""
    values = [x]
    for at in range(3):
        values.append(net.conv(net.op("Concat", *values, axis=1) if at else x, 4 * len(values), 4, act="LeakyRelu"))
    y = net.op("Add", x, net.op("Mul", net.conv(net.op("Concat", *values, axis=1), 16, 4), net.real(0.2)))
    return net.conv(net.resize(y, 2, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), 4, 4)


def valid(net: Network, x: str) -> str:
    """No borders added: the result is smaller, and cut to fit beside the pooled branch."""
    a = net.conv(x, 4, 4, pads=[0] * 4, act="Relu")
    b = net.transposed(net.conv(net.pool(a), 4, 4, pads=[0] * 4, act="Relu"), 4, 4)
    want, have = net.op("Slice", net.op("Shape", b), net.ints(2), net.ints(4)), net.op("Slice", net.op("Shape", a), net.ints(2), net.ints(4))
    start = net.op("Div", net.op("Sub", have, want), net.ints(2))
    cut = net.op("Slice", a, start, net.op("Add", start, want), net.ints(2, 3))
    return net.op("Add", cut, b)


def quantised(net: Network, x: str) -> str:
    """Eight bits, as quantisation tools write it."""
    scale, zero = net.real(0.02), net.const(128, numpy.uint8)
    y = net.op("DequantizeLinear", net.op("QuantizeLinear", x, scale, zero), scale, zero)
    weights = net.const(net.random.integers(-90, 90, (4, 4, 3, 3)), numpy.int8)
    weights = net.op("DequantizeLinear", weights, net.real(0.002), net.const(0, numpy.int8))
    return net.op("Conv", y, weights, pads=[1] * 4)


def half() -> bytes:
    net = Network(18)
    net.kind = numpy.float16
    x = net.input("x", ["n", 1, "h", "w"], TensorProto.FLOAT16)
    y = net.conv(net.conv(x, 1, 8, act="Relu"), 8, 1)
    net.output(y, ["n", 1, "h", "w"], TensorProto.FLOAT16)
    return net.model()


def channels_last() -> bytes:
    net = Network(17)
    x = net.input("x", ["n", "h", "w", 1])
    y = net.conv(net.conv(net.op("Transpose", x, perm=[0, 3, 1, 2]), 1, 4, act="Relu"), 4, 1)
    net.output(net.op("Transpose", y, perm=[0, 2, 3, 1]), ["n", "h", "w", 1])
    return net.model()


def volume(step: Any = None, norm: Any = None) -> Callable[[], bytes]:
    def build() -> bytes:
        net = Network(18)
        x = net.input("x", ["n", 1, "d", "h", "w"])
        a = net.conv(x, 1, 4, act="Relu", dims=3)
        a = norm(net, a) if norm else a
        if step:
            b = net.conv(net.pool(a, dims=3, step=step), 4, 4, act="Relu", dims=3)
            b = net.resize(b, step if isinstance(step, list) else [step] * 3, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
            a = net.conv(net.op("Concat", a, b, axis=1), 8, 4, act="Relu", dims=3)
        net.output(net.conv(a, 4, 1, dims=3), ["n", 1, "d", "h", "w"])
        return net.model()

    return build


def group_norm_3d(net: Network, x: str) -> str:
    flat = net.op("Reshape", x, net.ints(0, 2, -1))
    flat = net.op("InstanceNormalization", flat, net.real([1, 1]), net.real([0, 0]))
    return net.op("Reshape", flat, net.op("Shape", x))


def of_one_size(operator: str) -> Callable[[], bytes]:
    """Super-resolution of 64 x 64 pixels only, with weights for each place or an operator that hides the size."""

    def build() -> bytes:
        net = Network(18)
        x = net.input("x", [1, 1, 64, 64])
        a = net.conv(x, 1, 4, act="Relu")
        if operator == "position":
            a = net.op("Add", a, net.real(net.random.normal(0, 0.3, (1, 4, 64, 64))))
            net.output(net.conv(a, 4, 1), [1, 1, 64, 64])
        else:
            net.output(net.op("DepthToSpace", looped(net, a), blocksize=2), [1, 1, 128, 128])
        return net.model()

    return build


def noise_level() -> bytes:
    """The noise's strength as a second input, laid out as a map inside."""
    net = Network(18)
    x, level = net.input("x", ["n", 1, "h", "w"]), net.input("level", [1, 1, 1, 1])
    plane = net.op("Expand", level, net.op("Shape", x))
    net.output(net.conv(net.conv(net.op("Concat", x, plane, axis=1), 2, 4, act="Relu"), 4, 1), ["n", 1, "h", "w"])
    return net.model()


def noise_map() -> bytes:
    """The noise's strength as an image of its own."""
    net = Network(18)
    x, level = net.input("x", ["n", 1, "h", "w"]), net.input("map", ["n", 1, "h", "w"])
    net.output(net.conv(net.conv(net.op("Concat", x, level, axis=1), 2, 4, act="Relu"), 4, 1), ["n", 1, "h", "w"])
    return net.model()


def two_results() -> bytes:
    net = Network(18)
    x = net.input("x", ["n", 1, "h", "w"])
    a = net.conv(x, 1, 4, act="Relu")
    net.output(net.conv(a, 4, 1), ["n", 1, "h", "w"])
    net.output(net.op("GlobalAveragePool", a), ["n", 4, 1, 1])
    return net.model()


def checkered(net: Network, x: str) -> str:
    """A mask of two by two pixels, laid out over the image."""
    mask = net.real(numpy.indices((2, 2)).sum(0) % 2)
    return net.op("Mul", x, net.op("Tile", mask, net.op("Div", net.op("Slice", net.op("Shape", x), net.ints(2), net.ints(4)), net.ints(2, 2))))


def cropped_to_multiple(net: Network, x: str) -> str:
    """What is more than a multiple of four is cut off inside."""
    extents = net.op("Slice", net.op("Shape", x), net.ints(2), net.ints(4))
    ends = net.op("Mul", net.op("Div", extents, net.ints(4, 4)), net.ints(4, 4))
    return net.op("Slice", x, net.ints(0, 0), ends, net.ints(2, 3))


def shifted_windows(net: Network, x: str) -> str:
    return windows(net, windows(net, x), shift=4)


@dataclass(frozen=True)
class Family:
    """A kind of network, and what must be found out about it."""

    build: Callable[[], bytes]
    exact: bool = True
    """Whether tiles can be those of the whole image."""
    stride: int = 1
    """Distance at which the network repeats itself along rows and columns."""
    scale: float = 1.0
    multiple: int = 1
    """The extents that the network takes are multiples of this; others are continued by reflection."""
    tile: int = 64
    shape: tuple[int, ...] = (152, 168)
    settings: dict[str, Any] = field(default_factory=dict)
    feeds: dict[str, float] = field(default_factory=dict)
    """What other inputs than the image are filled with."""
    flat: bool = False
    """Whether a volume may have any number of planes."""
    precision: float = 1e-5
    """Largest difference from ONNX Runtime's result of the whole image, as a share of its range."""


def family(middle: Callable[[Network, str], str], opset: int = 18, **facts: Any) -> Family:
    return Family(planar(middle, opset), **facts)


FAMILIES: dict[str, Family] = {
    "plain": family(lambda net, x: net.conv(net.conv(x, 4, 4, act="Relu"), 4, 4)),
    "residual": family(lambda net, x: net.op("Add", x, net.conv(net.conv(x, 4, 4, act="Relu"), 4, 4))),
    "dilated": family(lambda net, x: net.conv(net.conv(x, 4, 4, dilations=[3, 3]), 4, 4, dilations=[2, 2])),
    "depthwise": family(lambda net, x: net.conv(net.conv(x, 4, 4, size=7, group=4), 4, 4, size=1)),
    "colour": Family(planar(lambda net, x: net.conv(x, 4, 4), channels=3), shape=(3, 120, 136)),
    "u_net": Family(unet(nearest), stride=4, multiple=4),
    "u_net_transposed": Family(unet(lambda net, x, other: net.transposed(x, 4, 4)), stride=4, multiple=4),
    "u_net_strided": Family(unet(lambda net, x, other: net.resize(x, 2, mode="linear"), lambda net, x: net.conv(x, 4, 4, strides=[2, 2])), stride=4, multiple=4),
    "u_net_cubic": Family(unet(lambda net, x, other: net.resize(x, 2, mode="cubic")), stride=4, multiple=4),
    "u_net_fits_skip": Family(unet(lambda net, x, other: net.like(x, other, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), lambda net, x: net.pool(x, ceil_mode=1)), stride=4),
    "u_net_align_corners": Family(unet(lambda net, x, other: net.resize(x, 2, mode="linear", coordinate_transformation_mode="align_corners")), exact=False, stride=4, multiple=4, tile=80),
    "u_net_instance_norm": Family(unet(nearest, norm=instance_norm), exact=False, stride=4, multiple=4, tile=80),
    "u_net_group_norm": Family(unet(nearest, norm=group_norm), exact=False, stride=4, multiple=4, tile=80),
    "u_net_layer_norm": Family(unet(nearest, norm=layer_norm), stride=4, multiple=4),
    "group_normalization": family(lambda net, x: net.conv(net.op("GroupNormalization", x, net.real([1] * 4), net.real([0] * 4), num_groups=2), 4, 4), 21, exact=False, tile=80),
    "rms_normalization": family(lambda net, x: net.op("Transpose", net.op("RMSNormalization", net.op("Transpose", x, perm=[0, 2, 3, 1]), net.real([1] * 4), axis=-1), perm=[0, 3, 1, 2]), 23),
    "squeeze_and_excite": family(squeezed, exact=False, tile=80),
    "gated_chunks": family(chunks),
    "shuffle": family(lambda net, x: net.conv(net.op("DepthToSpace", net.conv(x, 4, 16), blocksize=2), 4, 4), scale=2),
    "shuffle_by_reshape": family(lambda net, x: net.conv(shuffled(net, net.conv(x, 4, 36), 3, 4), 4, 4), scale=3, shape=(96, 88), tile=40),
    "unshuffle_by_reshape": family(lambda net, x: shuffled(net, net.conv(unshuffled(net, x, 2, 4), 16, 16, act="Relu"), 2, 4), stride=2, multiple=2),
    "unshuffle_by_3": family(lambda net, x: shuffled(net, net.conv(unshuffled(net, x, 3, 4), 36, 36, act="Relu"), 3, 4), stride=3, multiple=3),
    "space_to_depth": family(lambda net, x: net.op("DepthToSpace", net.conv(net.op("SpaceToDepth", x, blocksize=4), 64, 64, act="Relu"), blocksize=4), stride=4, multiple=4),
    "dense": family(dense, scale=2, shape=(96, 88)),
    "half_the_size": family(lambda net, x: net.conv(x, 4, 4, strides=[2, 2]), stride=2, scale=0.5, multiple=2),
    "larger_by_half": family(lambda net, x: net.resize(x, 1.5, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), stride=2, scale=1.5, shape=(120, 88), multiple=2),
    "nearest_ceil": family(lambda net, x: net.resize(net.conv(net.pool(x), 4, 4), 2, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="ceil"), stride=2, multiple=2),
    "antialiased": family(lambda net, x: net.resize(net.resize(x, 0.25, mode="linear", antialias=1), 4, mode="nearest"), stride=4, multiple=4),
    "antialiased_cubic": family(lambda net, x: net.resize(net.resize(x, 0.25, mode="cubic", antialias=1), 4, mode="nearest"), stride=4, multiple=4),
    "valid": family(valid, stride=2, settings={"extent": 1}),
    "windows": family(windows, stride=8, multiple=8),
    "windows_of_7": family(lambda net, x: windows(net, x, 7), stride=7, multiple=7),
    "shifted_windows": family(shifted_windows, exact=False, stride=8, multiple=8, tile=80),
    "windows_padded_inside": family(to_multiple, stride=8),
    "attention": family(everywhere, exact=False, stride=4, multiple=4, tile=80),
    "attention_among_channels": family(among_channels, exact=False, tile=80),
    "wavelet": family(wavelet, stride=2, multiple=2),
    "max_unpool": family(unpooled, stride=2, multiple=2),
    "pyramid": family(pyramid, exact=False, tile=80),
    "warped": family(warped, 20, exact=False, tile=80),
    "torch_reflect": family(torch_pad),
    "reflect": family(padded("reflect")),
    "edge": family(padded("edge")),
    "wrap": family(padded("wrap"), 19, exact=False, tile=80),
    "border_masked": family(masked),
    "checkered": family(checkered, exact=False, stride=2, multiple=2, tile=80),
    "cropped_inside": family(cropped_to_multiple, stride=4, multiple=4),
    "coordinates": family(coordinates, exact=False, tile=80),
    "constant_scalars": family(lambda net, x: net.op("Mul", net.op("Mul", x, net.op("Constant", value_float=0.5)), net.op("Cast", net.op("Constant", value_int=2), to=1))),
    "softmax_of_channels": family(lambda net, x: net.op("Softmax", x, axis=1), 13),
    "softmax_of_old": family(lambda net, x: net.op("Softmax", net.op("Mul", x, net.real(30.0))), 11, exact=False, tile=80),
    "log_softmax_of_old": family(lambda net, x: net.op("LogSoftmax", x), 11, exact=False, tile=64),
    "batch_norm_in_training": family(lambda net, x: net.op("BatchNormalization", x, *(net.real([v] * 4) for v in (1, 0, 0, 1)), training_mode=1, outputs=3)[0], exact=False, tile=80),
    "mean_variance_of_channels": family(lambda net, x: net.op("MeanVarianceNormalization", net.op("Add", x, net.real(numpy.arange(4).reshape(1, 4, 1, 1))), axes=[1])),
    "prelu_and_lrn": family(lambda net, x: net.op("LRN", net.op("PRelu", x, net.real(numpy.full((4, 1, 1), 0.2))), size=3)),
    "einsum": family(lambda net, x: net.op("Einsum", x, net.real(numpy.eye(4) + 0.1), equation="nchw,cd->ndhw")),
    "resize_with_axes": family(lambda net, x: net.op("Resize", net.conv(net.pool(x), 4, 4), "", net.const([2, 2], numpy.float32), mode="nearest", axes=[2, 3]), stride=2, multiple=2),
    "shape_with_ends": family(lambda net, x: net.op("Resize", net.conv(net.pool(x), 4, 4), "", "", net.op("Concat", net.op("Shape", x, start=0, end=2), net.op("Shape", x, start=2, end=4), axis=0), mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"), stride=2),
    "loop": family(looped, exact=False, tile=80),
    "function": family(function),
    "branch": family(branched),
    "quantised": family(quantised, precision=2e-2),
    "half_precision": Family(half, precision=2e-3),
    "channels_last": Family(channels_last),
    "volume": Family(volume(), shape=(20, 48, 56), tile=24),
    "volume_u_net": Family(volume(2), stride=2, multiple=2, shape=(20, 48, 56), tile=24),
    "volume_anisotropic": Family(volume([1, 2, 2]), stride=2, multiple=2, flat=True, shape=(12, 48, 56), tile=24),
    "volume_group_norm": Family(volume(2, group_norm_3d), exact=False, stride=2, multiple=2, shape=(24, 64, 72), tile=40),
    "one_size_with_positions": Family(of_one_size("position"), exact=False, tile=64),
    "one_size_and_twice": Family(of_one_size("loop"), exact=False, scale=2, tile=64),
    "noise_level": Family(noise_level, settings={"value": 0.3}, feeds={"level": 0.3}),
    "noise_map": Family(noise_map, settings={"value": 0.3}, feeds={"map": 0.3}),
    "two_results": Family(two_results),
}
