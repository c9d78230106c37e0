"""Optics from metadata: as tifffile writes and reads it, as ome_types has it, and in dictionaries."""

from __future__ import annotations

import pickle
import re
import warnings
from pathlib import Path
from typing import Any

import numpy
import pytest

import abbe

OME = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06">
  <Instrument ID="Instrument:0">
    <Laser ID="LightSource:0" Wavelength="488"/>
    <Objective ID="Objective:0" LensNA="0.4" Immersion="Air"/>
    <Objective ID="Objective:1" LensNA="1.2" Immersion="Water" NominalMagnification="60"/>
    <Filter ID="Filter:0"><TransmittanceRange CutIn="500" CutOut="550"/></Filter>
  </Instrument>
  <Image ID="Image:0">
    <ObjectiveSettings ID="Objective:1"/>
    <Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="32" SizeY="32" SizeZ="5" SizeC="2" SizeT="1"
        PhysicalSizeX="0.1" PhysicalSizeY="0.1" PhysicalSizeZ="300" PhysicalSizeZUnit="nm">
      <Channel ID="Channel:0:0" Name="DAPI" EmissionWavelength="0.461" EmissionWavelengthUnit="µm" AcquisitionMode="WideField"/>
      <Channel ID="Channel:0:1" Name="GFP" AcquisitionMode="LaserScanningConfocalMicroscopy" PinholeSize="50">
        <LightSourceSettings ID="LightSource:0"/>
        <LightPath><EmissionFilterRef ID="Filter:0"/></LightPath>
      </Channel>
    </Pixels>
  </Image>
