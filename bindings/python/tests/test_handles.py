"""Contexts, point spread functions and plans: their life, their settings, their errors."""

from __future__ import annotations

import copy
import gc
import logging
import os
import pickle
import threading
import time

import numpy
import pytest
from memory import resident_bytes

import abbe


def deconvolution(psf: abbe.Psf, **settings: object) -> abbe.Plan:
    return abbe.Plan().add("deconvolve", psf=psf, **settings)


def test_deconvolution_sharpens_and_keeps_the_light(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    result = abbe.deconvolve(plane, psf, iterations=20)
    assert result.dtype == numpy.float32 and result.shape == plane.shape
    assert result.max() > 1.3 * plane.max()
    # Light may only leave or enter through the border, which is dark here but for the background.
    assert abs(result.sum() / plane.sum(dtype=float) - 1) < 0.03


def test_a_constant_background_is_what_numpy_subtracts(plane: numpy.ndarray) -> None:
    with abbe.Plan() as plan:
        plan.add("background", mode="constant", value=40.0)
        result = plan(plane)
        assert numpy.array_equal(numpy.maximum(result, 0), numpy.maximum(plane.astype(numpy.float32) - 40, 0))


def test_a_plan_serves_frame_after_frame(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with deconvolution(psf, iterations=2) as plan:
        first = plan(plane)
        assert numpy.array_equal(plan(plane), first)
        assert plan(plane[:20, :30]).shape == (20, 30)
        assert numpy.array_equal(plan(plane), first)
        assert plan(plane, dtype="uint16").dtype == numpy.uint16
        plan.set_step(-1, iterations=4)
        assert not numpy.array_equal(plan(plane), first)


def test_images_in_blocks(psf: abbe.Psf) -> None:
    shape = (2, 300, 280)
    source = numpy.random.default_rng(1).poisson(200.0, shape).astype(numpy.uint16)
    with abbe.Plan() as plan:
        plan.add("deconvolve", psf=psf, algorithm="richardson_lucy", iterations=3, stop="iterations")
        expected = plan(source)
        whole = plan.workspace_bytes
        plan.set(memory_cap_bytes=whole // 2)
        result, blocks = numpy.zeros(shape, numpy.float32), []

        def read(block: abbe.Block, samples: numpy.ndarray) -> None:
            blocks.append(block)
            samples[:] = source[block.slices]

        def write(block: abbe.Block, samples: numpy.ndarray) -> None:
            assert not samples.flags.writeable
            result[block.slices] = samples

        plan.execute_blocks(read, write, shape=shape, dtype=source.dtype)
        assert len(blocks) > 4 and plan.workspace_bytes <= whole // 2
        assert numpy.abs(result - expected).max() < 1e-3 * expected.max()

        def broken(block: abbe.Block, samples: numpy.ndarray) -> None:
            raise OSError("the disk is gone")

        with pytest.raises(OSError, match="the disk is gone"):
            plan.execute_blocks(read, broken, shape=shape, dtype=source.dtype)
        for functions in ((lambda block, samples: abbe.CANCEL, write), (read, lambda block, samples: abbe.CANCEL)):
            with pytest.raises(abbe.CancelledError):
                plan.execute_blocks(*functions, shape=shape, dtype=source.dtype)
        with pytest.raises(abbe.ArgumentError, match="dtype"):
            plan.execute_blocks(read, write, shape=shape, dtype="int64")
        with pytest.raises(abbe.CancelledError):
            plan.execute_blocks(read, write, shape=shape, dtype="uint16", progress=lambda _: abbe.CANCEL)


def test_the_single_steps_of_a_plan(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    target = numpy.empty(plane.shape, numpy.float32)
    with deconvolution(psf, iterations=2) as plan:
        with pytest.raises(abbe.StateError):
            plan.execute(plane, target)
        plan.set_input(plane)
        assert plan.output_shape == plane.shape
        assert plan.workspace_bytes > plane.size * 4
        assert plan.fact("input_bytes") == plane.nbytes
        plan.set_output(target)
        with pytest.raises(abbe.StateError, match="commit"):
            plan.execute(plane, target)
        plan.commit()
        plan.execute(plane, target)
        assert numpy.array_equal(target, abbe.deconvolve(plane, psf, iterations=2))
        assert plan.progress == 1.0
        assert plan.report()
        with pytest.raises(abbe.ArgumentError, match="this plan was set for"):
            plan.execute(plane[::-1], target)
        with pytest.raises(abbe.ArgumentError, match="this plan was set for"):
            plan.execute(plane, target.astype(numpy.float16))


def test_the_result_does_not_depend_on_threads(stack: numpy.ndarray, psf: abbe.Psf) -> None:
    results = []
    for threads in (1, 2, 3):
        with abbe.Context(threads=threads) as context:
            results.append(abbe.deconvolve(stack, psf, iterations=4, context=context))
    assert numpy.array_equal(results[0], results[1]) and numpy.array_equal(results[0], results[2])


def test_parameters_are_set_by_name_and_checked(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    with pytest.raises(abbe.ArgumentError, match="did you mean iterations"):
        abbe.deconvolve(plane, psf, iteration=3)
    with pytest.raises(abbe.ArgumentError, match="deconvolve.iterations is 0; it must be 1 to"):
        abbe.deconvolve(plane, psf, iterations=0)
    with pytest.raises(abbe.ArgumentError, match="whole number"):
        abbe.deconvolve(plane, psf, iterations=2.5)
    with pytest.raises(abbe.ArgumentError, match="it must be 1 to 10000"):
        abbe.deconvolve(plane, psf, iterations=2**70)
    with pytest.raises(abbe.ArgumentError, match="real number"):
        psf.set(pixel_nm="wide")
    with pytest.raises(abbe.ArgumentError, match="one of 'automatic', 'constant'"):
        abbe.Plan().add("background", mode="median of something")
    with pytest.raises(abbe.ArgumentError, match="fact"):
        abbe.Plan(progress=0.5)
    for step in ("sharpen", 5):
        with pytest.raises(abbe.ArgumentError, match="one of background"):
            abbe.Plan().add(step)  # type: ignore[arg-type]
    for wrong in ("widefield", abbe.Plan()):
        with pytest.raises(abbe.ArgumentError, match="it must be an abbe.Psf"):
            abbe.deconvolve(plane, wrong)  # type: ignore[arg-type]
    with pytest.raises(abbe.ArgumentError, match="NUL"):
        abbe.Context(onnxruntime="lib\0onnxruntime.so")
    # A step with a misspelt parameter is none.
    plan = abbe.Plan()
    with pytest.raises(abbe.ArgumentError):
        plan.add("deconvolve", iteration=3)
    assert plan.add("deconvolve", psf=psf)(plane).shape == plane.shape
    with pytest.raises(abbe.ArgumentError, match="kind is"):
        abbe.Psf("airy")
    with pytest.raises(abbe.ArgumentError, match="numerical_aperture is 2"):
        abbe.psf.widefield(numerical_aperture=2.0, wavelength_nm=525, pixel_nm=65)


def test_errors_carry_status_and_text(plane: numpy.ndarray) -> None:
    with pytest.raises(abbe.StateError) as caught:
        with abbe.Plan() as plan:
            plan.add("deconvolve")(plane)
    assert caught.value.status == -3 and isinstance(caught.value, RuntimeError) and str(caught.value)
    with pytest.raises(ValueError):
        abbe.psf.widefield(numerical_aperture=-1.0, wavelength_nm=525, pixel_nm=65)


def test_the_table_of_parameters() -> None:
    rows = {row["name"]: row for row in abbe.parameters()}
    assert rows["psf.wavelength_nm"]["unit"] == "nm" and rows["psf.wavelength_nm"]["maximum"] == 2000
    assert all(row["object"] == "deconvolve" and row["summary"] for row in abbe.parameters("deconvolve"))
    abbe.parameters()[0].clear()
    assert abbe.parameters()[0]


OPTICS = {"numerical_aperture": 1.1, "pixel_nm": 80.0, "step_nm": 250.0, "immersion_index": 1.33}
KINDS = {
    "widefield": {"wavelength_nm": 520.0},
    "vectorial": {"wavelength_nm": 520.0},
    "born_wolf": {"wavelength_nm": 520.0},
    "confocal": {"wavelength_nm": 520.0, "excitation_nm": 488.0, "pinhole_airy": 1.0},
    "spinning_disk": {"wavelength_nm": 520.0, "excitation_nm": 488.0},
    "two_photon": {"excitation_nm": 900.0},
    "light_sheet": {"wavelength_nm": 520.0, "sheet_thickness_nm": 2000.0},
}


@pytest.mark.parametrize("kind", KINDS)
def test_optical_models_in_one_line(kind: str) -> None:
    with getattr(abbe.psf, kind)(**OPTICS, **KINDS[kind]) as psf:
        assert psf.kind == kind
        kernel = psf.sample((5, 15, 15))
        assert kernel.dtype == numpy.float32 and abs(kernel.sum(dtype=float) - 1) < 1e-5
        assert numpy.unravel_index(kernel.argmax(), kernel.shape) == (2, 7, 7)
        assert psf.report()


def test_extents_and_shapes_of_kernels() -> None:
    with abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0, sigma_axial_nm=300.0, step_nm=200.0) as psf:
        assert psf.extent(2) == psf.extent(3)[1:] and all(extent % 2 == 1 for extent in psf.extent())
        assert psf.sample().shape == psf.extent() and psf.sample(ndim=2).shape == psf.extent(2)
        for wrong in ((3,), (0, 5), (1, 2, 3, 4)):
            with pytest.raises(abbe.ArgumentError, match="shape is"):
                psf.sample(wrong)
        for huge in ((1 << 40, 1 << 40), (100_000, 100_000, 100)):
            with pytest.raises(abbe.OutOfMemoryError, match="shape is"):
                psf.sample(huge)
        with pytest.raises(abbe.ArgumentError, match="ndim is 4"):
            psf.extent(4)


def test_measured_samples_are_taken_from_any_array() -> None:
    samples = numpy.zeros((9, 11))
    samples[4, 5] = 2.0
    psf = abbe.psf.measured(samples[::-1].astype(numpy.uint8)[:, ::-1])
    kernel = psf.sample((9, 11))
    assert kernel[4, 5] == pytest.approx(1.0)
    for wrong in (numpy.zeros(3), numpy.zeros((2, 2, 2, 2)), numpy.array([["a", "b"]])):
        with pytest.raises(abbe.ArrayError):
            abbe.psf.measured(wrong)
    with pytest.raises(abbe.StateError):
        abbe.Psf("widefield", samples=samples)


def test_use_after_close_is_an_error(plane: numpy.ndarray) -> None:
    psf = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0)
    plan = deconvolution(psf)
    context = abbe.Context(threads=1)
    for thing in (psf, plan, context):
        assert not thing.closed
        thing.close()
        thing.close()
        assert thing.closed and "closed" in repr(thing)
        with pytest.raises(abbe.HandleError, match="is closed"):
            thing.key
    for use in (
        lambda: plan(plane),
        lambda: plan.commit(),
        lambda: plan.cancel(),
        lambda: plan.progress,
        lambda: plan.report(),
        lambda: psf.extent(),
        lambda: psf.set(pixel_nm=80.0),
        lambda: abbe.Plan(context),
        lambda: abbe.deconvolve(plane, psf),
    ):
        with pytest.raises(abbe.HandleError, match="is closed"):
            use()


def test_a_plan_outlives_what_it_was_made_from(plane: numpy.ndarray) -> None:
    context = abbe.Context(threads=1)
    psf = abbe.Psf("gaussian", context=context, sigma_nm=130.0, pixel_nm=65.0)
    plan = abbe.Plan(context).add("deconvolve", psf=psf, iterations=1)
    psf.close()
    context.close()
    assert plan(plane).shape == plane.shape


def test_a_plan_closed_while_it_executes_finishes(psf: abbe.Psf) -> None:
    image = numpy.ones((256, 256), numpy.float32)
    plan = deconvolution(psf, iterations=50, stop="iterations")
    result = plan(image, progress=lambda fraction: plan.close())
    assert result.shape == image.shape and plan.closed


def test_ten_thousand_cycles_without_growth() -> None:
    image = numpy.full((8, 8), 9, numpy.uint16)

    def cycle() -> None:
        with abbe.Context(threads=1) as context, abbe.Psf(
            "gaussian", context=context, sigma_nm=100.0, pixel_nm=100.0
        ) as psf, abbe.Plan(context) as plan:
            plan.add("deconvolve", psf=psf, iterations=1)(image)

    for _ in range(1000):
        cycle()
    gc.collect()
    growth = []
    for _ in range(4):
        before = resident_bytes()
        for _ in range(2500):
            cycle()
        gc.collect()
        growth.append(resident_bytes() - before)
    # What is left behind by every cycle shows in every quarter; the allocator's own steps of a megabyte do not.
    # 40 bytes a cycle: less than one object of any kind.
    assert min(growth) < 40 * 2500, growth


def test_progress_functions_and_bars(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    heard: list[float] = []
    abbe.deconvolve(plane, psf, iterations=5, progress=heard.append)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 2

    class Bar:
        total = 200
        n = 0.0

        def update(self, n: float) -> bool:
            self.n += n
            return True

    bar = Bar()
    abbe.deconvolve(plane, psf, iterations=5, progress=bar)
    assert bar.n == 200


def test_tqdm(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    tqdm = pytest.importorskip("tqdm")
    with open(os.devnull, "w") as nowhere, tqdm.tqdm(total=100, file=nowhere) as bar:
        abbe.deconvolve(plane, psf, iterations=5, progress=bar)
        assert bar.n == pytest.approx(100)


def test_cancelling(psf: abbe.Psf) -> None:
    image = numpy.ones((64, 64), numpy.float32)
    with pytest.raises(abbe.CancelledError) as caught:
        abbe.deconvolve(image, psf, iterations=1000, stop="iterations", progress=lambda fraction: abbe.CANCEL)
    assert caught.value.status == -9

    with deconvolution(psf, iterations=10_000, stop="iterations") as plan:
        image = numpy.ones((512, 512), numpy.float32)
        plan.set_input(image).set_output(numpy.float32).commit()
        failures: list[BaseException] = []

        def work() -> None:
            try:
                plan(image)
            except abbe.Error as failure:
                failures.append(failure)

        worker = threading.Thread(target=work)
        worker.start()
        while plan.progress in (0.0, 1.0) and worker.is_alive():
            time.sleep(0.001)
        plan.cancel()
        worker.join(30)
        assert not worker.is_alive() and isinstance(failures[0], abbe.CancelledError)
        # A cancelled plan is as ready as before.
        plan.set_step(0, iterations=1)
        assert plan(image).shape == image.shape


def test_estimates_are_heard_and_stopped(plane: numpy.ndarray) -> None:
    model = abbe.psf.widefield(
        numerical_aperture=1.2, wavelength_nm=520, pixel_nm=100, immersion_index=1.333, defocus_nm=300
    )
    plane = plane[8:32, 10:42]
    heard: list[float] = []
    found = model.estimate(plane, progress=heard.append)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 2
    assert set(found["parameters"]) == {"defocus_nm"}

    class Bar:
        total, n = 50, 0.0

        def update(self, n: float) -> None:
            self.n += n

    bar = Bar()
    model.estimate(plane, progress=bar)
    assert bar.n == pytest.approx(50)
    with pytest.raises(abbe.CancelledError):
        model.estimate(plane, progress=lambda fraction: abbe.CANCEL)
    with pytest.raises(KeyError, match="mine"):
        model.estimate(plane, progress=lambda fraction: {}["mine"])

    # Another thread's cancel arrives while the estimate is under way.
    def stop(fraction: float) -> None:
        worker = threading.Thread(target=model.cancel)
        worker.start()
        worker.join(30)

    with pytest.raises(abbe.CancelledError):
        model.estimate(plane, progress=stop)


def test_what_a_listener_raises_comes_out(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    def fails(fraction: float) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        abbe.deconvolve(plane, psf, progress=fails)
    abbe.deconvolve(plane, psf, progress=lambda fraction: True)
    with pytest.raises(abbe.ArgumentError, match="must be a function"):
        abbe.deconvolve(plane, psf, progress=3)  # type: ignore[arg-type]


def test_other_threads_go_on_while_a_plan_executes(psf: abbe.Psf) -> None:
    image = numpy.ones((512, 512), numpy.float32)
    ticks = 0
    with deconvolution(psf, iterations=60, stop="iterations") as plan:
        plan(image)
        worker = threading.Thread(target=plan, args=(image,))
        worker.start()
        while worker.is_alive():
            ticks += 1
            time.sleep(0.0005)
    # With the lock held, the loop would turn once or twice.
    assert ticks > 10


def test_one_plan_and_several_threads(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    wanted = abbe.deconvolve(plane, psf, iterations=2)
    with deconvolution(psf, iterations=2) as plan:
        results: list[numpy.ndarray] = []
        threads = [threading.Thread(target=lambda: results.append(plan(plane))) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(results) == 6 and all(numpy.array_equal(result, wanted) for result in results)


def test_point_spread_functions_are_pickled(plane: numpy.ndarray, psf: abbe.Psf) -> None:
    again = pickle.loads(pickle.dumps(psf))
    assert repr(again) == repr(psf)
    assert numpy.array_equal(again.sample((3, 9, 9)), psf.sample((3, 9, 9)))
    samples = numpy.random.default_rng(2).random((9, 9))
    measured = pickle.loads(pickle.dumps(abbe.psf.measured(samples)))
    assert numpy.array_equal(measured.sample((9, 9)), abbe.psf.measured(samples).sample((9, 9)))


def test_the_log_goes_to_the_logger(
    plane: numpy.ndarray, psf: abbe.Psf, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "abbe"), abbe.Context(log_level=logging.DEBUG) as context:
        abbe.deconvolve(plane, psf, iterations=1, context=context)
        lines = [record.message for record in caplog.records if record.name == "abbe"]
        assert any("plan committed" in line for line in lines)


def test_a_model_is_fitted_to_a_bead() -> None:
    optics = {"numerical_aperture": 1.2, "wavelength_nm": 520.0, "immersion_index": 1.333, "pixel_nm": 80.0, "step_nm": 200.0}
    bead = abbe.Psf("measured", samples=1e4 * abbe.Psf("widefield", **optics).sample((15, 21, 21)))
    model = abbe.Psf("widefield", **{**optics, "numerical_aperture": 1.1})
    found = model.fit(bead)
    assert abs(found["parameters"]["numerical_aperture"]["value"] - 1.2) < 0.005
    assert abs(found["shift_px"][1]["value"]) < 0.01 and abs(found["defocus_nm"]["value"]) < 2
    again = pickle.loads(pickle.dumps(model))
    assert numpy.array_equal(again.sample((5, 7, 7)), model.sample((5, 7, 7)))


def test_what_cannot_be_pickled_or_copied_says_why(psf: abbe.Psf) -> None:
    for one in (abbe.Context(), abbe.Plan(), abbe.Assess()):
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match=f"a {type(one).__name__} cannot be pickled or copied: it belongs to this process"):
                attempt(one)
    twin = copy.copy(psf)
    twin.close()
    assert not psf.closed and psf.sample((3, 3)).shape == (3, 3)
    assert psf.settings["sigma_nm"] == 130.0


def test_parameters_are_a_table() -> None:
    rows = abbe.parameters("deconvolve")
    assert isinstance(rows, list) and rows[0]["name"] == "deconvolve.iterations"
    page, text = rows._repr_html_(), str(rows)
    assert page.count("<tr>") == len(rows) + 1 == len(text.splitlines())
    assert "<td>deconvolve.iterations</td><td>1 to 10000</td><td>30</td>" in page and "deconvolve.iterations" in text
    assert "richardson_lucy" in text and "<script" not in page


def test_parameters_are_not_attributes(psf: abbe.Psf) -> None:
    with abbe.Plan() as plan, pytest.raises(AttributeError, match=r"Plan has no attribute 'memory_cap_bytes'.*set\(memory_cap_bytes="):
        plan.memory_cap_bytes = 3
    with pytest.raises(AttributeError, match="Psf has no attribute 'pixel'"):
        psf.pixel = 3
    psf.origin = {"from": {}}
