"""What networks have between their first and last convolution, part by part: each adds to a graph and gives a value's name."""

from __future__ import annotations

from typing import Callable

import numpy
import onnx
from networks import Network
from onnx import TensorProto, helper, numpy_helper


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


def group_norm_3d(net: Network, x: str) -> str:
    flat = net.op("Reshape", x, net.ints(0, 2, -1))
    flat = net.op("InstanceNormalization", flat, net.real([1, 1]), net.real([0, 0]))
    return net.op("Reshape", flat, net.op("Shape", x))


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