</OME>"""

PLAIN: dict[str, Any] = {
    "NumericalAperture": 1.4, "immersion": "oil", "pixel_um": 0.065, "step": "0.2 µm", "modality": "widefield", "emission_nm": 525
}  # fmt: skip


def test_ome_xml() -> None:
    with pytest.warns(abbe.AbbeWarning, match="pinhole of channel 1 'GFP' is 50 µm, .* give pinhole_airy="):
        dapi, gfp = abbe.psf.from_metadata(OME)
    shared = {"numerical_aperture": 1.2, "immersion_index": 1.333, "pixel_nm": 100.0, "step_nm": 300.0}
    assert (dapi.kind, gfp.kind) == ("widefield", "confocal")
    for psf, own in ((dapi, {"wavelength_nm": 461.0}), (gfp, {"wavelength_nm": 525.0, "excitation_nm": 488.0})):
        assert {name: psf.get(name) for name in {**shared, **own}} == pytest.approx({**shared, **own})
        assert {name: one["value"] for name, one in psf.origin.items()} == pytest.approx({**shared, **own})
    assert dapi.origin["immersion_index"]["from"] == "Objective Immersion Water"
    assert gfp.origin["wavelength_nm"]["from"] == "the middle of the emission filter of Channel 1"
    assert pickle.loads(pickle.dumps(gfp)).origin == gfp.origin
    image = numpy.full((2, 5, 32, 32), 100, numpy.uint16)
    assert abbe.deconvolve(image, [dapi, gfp], iterations=1).shape == image.shape


def test_what_is_given_counts_more() -> None:
    one, other = abbe.psf.from_metadata(OME, kind="widefield", wavelength_nm=[450, 510], immersion_index=1.34)
    assert (one.get("wavelength_nm"), other.get("wavelength_nm"), one.get("immersion_index")) == (450, 510, 1.34)
    assert one.origin["wavelength_nm"]["from"] == "given"
    with pytest.raises(abbe.ArgumentError, match="wavelength_nm has 3 values; the metadata has 2 channels"):
        abbe.psf.from_metadata(OME, wavelength_nm=[450, 510, 600])


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('<ObjectiveSettings ID="Objective:1"/>', "", r"lacks numerical_aperture \(Objective LensNA, of 2 objectives none is named"),
        (' PhysicalSizeZ="300" PhysicalSizeZUnit="nm"', "", r"lacks step_nm \(Pixels PhysicalSizeZ\)"),
        ('EmissionWavelength="0.461" EmissionWavelengthUnit="µm" ', "", "lacks wavelength_nm of channel 0 'DAPI'"),
        ('PhysicalSizeY="0.1"', 'PhysicalSizeY="0.2"', "PhysicalSizeX is 100 nm and PhysicalSizeY 200 nm; pixels must be square"),
        ('PhysicalSizeX="0.1"', 'PhysicalSizeX="0"', "PhysicalSizeX is '0'; it must be a number above 0"),
        ('PhysicalSizeX="0.1"', 'PhysicalSizeX="0.1" PhysicalSizeXUnit="pixel"', "PhysicalSizeX has the unit 'pixel'"),
        ('PhysicalSizeX="0.1" PhysicalSizeY="0.1"', 'PhysicalSizeX="1e9" PhysicalSizeY="1e9"', "PhysicalSizeX makes psf.pixel_nm 1000000000000; it must be"),
        ('LensNA="1.2"', 'LensNA="1.4"', "LensNA is 1.4 and Objective Immersion Water makes the immersion index 1.333"),
        ('ID="Objective:1"/>', 'ID="Objective:1" RefractiveIndex="1.515"/>', "RefractiveIndex is 1.515 and Objective Immersion is Water"),
        ('Wavelength="488"', 'Wavelength="560"', "emission 525 nm and the excitation 560 nm, which cannot be one-photon"),
        ('"0.461"', '"461"', "EmissionWavelength is 461000 nm; it must be from 200 to 2000"),
        ('"WideField"', '"PALM"', "AcquisitionMode is 'PALM', for which there is no optical model; give kind="),
        ("</OME>", "", "metadata is not OME-XML"),
        ("<Image ", "<!-- ", "metadata is not OME-XML"),
    ],
)
def test_what_is_missing_or_contradictory_is_named(before: str, after: str, message: str) -> None:
    assert before in OME
    with pytest.raises(abbe.ArgumentError, match=message), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        abbe.psf.from_metadata(OME.replace(before, after))


def test_metadata_of_other_kinds_is_refused() -> None:
    for metadata, message in (
        ("cells.tif", r"metadata is the text 'cells.tif'; it must be OME-XML; of a file give tifffile.TiffFile\(path\)"),
        (3, "metadata is of type int; it must be OME-XML"),
        ("<html/>", "XML of <html> with 0 images"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><OME/>', "document type"),
    ):
        with pytest.raises(abbe.ArgumentError, match=message):
            abbe.psf.from_metadata(metadata)


def test_a_dictionary() -> None:
    (psf,) = abbe.psf.from_metadata(PLAIN)
    wanted = {"numerical_aperture": 1.4, "immersion_index": 1.515, "pixel_nm": 65.0, "step_nm": 200.0, "wavelength_nm": 525.0}
    assert {name: psf.get(name) for name in wanted} == pytest.approx(wanted)
    channels = [{"emission": 461}, {"emission_um": 0.525}]
    several = abbe.psf.from_metadata({**PLAIN, "emission_nm": None, "channels": channels})
    assert [one.get("wavelength_nm") for one in several] == pytest.approx([461, 525])
    with pytest.raises(abbe.ArgumentError, match="step is 0.2 without a unit; give one"):
        abbe.psf.from_metadata({**PLAIN, "step": 0.2})
    with pytest.raises(abbe.ArgumentError, match="NumericalAperture 1.4 and na 1.3; which is it"):
        abbe.psf.from_metadata({**PLAIN, "na": 1.3})
    with pytest.raises(abbe.ArgumentError, match="'numerical_apperture'.* did you mean 'numerical_aperture'"):
        abbe.psf.from_metadata({**PLAIN, "numerical_apperture": 1.3})
    assert len(abbe.psf.from_metadata({**PLAIN, "name": "cells"})) == 1
    with pytest.warns(abbe.AbbeWarning, match="widefield is assumed"):
        abbe.psf.from_metadata({**PLAIN, "modality": None})
    with pytest.raises(abbe.ArgumentError, match="lacks excitation_nm; give it beside the metadata"):
        abbe.psf.from_metadata({**PLAIN, "modality": "confocal"})


@pytest.mark.parametrize(("wrong", "message"), [
    ({"immersion": ["oil", "water"]}, "'immersion', which is a list; it must be one value; what differs between channels"),
    ({"na": {"value": 1.4}}, "'na', which is a dict"),
    ({"imersion": "water"}, "'imersion', which is no name of optics; did you mean 'immersion'?"),
    ({"emision": 525}, "did you mean 'wavelength_nm'?"),
    ({"comment": "mine"}, "'comment', which is no name of optics; names are numerical_aperture, "),
    ({"channels": [{"emission_nm": 525, "exitation": 488}]}, "did you mean 'excitation_nm'?"),
])  # fmt: skip
def test_nothing_of_a_dictionary_is_passed_over(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(abbe.ArgumentError, match=re.escape(message)):
        abbe.psf.from_metadata({"pixel_um": 0.1, "wavelength_nm": 525, **wrong}, numerical_aperture=1.2)


def test_doubts_are_told_once_for_all_channels() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        abbe.psf.from_metadata({"na": 1.2, "immersion": "wter", "pixel_um": 0.1, "channels": [{}, {}, {}]}, wavelength_nm=525)
    assert [str(one.message) for one in heard] == [
        "wavelength_nm is 525 for all 3 channels; give one for each where their light differs",
        "the metadata does not say how channels 0, 1 and 2 were taken; widefield is assumed; say so, or else, with kind=",
        "immersion is 'wter', whose refractive index is not known; did you mean 'water'?",
    ]
    with pytest.warns(abbe.AbbeWarning, match="immersion is 'Other', whose refractive index is not known; give immersion_index="):
        abbe.psf.from_metadata({**PLAIN, "immersion": "Other"})


def test_imagej_s_tiff(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")
    path = tmp_path / "cells.tif"
    info = "\n".join(
        [
            "Information|Instrument|Objective|LensNA #1 = 1.4",
            "Information|Instrument|Objective|Immersion #1 = Oil",
            "Information|Image|Channel|EmissionWavelength #1 = 461",
            "Information|Image|Channel|EmissionWavelength #2 = 5.25E-7",
            "Information|Image|Channel|AcquisitionMode #1 = WideField",
            "Information|Image|Channel|AcquisitionMode #2 = WideField",
        ]
    )
    image = numpy.zeros((5, 2, 16, 16), numpy.uint16)
    metadata = {"axes": "ZCYX", "spacing": 0.25, "unit": "um", "Info": info}
    tifffile.imwrite(path, image, imagej=True, resolution=(1 / 0.13, 1 / 0.13), metadata=metadata)
    with tifffile.TiffFile(path) as file:
        psfs = abbe.psf.from_metadata(file)
        inner = abbe.psf.from_metadata(file.imagej_metadata, pixel_nm=130)
    assert [one.get("wavelength_nm") for one in psfs] == pytest.approx([461, 525])
    wanted = {"numerical_aperture": 1.4, "immersion_index": 1.515, "pixel_nm": 130.0, "step_nm": 250.0}
    for one in psfs + inner:
        assert {name: one.get(name) for name in wanted} == pytest.approx(wanted, rel=1e-4)
    tifffile.imwrite(path, image[:, 0], imagej=True, metadata={"axes": "ZYX", "unit": "pixel", "Info": info})
    with tifffile.TiffFile(path) as file, pytest.raises(abbe.ArgumentError, match="lacks pixel_nm, step_nm"):
        abbe.psf.from_metadata(file)


def test_ome_tiff_and_objects(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile", reason="SKIPPED: tifffile is not there; pip install tifffile")
    path = tmp_path / "cells.ome.tif"
    metadata = {
        "axes": "CZYX", "PhysicalSizeX": 0.1, "PhysicalSizeY": 0.1, "PhysicalSizeZ": 0.3,
        "Channel": {"EmissionWavelength": [461, 525], "AcquisitionMode": ["WideField"] * 2},
    }  # fmt: skip
    tifffile.imwrite(path, numpy.zeros((2, 5, 16, 16), numpy.uint16), metadata=metadata)
    lens = {"numerical_aperture": 1.4, "immersion_index": 1.515}

    class Reader:
        """As bioio's and nd2's objects have it."""

        def __init__(self, text: Any) -> None:
            self.ome_metadata = text

    with tifffile.TiffFile(path) as file:
        given: list[Any] = [file, file.ome_metadata, Reader(file.ome_metadata), Reader(lambda text=file.ome_metadata: text)]
        for one in given:
            psfs = abbe.psf.from_metadata(one, **lens)
            assert [psf.get("wavelength_nm") for psf in psfs] == [461, 525]
            assert psfs[0].get("step_nm") == pytest.approx(300)
    ome_types = pytest.importorskip("ome_types", reason="SKIPPED: ome_types is not there; pip install ome-types")
    both = abbe.psf.from_metadata(Reader(ome_types.from_xml(OME)), pinhole_airy=1.0)
    assert [psf.get("wavelength_nm") for psf in both] == pytest.approx([461, 525])


def test_a_gaussian_of_a_stated_width_needs_no_optics() -> None:
    (psf,) = abbe.psf.from_metadata({"pixel_um": 0.1}, kind="gaussian", sigma_nm=130.0)
    assert psf.extent() == abbe.psf.gaussian(sigma_nm=130.0, pixel_nm=100).extent()
    with pytest.raises(abbe.ArgumentError, match="lacks pixel_nm"):
        abbe.psf.from_metadata({}, kind="gaussian", sigma_nm=130.0)
    with pytest.raises(abbe.ArgumentError, match="lacks numerical_aperture, wavelength_nm"):
        abbe.psf.from_metadata({"pixel_um": 0.1}, kind="gaussian")
