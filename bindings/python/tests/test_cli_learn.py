"""``abbe learn``, and ``abbe denoise`` with what it learnt."""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import pytest

import abbe
from abbe._cli import main
from abbe.operations import run

tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")


@pytest.fixture()
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has series.ome.tif, two time points of two channels of 64 x 64 pixels of 65 nm, each another image, and small.tif of 32 x 32."""
    truth = numpy.where(numpy.add.outer(numpy.arange(64), numpy.arange(64)) % 8 == 0, 60.0, 10.0)
    image = numpy.random.default_rng(4).poisson(truth, (2, 2, 64, 64)).astype(numpy.uint16)
    metadata = {"axes": "TCYX", "PhysicalSizeX": 0.065, "PhysicalSizeY": 0.065, "Channel": {"Name": ["DAPI", "GFP"]}}
    tifffile.imwrite(tmp_path / "series.ome.tif", image, metadata=metadata)
    tifffile.imwrite(tmp_path / "small.tif", image[0, 0, :32, :32], metadata={"axes": "YX"})
    monkeypatch.chdir(tmp_path)
    return tmp_path


def records(capsys: pytest.CaptureFixture[str]) -> tuple[dict, str]:
    told = capsys.readouterr()
    (record,) = json.loads(told.out)
    return record, told.err


def test_the_channel_and_time_point_that_are_named_are_learnt_from(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = "learn series.ome.tif made/learnt.zip --channel 1 --time 1 --set steps=1 gain=1 --denoised quiet.ome.tif --threads 1 --json -"
    assert main(command.split()) == 0
    record, _ = records(capsys)
    assert (record["axes"], record["channel"], record["time"], record["output"]) == ("tcyx", 1, 1, "made/learnt.zip")
    assert record["learning"]["outcome"]["steps"] == 1 and record["learning"]["settings"] == {"learn.steps": 1, "learn.gain": 1.0}
    image = abbe.tiff.read("series.ome.tif")[0]
    with abbe.learn(image[1, 1], steps=1, gain=1) as learnt:
        assert learnt.describe()["learning"]["outcome"]["held_out"] == record["learning"]["outcome"]["held_out"]
        expected = learnt(image[1, 1])
    quiet, axes, metadata = abbe.tiff.read("quiet.ome.tif")
    assert axes == "yx" and 'PhysicalSizeX="0.065"' in metadata and "held_out" in metadata
    numpy.testing.assert_array_equal(quiet, expected)
    # Learning goes on from what was saved.
    assert main("learn small.tif again.zip --from made/learnt.zip --json -".split()) == 0
    again, _ = records(capsys)
    assert again["from"] == "made/learnt.zip" and again["learning"]["from"] != record["learning"]["from"]
    # What was saved denoises the whole file.
    assert main("denoise series.ome.tif all.ome.tif --model made/learnt.zip --set strength=0.5 --json -".split()) == 0
    record, _ = records(capsys)
    with abbe.Model("made/learnt.zip") as saved:
        assert record["steps"][0]["model"]["sha256"] == saved.describe()["sha256"]
        expected = run(image, [("denoise", {"method": "network", "model": saved, "strength": 0.5})], "tcyx")[0]
    numpy.testing.assert_array_equal(abbe.tiff.read("all.ome.tif")[0], expected)
    assert not numpy.array_equal(expected, abbe.denoise(image, axes="tcyx", method="network", strength=0.5))


def test_it_is_told_where_nothing_is_learnt(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("learn small.tif once.zip --json -".split()) == 0
    record, said = records(capsys)
    assert record["learning"]["outcome"]["kept"] == "too_small" and record["from"] is None
    assert "abbe: small.tif: warning: nothing was learnt (too_small)" in said and record["warnings"]


def test_a_package_is_replaced_if_that_is_wanted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "learnt.zip"
    path.write_bytes(b"precious")
    assert main("learn small.tif learnt.zip --set steps=0".split()) == 1
    assert "learnt.zip is there already; give another name, or --overwrite" in capsys.readouterr().err
    assert path.read_bytes() == b"precious"
    assert main("learn small.tif learnt.zip --set steps=0 --overwrite".split()) == 0
    assert abbe.Model(path).describe()["built_in_layers"]


@pytest.mark.parametrize(("command", "message"), [
    ("learn small.tif learnt.onnx", "learnt.onnx is no name of a package; let it end with .zip"),
    ("learn small.tif small.tif/learnt.zip", "is a file; give a name in a folder"),
    ("learn small.tif learnt.zip --denoised quiet.png", "quiet.png is no name of a TIFF"),
    ("learn small.tif learnt.zip --denoised small.tif --overwrite", "small.tif is the input, or another file of the command; give another name"),
    ("learn small.tif learnt.zip --from learnt.zip --overwrite", "another file of the command"),
    ("learn small.tif learnt.zip --denoised quiet.tif --json quiet.tif", "--json is quiet.tif, which is another file of the command"),
    ("learn small.tif learnt.zip --from none.zip", "none.zip"),
    ("learn small.tif learnt.zip --set step=3", "did you mean steps"),
    ("learn series.ome.tif learnt.zip --channel 2", "--channel is 2; series.ome.tif has 2, counted from 0"),
    ("learn series.ome.tif learnt.zip --time -1", "--time is -1; series.ome.tif has 2"),
    ("learn none.tif learnt.zip", "none.tif cannot be read"),
    ("denoise small.tif quiet.tif --model small.tif", "small.tif"),
    ("denoise small.tif quiet.tif --model none.zip --method patches", "--model is given with --method patches; give one of them"),
])  # fmt: skip
def test_mistakes_are_told_before_anything_is_learnt(
    command: str, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(*_given: object, **_options: object) -> None:
        raise AssertionError("worked for nothing")

    monkeypatch.setattr(abbe._cli_learn, "learn", work)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(command.split()) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("abbe: ") and message in told.err, told.err
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
