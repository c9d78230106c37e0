"""Chunks on two worker processes against the single call."""

from __future__ import annotations

import os
import signal
import time
import warnings
from pathlib import Path
from typing import Any, Iterator

import numpy
import pytest

import abbe

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
zarr = pytest.importorskip("zarr")

import dask.array  # noqa: E402

import abbe.dask  # noqa: E402


PLAIN = {"iterations": 10, "algorithm": "richardson_lucy", "stop": "iterations"}
"""No choice that is made from the whole image."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.Client]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running, distributed.Client(running) as client:
        assert len(client.scheduler_info()["workers"]) == 2
        yield client


@pytest.fixture(scope="module")
def psf() -> abbe.Psf:
    return abbe.psf.gaussian(sigma_nm=100.0, pixel_nm=65.0, sigma_axial_nm=250.0, step_nm=200.0)


@pytest.fixture(scope="module")
def scene(psf: abbe.Psf) -> numpy.ndarray:
    """16 x 112 x 112 u16: points of light, blurred by the kernel itself, with Poisson noise."""
    generator = numpy.random.default_rng(5)
    truth = numpy.zeros((16, 112, 112))
    truth[tuple(generator.integers(0, extent, 200) for extent in truth.shape)] = 20_000
    kernel = numpy.zeros(truth.shape)
    samples = psf.sample((15, 25, 25))
    kernel[:15, :25, :25] = samples
    kernel = numpy.roll(kernel, (-7, -12, -12), (0, 1, 2))
    blurred = numpy.fft.ifftn(numpy.fft.fftn(truth) * numpy.fft.fftn(kernel)).real
    return generator.poisson(numpy.maximum(blurred, 0) + 20).astype(numpy.uint16)


def far(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """The root mean square difference against that of the image itself."""
    return float(numpy.sqrt(((one - other) ** 2).mean() / (other**2).mean()))


def test_a_cluster_of_two_gives_what_one_call_gives(
    cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf
) -> None:
    whole = abbe.deconvolve(scene, psf, **PLAIN)
    image = dask.array.from_array(scene, chunks=(16, 56, 56))
    lazy = abbe.dask.deconvolve(image, psf, **PLAIN)
    assert lazy.shape == scene.shape and lazy.dtype == numpy.float32
    # Seams without a margin, the margin of one iteration, and one as wide as the light of ten can tell.
    bare, preset, wide = (
        far(abbe.dask.deconvolve(image, psf, depth=depth, **PLAIN).compute(), whole) for depth in (0, None, 24)
    )
    assert wide < 1e-5 and preset < 1e-5 and bare > 1e-2


def test_one_chunk_is_the_single_call(cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf) -> None:
    image = dask.array.from_array(scene, chunks=-1)
    result = abbe.dask.deconvolve(image, psf, iterations=3, dtype="uint16").compute()
    assert numpy.array_equal(result, abbe.deconvolve(scene, psf, iterations=3, dtype="uint16"))


def test_channels_and_time_points_are_not_mixed(
    cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf
) -> None:
    series = numpy.stack([scene[8], scene[8, ::-1], scene[8, :, ::-1]])
    lazy = abbe.dask.deconvolve(dask.array.from_array(series, chunks=(2, 112, 112)), psf, axes="tyx", iterations=3, course="image")
    for frame, result in zip(series, lazy.compute()):
        assert numpy.array_equal(result, abbe.deconvolve(frame, psf, iterations=3))


def test_ome_zarr_there_and_back(
    cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf, tmp_path: Path
) -> None:
    source, target = tmp_path / "image.ome.zarr", tmp_path / "restored.ome.zarr"
    spacing = {"z": 200.0, "y": 65.0, "x": 65.0}
    abbe.dask.save_ome_zarr(source, dask.array.from_array(scene, chunks=(16, 64, 64)), "zyx", spacing)
    image, axes, found = abbe.dask.open_ome_zarr(source)
    assert (axes, found, image.dtype) == ("zyx", spacing, numpy.uint16)
    assert numpy.array_equal(image.compute(), scene)
    restored = abbe.dask.deconvolve(image.rechunk((16, 56, 56)), psf, axes=axes, iterations=3)
    abbe.dask.save_ome_zarr(target, restored, axes, found)
    again, _, _ = abbe.dask.open_ome_zarr(target)
    assert numpy.array_equal(again.compute(), restored.compute())
    assert zarr.open_group(str(target), mode="r").attrs["ome"]["version"] == "0.5"
    with pytest.raises(abbe.ArgumentError, match="level is 1"):
        abbe.dask.open_ome_zarr(source, level=1)
    with pytest.raises(abbe.ArgumentError, match="no multiscales"):
        zarr.open_group(str(tmp_path / "other.zarr"), mode="w")
        abbe.dask.open_ome_zarr(tmp_path / "other.zarr")


def test_pyramid_and_provenance(tmp_path: Path) -> None:
    path = tmp_path / "image.ome.zarr"
    image = numpy.random.default_rng(3).integers(0, 1000, (2, 3, 601, 530)).astype(numpy.uint16)
    lazy = dask.array.from_array(image, chunks=(1, 3, 125, 530))
    abbe.dask.save_ome_zarr(path, lazy, "czyx", {"z": 200.0, "y": 50.0, "x": 50.0}, provenance={"report": {"steps": []}})
    expected, factor = image.astype(float), 1
    for level, shape in enumerate([(601, 530), (300, 265), (150, 132)]):
        found, axes, spacing = abbe.dask.open_ome_zarr(path, level)
        assert (axes, found.shape, found.dtype) == ("czyx", (2, 3, *shape), numpy.uint16)
        assert spacing == {"c": 1.0, "z": 200.0, "y": 50.0 * factor, "x": 50.0 * factor}
        assert numpy.array_equal(found.compute(), expected)
        trimmed = expected[..., : shape[0] // 2 * 2, : shape[1] // 2 * 2]
        expected = numpy.rint(sum(trimmed[..., dy::2, dx::2] for dy in (0, 1) for dx in (0, 1)) / 4)
        factor *= 2
    group = zarr.open_group(str(path), mode="r")
    assert group.attrs["abbe"] == {"report": {"steps": []}}
    datasets = group.attrs["ome"]["multiscales"][0]["datasets"]
    assert len(datasets) == 3
    assert datasets[2]["coordinateTransformations"][1] == {"type": "translation", "translation": [0, 0, 75.0, 75.0]}


def test_a_worker_that_dies_costs_nothing_but_time(scene: numpy.ndarray, psf: abbe.Psf, tmp_path: Path) -> None:
    expected = abbe.dask.deconvolve(dask.array.from_array(scene, chunks=(16, 28, 28)), psf, **PLAIN).compute(scheduler="sync")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as running, distributed.Client(running) as client:
        image = dask.array.from_array(scene, chunks=(16, 28, 28))
        target = zarr.create_array(tmp_path / "a.zarr", shape=scene.shape, chunks=(16, 28, 28), dtype="float32")
        begun = tmp_path / "begun"

        def slow(block: numpy.ndarray) -> numpy.ndarray:
            # The second block of a process waits until one has been killed, so that there is work left then.
            if begun.exists():
                distributed.Event("killed").wait(60)
            begun.touch()
            return block

        worked = abbe.dask.deconvolve(image.map_blocks(slow, dtype=image.dtype, meta=image._meta), psf, **PLAIN)
        stored = client.compute(worked.store(target, lock=False, compute=False))
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        victim = next(iter(client.run(os.getpid).values()))
        os.kill(victim, signal.SIGKILL)
        distributed.Event("killed").set()
        distributed.wait([stored], timeout=120)
        assert stored.status == "finished"
        assert victim not in client.run(os.getpid).values()
    assert numpy.array_equal(target[:], expected)


def test_what_chunks_find_alone_is_said(scene: numpy.ndarray, psf: abbe.Psf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abbe.dask.free_memory", lambda: scene.nbytes)
    image = dask.array.from_array(scene, chunks=(16, 56, 56))
    alone: list[dict[str, Any]] = [{"algorithm": "blind_richardson_lucy"}, {"warm_start": 1}, {"depth_slabs": 2}]
    for settings in alone:
        with pytest.warns(abbe.AbbeWarning, match="each chunk finds its own.*deconvolve_to finds them once"):
            abbe.dask.deconvolve(image, psf, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error", abbe.AbbeWarning)
        for settings in ({}, {"iterations": 10}, {**PLAIN, "stop": "automatic"}, {**PLAIN, "background": 20}, {"algorithm": "wiener"}):
            abbe.dask.deconvolve(image, psf, **settings)
        abbe.dask.deconvolve(image.rechunk(-1), psf)


@pytest.mark.parametrize("chunk", [128, 256])
@pytest.mark.parametrize(
    "settings",
    [{}, {"background": "estimated"}, {"algorithm": "wiener"}, {"stop": "held_out"}, {"algorithm": "hybrid"}, {"denoising": 0.0}],
)
def test_chunks_are_told_what_was_found_of_the_whole(
    settings: dict[str, Any], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image that is brighter on one side, so that chunks by themselves would find something else."""
    ndimage = pytest.importorskip("scipy.ndimage")
    generator = numpy.random.default_rng(5)
    psf = abbe.psf.gaussian(sigma_nm=110.0, pixel_nm=65.0)
    truth = numpy.zeros((320, 480))
    truth[tuple(generator.integers(0, extent, 400) for extent in truth.shape)] = 4000
    light = ndimage.gaussian_filter(truth, 2.0) * numpy.linspace(0.3, 1.5, 480) + 40
    scene = (generator.poisson(light) * 2.0 + generator.normal(100, 3, light.shape)).clip(0).astype(numpy.uint16)
    whole = abbe.deconvolve(scene, psf, **settings)
    image = dask.array.from_array(scene, chunks=chunk)
    read: list[int] = []
    seen = image.map_blocks(lambda block: (read.append(block.size), block)[1], dtype=image.dtype, meta=image._meta)
    monkeypatch.setattr("abbe.dask.free_memory", lambda: scene.nbytes)
    with warnings.catch_warnings():
        warnings.simplefilter("error", abbe.AbbeWarning)
        lazy = abbe.dask.deconvolve(seen, psf, **settings)
    assert not read and lazy.chunks == image.chunks
    result = lazy.compute(scheduler="threads")
    assert far(result, whole) < 1e-4 and numpy.abs(result - whole).max() < 1e-3 * whole.max()


