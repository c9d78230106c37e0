"""What is told wrongly is refused by a text that says what is right."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path
from typing import Any

import pytest

import abbe
from abbe._cli import _bytes

OME = """<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="Instrument:0">
<Objective ID="Objective:0" LensNA="1.2" Immersion="Water"/></Instrument><Image ID="Image:0">
<Pixels ID="Pixels:0" SizeC="{count}" PhysicalSizeX="0.1"><Channel ID="Channel:0" EmissionWavelength="525" AcquisitionMode="WideField"/></Pixels></Image></OME>"""


def test_channels_that_nothing_is_said_of_are_named() -> None:
    assert len(abbe.psf.from_metadata(OME.format(count=1))) == 1
    with pytest.raises(abbe.ArgumentError, match="lacks wavelength_nm of channel 1"):
        abbe.psf.from_metadata(OME.format(count=2), kind="widefield")
    assert len(abbe.psf.from_metadata(OME.format(count=2), kind="widefield", wavelength_nm=[525, 610])) == 2


@pytest.mark.parametrize("count", ["0", "-1", "x", "999999999", "1.5"])
def test_numbers_of_channels_that_cannot_be_are_refused(count: str) -> None:
    with pytest.raises(abbe.ArgumentError, match=f"Pixels SizeC is '{count}'; it must be a whole number"):
        abbe.psf.from_metadata(OME.format(count=count))


def test_an_unknown_medium_is_doubted() -> None:
    told = {"NA": 1.2, "emission_nm": 525, "pixel_nm": 100, "modality": "widefield"}
    with pytest.warns(abbe.AbbeWarning, match="immersion is 'watr'.*did you mean 'water'"):
        abbe.psf.from_metadata({**told, "immersion": "watr"})
    with warnings.catch_warnings():
        warnings.simplefilter("error", abbe.AbbeWarning)
        abbe.psf.from_metadata({**told, "immersion": "Water"})
    with pytest.raises(abbe.ArgumentError, match="NA is a whole number of 1329 bits; it must be a number above 0"):
        abbe.psf.from_metadata({**told, "NA": 10**400})


@pytest.mark.parametrize("given, message", [
    (Path("p.json"), "name of a file; give the text"), ("p.json", "name of a file; give the text"), (b"\xff", "not UTF-8"),
    ("\ud800", "not UTF-8"), (None, "is of type NoneType"), ({"plan": object()}, "is no JSON"),
])  # fmt: skip
def test_what_is_no_saved_plan_is_refused(given: Any, message: str) -> None:
    with pytest.raises(abbe.ArgumentError, match=message):
        abbe.Plan.load_json(given)


def test_a_saved_plan_is_taken_as_text_bytes_and_dictionary() -> None:
    with abbe.Plan().add("denoise") as plan:
        text = plan.save_json()
    for given in (text, text.encode()):
        assert abbe.Plan.load_json(given).save_json() == text


@pytest.mark.parametrize("value", [10**30, -(10**30), 10**5000], ids=["30", "minus 30", "5000"])
def test_numbers_that_are_too_large_are_told_the_range(value: int) -> None:
    with pytest.raises(abbe.ArgumentError, match="deconvolve.iterations is .*; it must be 1 to "):
        abbe.Plan().add("deconvolve", iterations=value)
    with pytest.raises(abbe.ArgumentError, match="deconvolve.noise_to_signal is .*; it must be "):
        abbe.Plan().add("deconvolve", noise_to_signal=10**5000)


def test_sizes_of_memory() -> None:
    assert [_bytes(text) for text in ("1e9", "4GB", "0.5 MiB", "1K")] == [10**9, 4 << 30, 1 << 19, 1024]
    for text in ("4.5.6GB", "GB", "-1", "nan", "9" * 400):
        with pytest.raises(argparse.ArgumentTypeError, match="is no size; it must be"):
            _bytes(text)


def test_a_folder_is_no_tiff(tmp_path: Path) -> None:
    pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")
    with pytest.raises(abbe.FileError, match="is a folder; a TIFF is read here"):
        abbe.tiff.read(tmp_path)
