"""Compares networks in abbe's plans with ONNX Runtime alone, tiles with whole images, and packages with bioimageio.core.

    networks.py overhead MODEL.onnx...       a plan against ONNX Runtime's own Run on the same tensor
    networks.py tiles MODEL [EXTENT]         a plan under memory caps against the whole image
    networks.py packages PACKAGE...          BioImage.IO packages against bioimageio.core
    networks.py first MODEL.onnx [EXTENT]    from a file to the first result, against ONNX Runtime's load and run
    networks.py commit MODEL EXTENT...       seconds and memory of the first commit for images of these extents
    networks.py make-u-net FILE.onnx         writes a U-Net of a million parameters with random weights
    networks.py make-volume FILE.onnx        writes one of volumes, with group normalisation as PyTorch exports it

Needs abbe's Python package, ABBE_LIBRARY naming the library, ABBE_ONNXRUNTIME naming ONNX Runtime 1.28.0, and from PyPI
numpy, onnxruntime==1.28.0 (overhead, first), onnx==1.23.2 (make-u-net, make-volume), bioimageio.core==0.11.0 with pydantic==2.11.7 (packages).
All run on the CPU on two threads; those of "overhead" and "first" do not spin. Candidates take turns in one process; the ratio told is the median of the rounds' ratios.
"""

import os
import subprocess
import sys
import time

import numpy

THREADS = 2
ROUNDS = {64: 301, 512: 7, 2048: 3}
WHOLE = 1 << 40


def image_of(channels, extent):
    """Texture of many sizes, values 0 to 1."""
    y, x = numpy.mgrid[:extent, :extent].astype(numpy.float32)
    random = numpy.random.default_rng(1)
    waves = sum(numpy.sin(x / 7.0 / 2**at + y / 11.0 * 1.5**at) for at in range(5)) / 10 + 0.5
    noisy = waves + random.normal(0, 0.05, (channels, extent, extent))
    return numpy.clip(noisy, 0, 1).astype(numpy.float32)


def plan_of(model, image, axes, cap, **settings):
    import abbe

    plan = abbe.Plan(abbe.Context(threads=THREADS, device="cpu"), memory_cap_bytes=cap)
    plan.add("model", model=abbe.Model(model), **settings)
    plan.set_input(image, axes)
    out = numpy.zeros(plan.output_shape, numpy.float32)
    plan.set_output(out)
    return plan, out


def timed(work):
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def in_turn(works, rounds=7):
    """Seconds of wall and CPU time of every round of each, after one round that nobody counts."""
    for work in works:
        work()
    return [numpy.array(times) for times in zip(*[[timed(work) for work in works] for _ in range(rounds)])]


def session_of(model):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = THREADS, 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def first(model, extent):
    port = session_of(model).get_inputs()[0]
    image = image_of(port.shape[1], extent)
    given, axes = (image, "cyx") if len(image) > 1 else (image[0], "yx")
    results = [None, None]

    def alone():
        results[0] = session_of(model).run(None, {port.name: image[None]})[0]

    def planned():
        plan, results[1] = plan_of(model, given, axes, WHOLE)
        plan.commit()
        plan.execute(given, results[1])

    alone_times, plan_times = in_turn([alone, planned])
    ratios = numpy.median(plan_times / alone_times, axis=0)
    seconds = [numpy.median(times[:, 0]) for times in (alone_times, plan_times)]
    away = abs(results[1].reshape(-1) - results[0].reshape(-1)).max()
    print("network, extent, ONNX Runtime s, abbe s, ratio of wall time, ratio of CPU time, largest difference")
    print(f"{os.path.basename(model)}, {extent}, {seconds[0]:.3f}, {seconds[1]:.3f}, {ratios[0]:.3f}, {ratios[1]:.3f}, {away:.1e}")


def commit(model, extents):
    load_runtime()
    image = numpy.zeros(extents, numpy.float32)
    before = peak()
    plan, _ = plan_of(model, image, "zyx"[-len(extents) :], 0)
    seconds, cpu = timed(plan.commit)
    print(f"{os.path.basename(model)}, {'x'.join(map(str, extents))}: {seconds:.3f} s, CPU {cpu:.3f} s, {(peak() - before) / 2**20:.0f} MiB")


