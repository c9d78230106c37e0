"""Networks as ZEN stores them, CZANN and CZMODEL: their range, their kinds, and ZEISS's own library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import pytest
from onnx import helper
from packages import apart, by_onnxruntime, network, pack

import abbe

pytest.importorskip("onnxruntime", reason="SKIPPED: ONNX Runtime is not there; pip install onnxruntime==1.28.0")
RANDOM = numpy.random.default_rng(3)


def czann(model: bytes, **more: Any) -> bytes:
    manifest = {"FormatVersion": "2.1.0", "Id": "2b3a4a6e-5f0a-4a0b-9d7e-0f6d1b1b7a11", "Type": "Regression", "InputShape": [64, 64, 1], "OutputShape": [64, 64, 1], "ModelName": "made for a test"}
    return pack({"model.json": json.dumps(manifest | more), "model.model": model, "license.txt": "MIT"})


def channels_last(operator: str = "Tanh", classes: int = 1, channels: int = 1) -> bytes:
    weights = {"w": RANDOM.normal(0, 4, (4, channels, 3, 3)), "u": RANDOM.normal(0, 0.5, (classes, 4, 1, 1))}
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["a", "w"], ["b"], pads=[1] * 4),
        helper.make_node("Tanh", ["b"], ["c"]),
        helper.make_node("Conv", ["c", "u"], ["d"]),
        helper.make_node("Transpose", ["d"], ["e"], perm=[0, 2, 3, 1]),
        helper.make_node(operator, ["e"], ["y"]),
    ]
    return network(nodes, {"x": ["n", "h", "w", channels]}, {"y": ["n", "h", "w", classes]}, {name: value.astype(numpy.float32) for name, value in weights.items()})


@pytest.mark.parametrize(("kind", "largest"), [("uint8", 255), ("uint16", 65535), ("float32", 1), ("float16", 1)])
def test_czann_networks_read_values_from_0_to_1(kind: str, largest: int) -> None:
    model = channels_last()
    image = (RANDOM.random((40, 50)) * largest).astype(kind)
    expected = by_onnxruntime(model, image[None, ..., None].astype(numpy.float32) / largest)[0][0, ..., 0]
    # Scaling is the extent of a pixel in metres and no factor.
    with abbe.Model(czann(model, Scaling=[6.5e-8, 6.5e-8], MinOverlap=[8, 8])) as package:
        assert package.describe()["pixel_nm_xyz"] == pytest.approx([65.0, 65.0])
        assert package.describe()["geometry"]["scale_zyx"] == [1.0, 1.0, 1.0]
        assert apart(package(image, intensities="network"), expected) < 1e-5
        # A regression comes back in the image's units.
        assert apart(package(image), expected * largest) < 1e-5
        # What the host says of the range goes before.
        own = by_onnxruntime(model, (image[None, ..., None].astype(numpy.float32) - 3) / 7)[0][0, ..., 0]
        assert apart(package(image, normalisation="fixed", offset=3.0, gain=7.0, intensities="network"), own) < 1e-5


def test_czann_and_czmodel_classes_are_no_intensities() -> None:
    model = channels_last("Sigmoid", classes=3)
    image = (RANDOM.random((40, 50)) * 255).astype(numpy.uint8)
    expected = by_onnxruntime(model, image[None, ..., None] / 255)[0][0].transpose(2, 0, 1)
    shapes = {"InputShape": [64, 64, 1], "OutputShape": [64, 64, 3], "Classes": ["a", "b", "c"]}
    xml = """<?xml version='1.0' encoding='utf-8'?>
<Model Version="3.1.0"><Id>id</Id><ModelName>named</ModelName><Status>Trained</Status>
<FeatureExtractor>DeepNeuralNetwork</FeatureExtractor><Postprocessing /><ColorHandling>ConvertToMonochrome</ColorHandling>
<Channels><Item PixelType="Gray8" /></Channels><TrainingClasses>
<Item colB="1" colG="2" colR="3" LabelValue="1" Name="a" /><Item colB="1" colG="2" colR="3" LabelValue="2" Name="b" />
<Item colB="1" colG="2" colR="3" LabelValue="3" Name="c" /></TrainingClasses><BorderSize>4</BorderSize></Model>"""
    old = pack({"id.xml": xml, "id.model": model, "modelid=id": ""})
    for package, name in ((czann(model, Type="SingleClassSemanticSegmentation", **shapes), "made for a test"), (old, "named")):
        with abbe.Model(package) as loaded, abbe.Plan() as plan:
            assert loaded.describe()["name"] == name
            assert loaded.describe()["outputs"][0]["kinds"] == ["probability"]
            plan.add("model", model=loaded)
            assert apart(plan(image[None], axes="cyx"), expected) < 1e-5
            told = plan.report()["steps"][0]["images"][0]["outputs"][0]
            assert told["kinds"] == ["probability"] and told["intensities"] == ["network"]
    for text, reason in (("<Model><BorderSize>wide</BorderSize></Model>", "whole number"), ("<Other/>", "must describe a Model"), ("<Model", "not XML"), ("<!DOCTYPE a [<!ENTITY b 'c'>]><Model/>", "not XML")):
        with pytest.raises(abbe.Error, match=reason):
            abbe.Model(pack({"id.xml": text, "id.model": model}))


def test_packages_of_czmodel_are_read(tmp_path: Path) -> None:
    pytest.importorskip("czmodel", reason="SKIPPED: czmodel is not there; pip install czmodel==6.2.0")
    from czmodel.core.legacy_model_metadata import ModelMetadata as LegacyModelMetadata
    from czmodel.core.model_metadata import ModelMetadata, ModelType
    from czmodel.core.util.model_packing import create_legacy_model_zip, create_model_zip

    model = channels_last("Sigmoid", classes=2)
    image = (RANDOM.random((40, 50)) * 65535).astype(numpy.uint16)
    expected = by_onnxruntime(model, image[None, ..., None] / numpy.float32(65535))[0][0].transpose(2, 0, 1)
    for kind in (ModelType.REGRESSION, ModelType.SINGLE_CLASS_SEMANTIC_SEGMENTATION):
        about = ModelMetadata(model_type=kind, input_shape=[64, 64, 1], output_shape=[64, 64, 2], min_overlap=[8, 8], classes=["a", "b"], model_name="named", scaling=(6.5e-8, 6.5e-8))
        create_model_zip(model, about, str(tmp_path / "made.czann"))
        with abbe.Model(tmp_path / "made.czann") as package:
            assert apart(package(image[None], axes="cyx", intensities="network"), expected) < 1e-5
            assert package.describe()["pixel_nm_xyz"] == pytest.approx([65.0, 65.0])
    older = LegacyModelMetadata(name="named", classes=["a", "b"], pixel_types="Gray16", color_handling="ConvertToMonochrome", border_size=8)
    create_legacy_model_zip(model, older, str(tmp_path / "made.czmodel"))
    with abbe.Model(tmp_path / "made.czmodel") as package:
        assert apart(package(image[None], axes="cyx"), expected) < 1e-5