def test_a_cluster_is_told_what_was_found_of_channels_and_times(
    cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf, monkeypatch: pytest.MonkeyPatch
) -> None:
    psfs = [psf, abbe.psf.gaussian(sigma_nm=140.0, pixel_nm=65.0, sigma_axial_nm=250.0, step_nm=200.0)]
    series = numpy.stack([numpy.stack([scene, scene[::-1] // 2]), numpy.stack([scene[:, ::-1], scene * 0])])
    image = cluster.persist(dask.array.from_array(series, chunks=(1, 2, 16, 56, 112)))
    monkeypatch.setattr("abbe.dask.free_memory", lambda: scene.nbytes)
    for one in (psf, psfs):
        whole = abbe.deconvolve(series, one, axes="tczyx", iterations=5)
        result = abbe.dask.deconvolve(image, one, axes="tczyx", iterations=5).compute()
        assert far(result, whole) < 1e-4 and (result[1, 1] == 0).all()


def test_micrometres_of_version_0_4_become_nanometres(tmp_path: Path) -> None:
    path = tmp_path / "old.zarr"
    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    group.create_array("0", shape=(2, 4, 4), dtype="uint8")
    group.attrs["multiscales"] = [
        {
            "version": "0.4",
            "axes": [
                {"name": "z", "type": "space", "unit": "micrometer"},
                {"name": "y", "type": "space", "unit": "micrometer"},
                {"name": "x", "type": "space", "unit": "micrometer"},
            ],
            "datasets": [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [0.5, 0.1, 0.1]}]}],
        }
    ]
    _, axes, spacing = abbe.dask.open_ome_zarr(path)
    assert axes == "zyx" and spacing == pytest.approx({"z": 500.0, "y": 100.0, "x": 100.0})


def test_wrong_arguments_are_refused_before_anything_is_computed(scene: numpy.ndarray, psf: abbe.Psf) -> None:
    image = dask.array.from_array(scene)
    with pytest.raises(abbe.ArgumentError, match="axes"):
        abbe.dask.deconvolve(image, psf, axes="yx")
    with pytest.raises(abbe.ArgumentError, match="depth is -1"):
        abbe.dask.deconvolve(image, psf, depth=-1)
    with pytest.raises(abbe.ArrayError, match="float64"):
        abbe.dask.deconvolve(image.astype(float), psf)


def test_numpy_zarr_and_the_other_byte_order_are_taken(
    scene: numpy.ndarray, psf: abbe.Psf, tmp_path: Path
) -> None:
    flat = abbe.psf.gaussian(sigma_nm=100.0, pixel_nm=65.0)
    plane = scene[8]
    expected = abbe.deconvolve(plane, flat, **PLAIN)
    stored = zarr.create_array(tmp_path / "a.zarr", data=plane, chunks=(56, 56))
    for image in (plane, plane.astype(">u2"), stored):
        found = abbe.dask.deconvolve(image, flat, depth=40, **PLAIN).compute(scheduler="threads")
        assert far(found, expected) < 1e-3
    with pytest.raises(abbe.ArrayError, match="image is of type list; it must be a Dask, NumPy or Zarr array"):
        abbe.dask.denoise([1, 2])


def test_mistakes_are_found_at_once(scene: numpy.ndarray, psf: abbe.Psf) -> None:
    image = dask.array.from_array(scene, chunks=(16, 56, 56))
    with pytest.raises(abbe.ArgumentError, match="did you mean iterations"):
        abbe.dask.deconvolve(image, psf, iteration=2)
    with pytest.raises(abbe.ArgumentError, match="psf is of type ndarray"):
        abbe.dask.run(image, [("deconvolve", {"psf": numpy.ones((3, 3))})], depth=3)
    with pytest.raises(abbe.ArgumentError, match="looks like colours"):
        abbe.dask.denoise(dask.array.ones((64, 64, 3), dtype="uint8"))


def test_channels_have_their_point_spread_functions(scene: numpy.ndarray, psf: abbe.Psf, tmp_path: Path) -> None:
    psfs = [psf, abbe.psf.gaussian(sigma_nm=140.0, pixel_nm=65.0, sigma_axial_nm=250.0, step_nm=200.0)]
    image = dask.array.from_array(numpy.stack([scene, scene[::-1]], 1), chunks=(16, 2, 56, 112))
    for settings in (PLAIN, {"iterations": 3}):
        whole = abbe.deconvolve(image.compute(), psfs, axes="zcyx", **settings)
        lazy = abbe.dask.deconvolve(image, psfs, axes="zcyx", **settings)
        assert far(lazy.compute(scheduler="threads"), whole) < 1e-3
    target = zarr.create_array(tmp_path / "a.zarr", shape=image.shape, chunks=(16, 1, 56, 112), dtype="float32")
    report = abbe.dask.deconvolve_to(target, image, psfs, axes="zcyx", iterations=3)
    assert far(target[:], whole) < 1e-5 and len(report["steps"][0]["psf"]["channels"]) == 2
    with pytest.raises(abbe.ArgumentError, match="psf has 3; it must be one for all, or one for each of the image's channels, 2"):
        abbe.dask.deconvolve(image, [psf] * 3, axes="zcyx", **PLAIN)


def test_what_is_found_once_equals_the_whole(tmp_path: Path) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    generator = numpy.random.default_rng(5)
    psf = abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=65.0)
    truth = numpy.zeros((288, 288))
    truth[tuple(generator.integers(0, 288, (2, 250)))] = 3000
    blurred = ndimage.gaussian_filter(ndimage.gaussian_filter(truth, 1.5), 2.0)
    scene = (generator.poisson(blurred + 20) + 100).astype(numpy.uint16)
    whole = abbe.deconvolve(scene, psf)
    image = dask.array.stack([dask.array.from_array(scene, chunks=128), dask.array.from_array(scene[::-1], chunks=128)])
    target = zarr.create_array(tmp_path / "a.zarr", shape=image.shape, chunks=(1, 128, 128), dtype="float32")
    heard: list[float] = []
    report = abbe.dask.deconvolve_to(target, image, psf, axes="tyx", memory_cap_bytes=10_000_000, progress=heard.append, course="image")
    assert report["steps"][0]["images"][0]["tiles"] != [1, 1, 1] and heard[-1] == 1.0
    assert far(target[0], whole) < 1e-3 and numpy.abs(target[0] - whole).max() < 1e-2 * whole.max()
    assert far(target[1], abbe.deconvolve(scene[::-1], psf)) < 1e-3
    made = abbe.dask.create_ome_zarr(tmp_path / "b.zarr", image.shape, "tyx", {"y": 65.0, "x": 65.0}, chunks=(1, 128, 128))
    report = abbe.dask.deconvolve_to(made.image, image, psf, axes="tyx", memory_cap_bytes=10_000_000, course="image")
    made.finish({"report": report})
    assert numpy.array_equal(abbe.dask.open_ome_zarr(tmp_path / "b.zarr")[0].compute(), target[:])
    with abbe.Plan.load_json(zarr.open_group(tmp_path / "b.zarr", mode="r").attrs["abbe"]["report"]) as plan:
        plan.set(blocks=0, memory_cap_bytes=0)
        in_memory = abbe.deconvolve(scene, psf)
        assert far(plan(scene), in_memory) < 1e-6
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lazy = abbe.dask.deconvolve(image[0], psf)
        assert lazy.chunks == image[0].chunks
        assert numpy.array_equal(lazy.compute(scheduler="threads"), in_memory)
    with pytest.raises(abbe.ArgumentError, match="target has the shape"):
        abbe.dask.deconvolve_to(target, image[:1], psf, axes="tyx")


