"""Small networks, written with onnx's own helpers: no training framework is needed."""

from __future__ import annotations

from typing import Any, Callable

import numpy
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
