"""Streams: every frame is counted, and results are those of the plan itself."""

import abbe
import numpy
import pytest

SHAPE = (20, 24)


def frames() -> list[numpy.ndarray]:
    draw = numpy.random.default_rng(1)
    return [draw.integers(100, 1000, SHAPE).astype(numpy.uint16) for _ in range(4)]


def plan_for(frame: numpy.ndarray) -> abbe.Plan:
    plan = abbe.Plan().add("background", mode="constant", value=50)
    plan(frame, dtype=numpy.uint16)
    return plan


def test_no_frame_is_lost_where_none_may_be() -> None:
    images = frames()
    plan = plan_for(images[0])
    with abbe.Stream(plan, shape=SHAPE, dtype=numpy.uint16, mode="lossless", frames=3) as stream:
        assert stream.get("frames") == 3
        results, at = [], 0
        while len(results) < 40:
            if at < 40 and stream.submit(images[at % 4], at) != "full":
                at += 1
            result = stream.take()
            results += [] if result is None else [result]
        assert [result.number for result in results] == list(range(40))
        for result in results:
            assert numpy.array_equal(result.image, images[result.number % 4] - 50)
            assert result.level == 0 and result.submitted_ns <= result.started_ns <= result.done_ns
        counts = stream.counts()
        assert counts["submitted"] == counts["delivered"] == 40
        assert stream.wait(0) and not stream._kept
    assert stream.closed


def test_the_newest_frames_are_kept_under_overload() -> None:
    images = frames()
    with abbe.Stream(plan_for(images[0]), shape=SHAPE, dtype=numpy.uint16, results=1) as stream:
        for at in range(0, 400, 2):
            assert stream.submit(images[at % 4], at) in ("accepted", "replaced")
            counts = stream.counts()
            parts = ("delivered", "dropped_overflow", "dropped_deadline", "dropped_by_host", "failed", "pending")
            assert counts["submitted"] == sum(counts[part] for part in parts) == at // 2 + 1
        assert stream.wait(100_000)
        result = stream.take()
        assert result is not None and result.number == 398 and "gap" in result.flags
        assert stream.counts()["missing"] == 199
        stream.cancel()


def test_what_does_not_fit_is_refused() -> None:
    images = frames()
    plan = plan_for(images[0])
    with pytest.raises(abbe.ArgumentError, match="one or more"):
        abbe.Stream(shape=SHAPE, dtype=numpy.uint16)
    with abbe.Stream(plan, shape=SHAPE, dtype=numpy.uint16) as stream:
        with pytest.raises(abbe.ArgumentError, match="frames of this stream"):
            stream.submit(images[0][1:], 0)
        with pytest.raises(abbe.ArgumentError, match="frames of this stream"):
            stream.submit(images[0].astype(numpy.float32), 0)
        assert stream.take() is None