@pytest.mark.parametrize(("extent", "chunk"), [(500, 250), (300, 64), (200, 200)])
def test_networks_get_the_chunks_that_they_need(extent: int, chunk: int) -> None:
    pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install abbe[onnx]")
    image = numpy.random.default_rng(1).poisson(30, (extent, extent)).astype(numpy.uint16)
    with abbe.Model.builtin() as network:
        lazy = abbe.dask.model(dask.array.from_array(image, chunks=chunk), network)
        assert numpy.abs(lazy.compute(scheduler="threads") - network(image)).max() < 1e-4 * image.max()


def test_ome_zarr_of_other_forms_is_named(tmp_path: Path) -> None:
    for version, axes, message in (("0.3", ["y", "x"], "is OME-Zarr 0.3; versions"), ("0.2", None, "is OME-Zarr 0.2; versions")):
        old = zarr.open_group(tmp_path / version, mode="w", zarr_format=2)
        one = {"version": version, "datasets": [{"path": "0"}], **({} if axes is None else {"axes": axes})}
        old.attrs["multiscales"] = [one]
        with pytest.raises(abbe.ArgumentError, match=message):
            abbe.dask.open_ome_zarr(tmp_path / version)
    root = zarr.open_group(tmp_path / "root", mode="w", zarr_format=3)
    root.create_group("0")
    with pytest.raises(abbe.ArgumentError, match="no multiscales.*its images are the groups 0 in it"):
        abbe.dask.open_ome_zarr(tmp_path / "root")
    image = dask.array.zeros((4, 8, 8), chunks=8, dtype="uint16")
    abbe.dask.save_ome_zarr(tmp_path / "new", image, "zyx")
    group = zarr.open_group(tmp_path / "new", mode="r+")
    attributes = dict(group.attrs)
    for axis in attributes["ome"]["multiscales"][0]["axes"]:
        del axis["unit"]
    group.attrs.update(attributes)
    with pytest.warns(abbe.AbbeWarning, match="no unit of length along z, y, x"):
        abbe.dask.open_ome_zarr(tmp_path / "new")


