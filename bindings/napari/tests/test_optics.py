"""Optics are filled in from scale and metadata, and what is missing is named."""

from __future__ import annotations

import numpy
import pytest

import abbe

OME = """<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Instrument ID="Instrument:0">
<Objective ID="Objective:0" LensNA="1.2" Immersion="Water"/></Instrument><Image ID="Image:0"><ObjectiveSettings ID="Objective:0"/>
<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="44" SizeY="40" SizeZ="8" SizeC="2" SizeT="1"
PhysicalSizeX="100" PhysicalSizeXUnit="nm" PhysicalSizeY="100" PhysicalSizeYUnit="nm" PhysicalSizeZ="0.3">
<Channel ID="Channel:0:0" Name="DAPI" EmissionWavelength="461" ExcitationWavelength="405" AcquisitionMode="WideField"/>
<Channel ID="Channel:0:1" Name="GFP" EmissionWavelength="525" ExcitationWavelength="488" AcquisitionMode="SpinningDiskConfocal"/>
</Pixels></Image></OME>"""


def made(widget):
    """The point spread functions of the fields as they are."""
    return widget._optics.maker()()


@pytest.mark.parametrize("holder", ["text", "ome_types"])
def test_the_channel_that_a_layer_is_named_after(viewer, open_widget, stack, holder):
    value = OME
    if holder == "ome_types":
        value = pytest.importorskip("ome_types", reason="SKIPPED: ome_types is not there").from_xml(OME)
    viewer.add_image(stack, name="cells GFP", metadata={"source": "x", holder: value})
    widget = open_widget("Deconvolve")
    assert widget._optics._channel.value == "1: GFP"
    assert widget._optics.fields["wavelength_nm"].value == "525"
    (psf,) = made(widget)
    assert psf.kind == "spinning_disk"
    found = {name: psf.get(name) for name in ("numerical_aperture", "immersion_index", "excitation_nm", "pixel_nm", "step_nm")}
    assert found == pytest.approx(
        {"numerical_aperture": 1.2, "immersion_index": 1.333, "excitation_nm": 488, "pixel_nm": 100, "step_nm": 300}
    )
    assert psf.origin["wavelength_nm"]["from"] == "Channel 1 EmissionWavelength"
    assert "spinning_disk" in widget._optics.told and "Objective LensNA" in widget._optics.told
    widget._optics._channel.value = "0: DAPI"
    assert made(widget)[0].kind == "widefield" and made(widget)[0].get("wavelength_nm") == 461


def test_a_channel_that_nothing_tells_is_asked_for(viewer, open_widget, stack):
    viewer.add_image(stack, name="cells", metadata={"ome": OME})
    widget = open_widget("Deconvolve")
    assert widget._optics._channel.value is None
    assert "lacks wavelength_nm" in widget._optics.told
    with pytest.raises(abbe.ArgumentError, match="lacks wavelength_nm"), pytest.warns(abbe.AbbeWarning):
        made(widget)


def test_all_channels_of_a_layer_with_channels(viewer, open_widget, stack):
    viewer.add_image(numpy.stack([stack, stack]), axis_labels=("c", "z", "y", "x"), metadata={"ome": OME})
    widget = open_widget("Deconvolve")
    assert widget._optics.fields["wavelength_nm"].value == "461, 525"
    assert [psf.kind for psf in made(widget)] == ["widefield", "spinning_disk"]
    widget._optics.fields["wavelength_nm"].value = "470, 530"
    assert [psf.get("wavelength_nm") for psf in made(widget)] == [470, 530]


def test_other_channels_than_the_layer_are_not_taken(viewer, open_widget, stack):
    viewer.add_image(numpy.stack([stack] * 3), axis_labels=("c", "z", "y", "x"), metadata={"ome": OME})
    told = open_widget("Deconvolve")._optics.told
    assert "channels of the metadata not taken: it has 2, the layer 3" in told and "lacks" in told


