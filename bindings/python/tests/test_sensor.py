"""Maps of a sensor's pixels are measured, and given to a step."""

from __future__ import annotations

import numpy
import pytest

import abbe


def frames(levels: tuple[float, ...]) -> list[numpy.ndarray]:
    """A stack of frames for each level of light."""
    random = numpy.random.default_rng(3)
    offset = 100 + 5 * random.random((8, 10))
    stacks = [offset + 2 * random.poisson(level, (400, 8, 10)) + 3 * random.standard_normal((400, 8, 10)) for level in levels]
    return [stack.round().astype(numpy.uint16) for stack in stacks]


def test_maps_are_measured_and_given() -> None:
    dark, low, high = frames((0, 40, 100))
    maps = abbe.measure_sensor(dark, numpy.stack([low, high]))
    numpy.testing.assert_allclose(maps.offset, dark.mean(0), rtol=1e-6)
    numpy.testing.assert_allclose(maps.variance, dark.var(0, ddof=1), rtol=1e-5)
    variances = numpy.stack([stack.var(0, ddof=1) - dark.var(0, ddof=1) for stack in (low, high)])
    means = numpy.stack([stack.mean(0) - dark.mean(0) for stack in (low, high)])
    assert maps.gain is not None
    numpy.testing.assert_allclose(maps.gain, (variances * means).sum(0) / (means**2).sum(0), rtol=1e-4)
    assert abbe.measure_sensor(dark).gain is None
    with abbe.Plan() as plan:
        plan.add("camera").set_sensor_map("offset", maps.offset).set_sensor_map("gain", maps.gain)
        photons = plan(high.astype(numpy.float32))
        numpy.testing.assert_allclose(photons, (high - maps.offset) / maps.gain, rtol=1e-4, atol=1e-3)
        plan.set_sensor_map("gain", None).set(camera_gain=2)
        numpy.testing.assert_allclose(plan(high.astype(numpy.float32)), (high - maps.offset) / 2, rtol=1e-4, atol=1e-3)
        with pytest.raises(abbe.ArgumentError, match="sensor_map is 'gains'"):
            plan.set_sensor_map("gains", maps.gain)
        with pytest.raises(abbe.ArrayError, match="axes"):
            plan.set_sensor_map("gain", maps.gain[0])
    with pytest.raises(abbe.ArgumentError, match="dark frames are 1"):
        abbe.measure_sensor(dark[:1])
    with pytest.raises(abbe.ArrayError, match="it must be as dark"):
        abbe.measure_sensor(dark, low.astype(numpy.float32))