def test_version_0_6_says_where_samples_are(tmp_path: Path) -> None:
    micrometres = [{"name": letter, "type": "space", "unit": "micrometer"} for letter in "zyx"]
    systems = [{"name": "atlas", "axes": [{**axis, "unit": "meter"} for axis in micrometres]}, {"name": "own", "axes": micrometres}]
    halved = {"type": "scale", "scale": [0.5, 0.2, 0.2]}
    moved = {"type": "translation", "translation": [0.0, 0.05, 0.05]}
    # The specification's examples of its final form, and of its drafts, which name coordinate systems by text.
    for version, output in (("0.6", {"name": "own"}), ("0.6.dev4", {"name": "own"}), ("0.6rc0", "own")):
        group = zarr.open_group(tmp_path / version, mode="w", zarr_format=3)
        for level in ("0", "1"):
            group.create_array(level, shape=(2, 4, 4), dtype="uint8", dimension_names=list("zyx"))
        to_own = [
            {"type": "scale", "scale": [0.5, 0.1, 0.1], "input": {"path": "0"}, "output": output},
            {"type": "sequence", "transformations": [halved, moved], "input": {"path": "1"}, "output": output},
        ]
        to_atlas = {"type": "scale", "scale": [7, 7, 7], "input": {"name": "own"}, "output": {"name": "atlas"}}
        datasets = [{"path": str(level), "coordinateTransformations": [one]} for level, one in enumerate(to_own)]
        described = {"coordinateSystems": systems, "datasets": datasets, "coordinateTransformations": [to_atlas]}
        group.attrs["ome"] = {"version": version, "multiscales": [described]}
        for level, width in ((0, 100.0), (1, 200.0)):
            _, axes, spacing = abbe.dask.open_ome_zarr(tmp_path / version, level)
            assert axes == "zyx" and spacing == pytest.approx({"z": 500.0, "y": width, "x": width})
    rotated = {**to_own[0], "type": "rotation", "rotation": [[1, 0, 0], [0, 0, -1], [0, 1, 0]]}
    for wrong, message in ((rotated, "placed by 'rotation'; a scale"), ({**to_own[0], "output": "lab"}, "coordinate system 'lab', which")):
        datasets[0]["coordinateTransformations"] = [wrong]
        group.attrs["ome"] = {"version": "0.6", "multiscales": [described]}
        with pytest.raises(abbe.ArgumentError, match=message):
            abbe.dask.open_ome_zarr(tmp_path / "0.6rc0")
    group.attrs["ome"] = {"version": "0.7", "multiscales": [described]}
    with pytest.raises(abbe.ArgumentError, match="is OME-Zarr 0.7; versions 0.4, 0.5 and 0.6 are read"):
        abbe.dask.open_ome_zarr(tmp_path / "0.6rc0")
