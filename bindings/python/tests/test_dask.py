"""Chunks on two worker processes against the single call."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

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
    assert wide < 1e-5 < preset < 1e-3 < 1e-2 < bare


def test_one_chunk_is_the_single_call(cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf) -> None:
    image = dask.array.from_array(scene, chunks=-1)
    result = abbe.dask.deconvolve(image, psf, iterations=3, dtype="uint16").compute()
    assert numpy.array_equal(result, abbe.deconvolve(scene, psf, iterations=3, dtype="uint16"))


def test_channels_and_time_points_are_not_mixed(
    cluster: distributed.Client, scene: numpy.ndarray, psf: abbe.Psf
) -> None:
    series = numpy.stack([scene[8], scene[8, ::-1], scene[8, :, ::-1]])
    lazy = abbe.dask.deconvolve(dask.array.from_array(series, chunks=(2, 112, 112)), psf, axes="tyx", iterations=3)
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