def overhead(models):
    print("network, extent, ONNX Runtime s, plan s, ratio of wall time, ratio of CPU time, largest difference")
    for model in models:
        session = session_of(model)
        port = session.get_inputs()[0]
        channels = port.shape[1]
        for extent in ROUNDS:
            image = image_of(channels, extent)
            axes = "cyx" if channels > 1 else "yx"
            given = image if channels > 1 else image[0]
            plan, out = plan_of(model, given, axes, WHOLE)
            plan.commit()
            result = []

            def alone():
                result[:] = session.run(None, {port.name: image[None]})

            alone_times, plan_times = in_turn([alone, lambda: plan.execute(given, out)], ROUNDS[extent])
            assert plan.report()["steps"][0]["images"][0]["tiles"] == 1
            ratios = numpy.median(plan_times / alone_times, axis=0)
            expected = result[0].reshape(-1)
            away = abs(out.reshape(-1) - expected).max() if out.size == expected.size else float("nan")
            seconds = [numpy.median(times[:, 0]) for times in (alone_times, plan_times)]
            name = os.path.basename(model)
            print(f"{name}, {extent}, {seconds[0]:.3f}, {seconds[1]:.3f}, {ratios[0]:.3f}, {ratios[1]:.3f}, {away:.1e}", flush=True)


