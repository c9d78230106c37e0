"""Small networks of every family that users bring.

:data:`FAMILIES` has a line each: how it is built, on which image it is tried, and what must be found out about it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable

import numpy
from layers import (
    among_channels, branched, checkered, chunks, coordinates, cropped_to_multiple, dense, everywhere, function,
    group_norm, group_norm_3d, instance_norm, layer_norm, looped, masked, nearest, padded, pyramid, quantised,
    shifted_windows, shuffled, squeezed, to_multiple, torch_pad, unpooled, unshuffled, valid, warped, wavelet,
    windows,
)  # fmt: skip
from networks import Network, planar, unet
from onnx import TensorProto


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
