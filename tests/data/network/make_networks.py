"""Makes the small networks of this folder and what Python's ONNX Runtime gives for a whole image.

    pip install onnx==1.23.2 onnxruntime==1.28.0 numpy
    python make_networks.py
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
RANDOM = np.random.default_rng(20)


class Net:
    def __init__(self, opset=17):
        self.nodes, self.weights, self.opset = [], [], opset

    def constant(self, values, dtype=None):
        name = f"k{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.asarray(values, dtype), name))
        return name

    def add(self, kind, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def conv(self, value, fed, made, size=3, dims=2, dtype=np.float32, **attributes):
        weight = RANDOM.normal(0, 1 / np.sqrt(fed * size**dims), (made, fed, *[size] * dims))
        bias = RANDOM.normal(0, 0.1, made)
        attributes.setdefault("pads", [size // 2] * 2 * dims)
        return self.add("Conv", value, self.constant(weight, dtype), self.constant(bias, dtype), **attributes)

    def save(self, name, inputs, outputs, kind=TensorProto.FLOAT):
        made = [helper.make_tensor_value_info(o, kind, s) for o, s in outputs]
        fed = [helper.make_tensor_value_info(i, kind, s) for i, s in inputs]
        graph = helper.make_graph(self.nodes, name, fed, made, self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)], ir_version=8)
        model.producer_name = "abbe tests"
        onnx.checker.check_model(model)
        onnx.save(model, HERE / f"{name}.onnx")


def truth(name, feeds, dtype=np.float32):
    """Saves the first feed and all outputs as f32."""
    session = onnxruntime.InferenceSession(HERE / f"{name}.onnx", providers=["CPUExecutionProvider"])
    values = session.run(None, {i.name: f.astype(dtype) for i, f in zip(session.get_inputs(), feeds)})
    np.save(HERE / f"{name}.input.npy", feeds[0].astype(np.float32))
    for at, value in enumerate(values):
        np.save(HERE / f"{name}.output{at}.npy", value.astype(np.float32))


def image(*shape):
    return RANDOM.random(shape, dtype=np.float32)


def plain():
    net = Net()
    value = net.add("Relu", net.conv("x", 1, 4))
    value = net.add("Relu", net.conv(value, 4, 4, dilations=[2, 2], pads=[2, 2, 2, 2]))
    value = net.add("Sub", "x", net.conv(value, 4, 1))
    net.save("plain", [("x", ["n", 1, "h", "w"])], [(value, ["n", 1, "h", "w"])])
    truth("plain", [image(1, 1, 61, 83)])


def u_net(name, extents, shape):
    net = Net()
    first = net.add("Relu", net.conv("x", 1, 4))
    down = net.add("MaxPool", first, kernel_shape=[2, 2], strides=[2, 2])
    second = net.add("Relu", net.conv(down, 4, 6))
    down = net.conv(second, 6, 8, strides=[2, 2])
    deep = net.add("LeakyRelu", net.conv(down, 8, 8), alpha=0.1)
    weight = net.constant(RANDOM.normal(0, 0.3, (8, 6, 2, 2)), np.float32)
    up = net.add("ConvTranspose", deep, weight, strides=[2, 2])
    value = net.add("Relu", net.conv(net.add("Concat", up, second, axis=1), 12, 4))
    # The size of the skipped value is computed in the graph, as exporters do.
    shape_of = net.add("Shape", first)
    sizes = net.add("Concat", net.add("Slice", shape_of, net.constant([0], np.int64), net.constant([1], np.int64)),
                    net.constant([4], np.int64),
                    net.add("Slice", shape_of, net.constant([2], np.int64), net.constant([4], np.int64)), axis=0)
    empty = net.constant([], np.float32)
    up = net.add("Resize", value, "", empty, sizes, mode="linear", coordinate_transformation_mode="half_pixel")
    value = net.conv(net.add("Concat", up, first, axis=1), 8, 1)
    net.save(name, [("x", extents)], [(value, extents)])
    truth(name, [image(*shape)])


def shuffle():
    net = Net()
    value = net.add("Relu", net.conv("x", 1, 6))
    value = net.add("DepthToSpace", net.conv(value, 6, 9), blocksize=3, mode="CRD")
    net.save("shuffle_x3", [("x", ["n", 1, "h", "w"])], [(value, ["n", 1, "H", "W"])])
    truth("shuffle_x3", [image(1, 1, 37, 29)])


def valid():
    net = Net()
    value = net.add("Relu", net.conv("x", 3, 4, pads=[0, 0, 0, 0]))
    value = net.add("Relu", net.conv(value, 4, 4, size=5, pads=[0, 0, 0, 0]))
    weight = net.constant(RANDOM.normal(0, 0.2, (4, 3, 4, 4)), np.float32)
    value = net.add("ConvTranspose", value, weight, strides=[2, 2], pads=[3, 3, 3, 3])
    net.save("valid_x2", [("x", ["n", 3, "h", "w"])], [(value, ["n", 3, "H", "W"])])
    truth("valid_x2", [image(1, 3, 40, 33)])


def volume():
    net = Net()
    value = net.add("Relu", net.conv("x", 1, 3, dims=3))
    value = net.add("Tanh", net.conv(value, 3, 1, dims=3))
    net.save("volume", [("x", [1, 1, "d", "h", "w"])], [(value, [1, 1, "d", "h", "w"])])
    truth("volume", [image(1, 1, 9, 30, 26)])


def instance():
    net = Net()
    value = net.conv("x", 1, 4)
    ones, zeros = net.constant(np.ones(4), np.float32), net.constant(np.zeros(4), np.float32)
    value = net.add("Relu", net.add("InstanceNormalization", value, ones, zeros))
    value = net.conv(value, 4, 1)
    net.save("instance", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])])
    truth("instance", [image(1, 1, 128, 120)])


def several():
    net = Net()
    level = net.add("Unsqueeze", "sigma", net.constant([1, 2, 3], np.int64))
    value = net.add("Mul", net.conv("x", 1, 2), level)
    mean, spread = net.conv(value, 2, 1), net.add("Exp", net.conv(value, 2, 1))
    net.save("several", [("x", [1, 1, "h", "w"]), ("sigma", [1])],
             [(mean, [1, 1, "h", "w"]), (spread, [1, 1, "h", "w"])])
    truth("several", [image(1, 1, 31, 44), np.array([0.75])])


def faint():
    """A window of 15 x 15 of which only rows -2 to 4 and columns -3 to 1 matter; the rest is a millionth."""
    net = Net()
    weight = np.full((1, 1, 15, 15), 1e-6)
    weight[0, 0, 5:12, 4:9] = 0.1 + 0.02 * np.arange(35).reshape(7, 5)
    value = net.add("Conv", "x", net.constant(weight, np.float32), pads=[7, 7, 7, 7])
    net.save("faint", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])])


def endless():
    """A loop that never ends, around a value whose shape is stated."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Mul", ["in", "in"], ["out"])], "body",
        [helper.make_tensor_value_info(n, k, s) for n, k, s in (("at", TensorProto.INT64, []), ("go", TensorProto.BOOL, []),
                                                                ("in", TensorProto.FLOAT, None))],
        [helper.make_tensor_value_info(n, k, s) for n, k, s in (("on", TensorProto.BOOL, []), ("out", TensorProto.FLOAT, None))])
    net = Net()
    yes = net.constant(True, bool)
    value = net.add("Loop", "", yes, "x", body=body)
    net.save("endless", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])])