def peak():
    """The most memory that the process ever held, in bytes."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def load_runtime():
    """What a process holds of ONNX Runtime itself is not counted: a small plan loads it first."""
    small = os.path.join(os.path.dirname(__file__), "../tests/data/network/relu.onnx")
    plan_of(small, image_of(1, 8)[0], "yx", 0)[0].commit()


def tile(model, extent, cap, whole):
    """One line of `tiles`, in a process of its own, so that its peak memory is its own."""
    import abbe

    channels = abbe.Model(model).describe()["geometry"]["channels"] or 1
    image = image_of(channels, extent)
    image, axes = (image, "cyx") if channels > 1 else (image[0], "yx")
    load_runtime()
    plan, out = plan_of(model, image, axes, cap)
    out.fill(1)
    before = peak()
    plan.commit()
    seconds = timed(lambda: plan.execute(image, out))[0]
    used = peak() - before
    if cap == WHOLE:
        numpy.save(whole, out)
    truth = numpy.load(whole)
    away = abs(out - truth).max() / (truth.max() - truth.min())
    about = plan.report()["steps"][0]["images"][0]
    print(
        f"{'none' if cap == WHOLE else cap >> 20}, {about['tiles']}, {'x'.join(map(str, about['tile_zyx'][1:]))}, "
        f"{seconds:.2f}, {used / 2**20:.0f}, {away:.1e}",
        flush=True,
    )


def tiles(model, extent):
    import tempfile

    print(f"{os.path.basename(model)}, {extent} x {extent}")
    print("cap MiB, tiles, tile, seconds, peak MiB, largest difference (share of the range)")
    with tempfile.TemporaryDirectory() as folder:
        for cap in (WHOLE, 1024 << 20, 512 << 20, 256 << 20):
            arguments = ["tile", model, str(extent), str(cap), os.path.join(folder, "whole.npy")]
            if subprocess.run([sys.executable, __file__, *arguments]).returncode:
                print(f"{cap >> 20}: failed")


def member(tensor):
    """What the reference calls a tensor of a description of version 0.5 or 0.4."""
    return getattr(tensor, "id", None) or tensor.name


def packages(paths):
    import abbe
    from bioimageio.core import create_prediction_pipeline
    from bioimageio.core.digest_spec import get_test_input_sample
    from bioimageio.spec import load_model_description

    print("package, bioimageio.core s, abbe s, ratio of wall time, ratio of CPU time, largest difference, selftest")
    for path in paths:
        description = load_model_description(path, perform_io_checks=False)
        sample = get_test_input_sample(description)
        model = abbe.Model(path)
        ports = model.describe()["inputs"]
        axes = [axis["kind"][0] for axis in ports[0]["axes"]]
        image = numpy.asarray(sample.members[member(description.inputs[0])].data).astype(numpy.float32)
        kept = [at for at, axis in enumerate(axes) if axis not in "bit"]
        image = numpy.ascontiguousarray(image.reshape([image.shape[at] for at in kept]))
        letters = "".join(axes[at] for at in kept)
        plan, out = plan_of(path, image, letters, WHOLE, extent="network", intensities="network")
        plan.commit()
        made = []
        name = "/".join(os.path.normpath(path).split(os.sep)[-2:])
        try:
            with create_prediction_pipeline(description, weight_format="onnx") as pipeline:
                peer_times, own_times = in_turn([
                    lambda: made.append(
                        pipeline.predict_sample_without_blocking(
                            get_test_input_sample(description), skip_input_padding=True, skip_output_cropping=True
                        )
                    ),
                    lambda: plan.execute(image, out),
                ])
        except Exception as error:  # A peer may fail in any way.
            print(f"{name}: bioimageio.core fails: {str(error).splitlines()[0][:160]}")
            continue
        expected = numpy.asarray(made[-1].members[member(description.outputs[0])].data).reshape(-1)
        away = abs(out.reshape(-1) - expected).max()
        peer, own = (numpy.median(times[:, 0]) for times in (peer_times, own_times))
        passed = model.selftest()["passed"]
        ratios = numpy.median(own_times / peer_times, axis=0)
        print(f"{name}, {peer:.3f}, {own:.3f}, {ratios[0]:.2f}, {ratios[1]:.2f}, {away:.1e}, {passed}", flush=True)


def make_u_net(path, dims=2):
    """Three levels of 32, 64 and 128 channels, two convolutions each, any size that 4 divides; of planes, or of volumes, then
    with group normalisation."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    random, nodes, weights = numpy.random.default_rng(3), [], []

    def add(kind, *inputs, **attributes):
        nodes.append(helper.make_node(kind, list(inputs), [f"v{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def conv(value, fed, made, size=3):
        values = random.normal(0, (2 / (fed * size**dims)) ** 0.5, (made, fed) + (size,) * dims)
        return add("Conv", value, weight(values.astype(numpy.float32)), pads=[size // 2] * 2 * dims)

    def weight(values):
        weights.append(numpy_helper.from_array(values, f"w{len(weights)}"))
        return weights[-1].name

    def normalised(value, channels):
        if dims == 2:
            return value
        ones, zeros = weight(numpy.ones(8, numpy.float32)), weight(numpy.zeros(8, numpy.float32))
        groups = add("Reshape", value, weight(numpy.int64([0, 8, -1])))
        shaped = add("Reshape", add("InstanceNormalization", groups, ones, zeros), add("Shape", value))
        scale = weight(numpy.ones((channels,) + (1,) * dims, numpy.float32))
        return add("Add", add("Mul", shaped, scale), weight(numpy.zeros((channels,) + (1,) * dims, numpy.float32)))

    def double(value, fed, made):
        first = add("Relu", normalised(conv(value, fed, made), made))
        return add("Relu", normalised(conv(first, made, made), made))

    def up(value, fed, made):
        values = random.normal(0, (1 / fed) ** 0.5, (fed, made) + (2,) * dims).astype(numpy.float32)
        return add("ConvTranspose", value, weight(values), strides=[2] * dims)

    def pooled(value):
        return add("MaxPool", value, kernel_shape=[2] * dims, strides=[2] * dims)

    one = double("x", 1, 32)
    two = double(pooled(one), 32, 64)
    three = double(double(pooled(two), 64, 128), 128, 128)
    two = double(add("Concat", up(three, 128, 64), two, axis=1), 128, 64)
    one = double(add("Concat", up(two, 64, 32), one, axis=1), 64, 32)
    last = conv(one, 32, 1, 1)
    shape = ["n", 1, *["d", "h", "w"][-dims:]]
    fed, made = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("x", last))
    graph = helper.make_graph(nodes, "u-net", [fed], [made], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)
    print(f"{path}: {sum(numpy.prod(weight.dims) for weight in weights)} parameters")


def main():
    match sys.argv[1:]:
        case ["overhead", *models] if models:
            overhead(models)
        case ["tiles", model, *extent]:
            tiles(model, int(extent[0]) if extent else 2048)
        case ["tile", model, extent, cap, whole]:
            tile(model, int(extent), int(cap), whole)
        case ["packages", *paths] if paths:
            packages(paths)
        case ["first", model, *extent]:
            first(model, int(extent[0]) if extent else 512)
        case ["commit", model, *extents] if len(extents) in (2, 3):
            commit(model, [int(extent) for extent in extents])
        case ["make-u-net", path]:
            make_u_net(path)
        case ["make-volume", path]:
            make_u_net(path, dims=3)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