@pytest.mark.parametrize(
    ("scale", "units", "nm"),
    [(0.1, "um", 100), (100, "nm", 100), (1e-4, "mm", 100), (-0.1, "um", 100), (1e3, "angstrom", 100)],
)
def test_the_scale_of_the_layer_counts_more_than_its_metadata(viewer, open_widget, stack, scale, units, nm):
    metadata = {"NA": 0.8, "immersion": "air", "emission_nm": 525, "pixel_um": 0.5, "step_um": 0.5, "modality": "widefield"}
    viewer.add_image(stack, scale=(scale * 3, scale, scale), units=(units,) * 3, metadata=metadata)
    widget = open_widget("Deconvolve")
    (psf,) = made(widget)
    assert (psf.get("pixel_nm"), psf.get("step_nm")) == pytest.approx((nm, 3 * nm))
    assert psf.origin["pixel_nm"]["from"] == "scale of the layer"
    assert psf.get("numerical_aperture") == 0.8 and psf.origin["numerical_aperture"]["from"] == "NA"


def test_a_scale_in_pixels_says_nothing(viewer, open_widget, stack):
    viewer.add_image(stack, scale=(0.2, 0.065, 0.065))
    widget = open_widget("Deconvolve")
    assert widget._optics.fields["pixel_nm"].value == ""
    assert "lacks numerical_aperture, wavelength_nm, pixel_nm, step_nm" in widget._optics.told


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"ome": "<OME><Image>"}, "metadata is not OME-XML"),
        ({"NA": 0}, "NA is 0; it must be a number above 0"),
        ({"numerical_apperture": 1.2}, "did you mean 'numerical_aperture'?"),
        ({"pixel_size": 0.1}, "without a unit"),
        ({3: 4}, "lacks numerical_aperture"),
    ],
)
def test_metadata_that_cannot_be_taken_are_named_and_fields_go_on(viewer, open_widget, stack, metadata, said):
    viewer.add_image(stack, metadata=metadata)
    widget = open_widget("Deconvolve")
    assert said in widget._optics.told
    fields = {"numerical_aperture": "0.8", "immersion_index": "1", "wavelength_nm": "525", "pixel_nm": "100", "step_nm": "300"}
    for name, value in fields.items():
        widget._optics.fields[name].value = value
    widget._optics._kind.value = "widefield"
    assert made(widget)[0].get("pixel_nm") == 100


def test_what_was_set_stays_when_another_layer_is_chosen(viewer, open_widget, stack):
    metadata = {"NA": 0.8, "immersion": "air", "emission_nm": 525, "modality": "widefield", "pixel_um": 0.1, "step_um": 0.3}
    viewer.add_image(stack, name="one", metadata=metadata)
    viewer.add_image(stack, name="two", metadata={**metadata, "NA": 0.5})
    widget = open_widget("Deconvolve")
    widget._image.value = viewer.layers["one"]
    widget._optics.fields["wavelength_nm"].value = "600"
    widget._image.value = viewer.layers["two"]
    (psf,) = made(widget)
    assert (psf.get("numerical_aperture"), psf.get("wavelength_nm")) == (0.5, 600)
    assert psf.origin["wavelength_nm"]["from"] == "given"


def test_fields_have_what_the_table_of_parameters_has(viewer, small, open_widget):
    widget = open_widget("Deconvolve")
    for row in abbe.parameters("deconvolve"):
        name = row["name"].partition(".")[2]
        if name == "warm_start":
            continue
        field = widget._fields[name]
        assert row["summary"] in field.tooltip
        if row.get("values"):
            assert set(field.choices) == set(row["values"])
    assert widget._fields.settings() == {}
    assert not widget._fields["padding"].visible
    widget._fields["all_parameters"].value = True
    widget._fields["padding"].value = "none"
    assert widget._fields.settings() == {"padding": "none"}
