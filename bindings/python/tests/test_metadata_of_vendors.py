"""Optics in the words of Zeiss and Leica, as their readers give them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import abbe

CZI = """<?xml version="1.0"?>
<ImageDocument><Metadata><Information>
  <Image><SizeC>2</SizeC><SizeZ>12</SizeZ>
    <Dimensions><Channels>
      <Channel Id="Channel:0" Name="DAPI"><EmissionWavelength>461</EmissionWavelength><ExcitationWavelength>405</ExcitationWavelength>
        <AcquisitionMode>LaserScanningConfocalMicroscopy</AcquisitionMode><PinholeSizeAiry>1.2</PinholeSizeAiry></Channel>
      <Channel Id="Channel:1" Name="GFP"><DetectionWavelength><Ranges>500-550</Ranges></DetectionWavelength>
        <ExcitationWavelength>488</ExcitationWavelength><AcquisitionMode>LaserScanningConfocalMicroscopy</AcquisitionMode></Channel>
    </Channels></Dimensions>
    <ObjectiveSettings><RefractiveIndex>1.518</RefractiveIndex><Medium>Oil</Medium><ObjectiveRef Id="Objective:1"/></ObjectiveSettings>
  </Image>
  <Instrument><Objectives>
    <Objective Id="Objective:0"><LensNA>0.3</LensNA><Immersion>Air</Immersion></Objective>
    <Objective Id="Objective:1"><LensNA>1.4</LensNA><Immersion>Oil</Immersion></Objective>
  </Objectives></Instrument>
</Information>
<Scaling><Items><Distance Id="X"><Value>6.5e-08</Value></Distance><Distance Id="Y"><Value>6.5e-08</Value></Distance>
  <Distance Id="Z"><Value>2.1e-07</Value></Distance></Items></Scaling>
</Metadata></ImageDocument>"""


class Czi:
    """As czifile has it."""

    def metadata(self) -> str:
        return CZI


@pytest.mark.parametrize("given", [CZI, Czi(), SimpleNamespace(raw_metadata=CZI, metadata={"ImageDocument": {}})])
def test_czi(given: Any) -> None:
    psfs = abbe.psf.from_metadata(given)
    assert [psf.kind for psf in psfs] == ["confocal"] * 2
    told = [{name: psf.get(name) for name in ("wavelength_nm", "excitation_nm", "numerical_aperture", "immersion_index")} for psf in psfs]
    assert [list(one.values()) for one in told] == [[461, 405, 1.4, 1.518], [525, 488, 1.4, 1.518]]
    assert psfs[0].get("pixel_nm") == pytest.approx(65) and psfs[0].get("step_nm") == pytest.approx(210)
    assert psfs[0].get("pinhole_airy") == 1.2
    assert psfs[1].origin["wavelength_nm"]["from"] == "the middle of the detection of Channel 1"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("<EmissionWavelength>461</EmissionWavelength>", "", r"lacks wavelength_nm of channel 0 'DAPI' \(Channel EmissionWavelength\)"),
        ('<ObjectiveRef Id="Objective:1"/>', "", r"lacks numerical_aperture \(Objective LensNA\)"),
        ('<Distance Id="X"><Value>6.5e-08', '<Distance Id="X"><Value>9e-08', "must be square"),
        ("<Value>2.1e-07", "<Value>nan", "Scaling Distance Z is 'nan'; it must be a number above 0"),
        ("<ImageDocument>", "<!DOCTYPE x><ImageDocument>", "document type"),
        ("</Metadata>", "", "not the XML of a CZI"),
    ],
)
def test_what_is_wrong_with_a_czi_is_named(before: str, after: str, message: str) -> None:
    assert before in CZI
    with pytest.raises(abbe.ArgumentError, match=message):
        abbe.psf.from_metadata(CZI.replace(before, after))


def test_lif() -> None:
    """What readlif 0.6.6 gives of an image: attributes as texts, samples per um, z negative where the stage went down."""
    settings = {"NumericalAperture": "1.4", "RefractionIndex": "1.518", "PinholeAiry": "1.0", "Magnification": "63"}
    image = SimpleNamespace(settings=settings, scale=(20.0, 20.0, -5.0, None), channels=2, dims=SimpleNamespace(x=8, y=8, z=5, t=1, m=1))
    with pytest.raises(abbe.ArgumentError, match="lacks wavelength_nm of channel 0 .which readlif does not give"):
        abbe.psf.from_metadata(image)
    psfs = abbe.psf.from_metadata(image, wavelength_nm=[461, 525], excitation_nm=[405, 488])
    assert [psf.get("excitation_nm") for psf in psfs] == [405, 488]
    assert (psfs[0].kind, psfs[0].get("numerical_aperture"), psfs[0].get("pixel_nm"), psfs[0].get("step_nm")) == (
        "confocal", 1.4, pytest.approx(50), pytest.approx(200),
    )  # fmt: skip
    image.settings = {}
    with pytest.warns(abbe.AbbeWarning, match="widefield is assumed"):
        (one, _) = abbe.psf.from_metadata(image, wavelength_nm=525, numerical_aperture=1.2, immersion_index=1.33)
    assert one.kind == "widefield"