def half():
    net = Net()
    value = net.add("Relu", net.conv("x", 1, 4, dtype=np.float16))
    value = net.conv(value, 4, 1, dtype=np.float16)
    net.save("half", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])], TensorProto.FLOAT16)
    truth("half", [image(1, 1, 33, 20).astype(np.float16)], np.float16)


def channels_last():
    net = Net()
    value = net.add("Transpose", "x", perm=[0, 3, 1, 2])
    value = net.add("Relu", net.conv(value, 2, 3))
    value = net.add("Transpose", net.conv(value, 3, 2), perm=[0, 2, 3, 1])
    net.save("channels_last", [("x", ["n", "h", "w", 2])], [(value, ["n", "h", "w", 2])])
    truth("channels_last", [image(1, 25, 34, 2)])


def broken():
    net = Net()
    value = net.add("Log", net.add("Neg", net.add("Abs", "x")))
    net.save("not_finite", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])])
    net = Net()
    value = net.add("Relu", "x")
    net.save("relu", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])])
    model = onnx.load(HERE / "relu.onnx")
    model.graph.node[0].op_type = "NoSuchOperator"
    onnx.save(model, HERE / "unknown_operator.onnx")
    model = onnx.load(HERE / "relu.onnx")
    model.opset_import[0].version = 99
    onnx.save(model, HERE / "opset_99.onnx")
    net = Net()
    value = net.conv("x", 1, 1)
    net.save("external", [("x", [1, 1, "h", "w"])], [(value, [1, 1, "h", "w"])])
    truth("external", [image(1, 1, 12, 10)])
    model = onnx.load(HERE / "external.onnx")
    onnx.save(model, HERE / "external.onnx", save_as_external_data=True, location="external.weights", size_threshold=0)


if __name__ == "__main__":
    plain()
    u_net("u_net", ["n", 1, "h", "w"], (1, 1, 92, 76))
    u_net("u_net_fixed", [1, 1, 64, 64], (1, 1, 64, 64))
    shuffle()
    valid()
    volume()
    instance()
    several()
    half()
    channels_last()
    broken()
    faint()
    endless()
