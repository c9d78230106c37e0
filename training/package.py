"""Exports trained weights to ONNX and writes the BioImage.IO 0.5 package, and beside it the weights as the library has them built in (.f32).

    python package.py weights.pt ../models/abbe-denoise.zip

The archive has the same bytes for the same weights: entries have a fixed time and order.
"""

import hashlib
import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import yaml

from network import MEAN_WINDOW, STRIDE, Denoiser, parameter_count, receptive_field_radius
from noise import record
from scenes import make_scenes


def main(weights, target):
    network = Denoiser()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    onnx_bytes = export(network.eval())
    check_equivariance(network)
    image = example()
    session = onnxruntime.InferenceSession(onnx_bytes, providers=["CPUExecutionProvider"])
    result = session.run(None, {"image": image})[0]
    files = {
        "README.md": DOCUMENTATION.format(parameters=parameter_count(network), radius=receptive_field_radius(), stride=STRIDE).encode(),
        "test_input.npy": array_bytes(image),
        "test_output.npy": array_bytes(result),
        "weights.onnx": onnx_bytes,
    }
    files["bioimageio.yaml"] = yaml.safe_dump(description(files), sort_keys=False, allow_unicode=True).encode()
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    # For the library itself, in the order of the layers.
    weights = np.concatenate([weight.detach().numpy().ravel() for weight in network.parameters()])
    weights.astype("<f4").tofile(Path(target).with_suffix(".f32"))
    skeleton = onnx.load_from_string(onnx_bytes)
    for tensor in skeleton.graph.initializer:
        tensor.ClearField("raw_data")
    Path(target).with_suffix(".onnx").write_bytes(skeleton.SerializeToString(deterministic=True))
    print(f"{target}: {Path(target).stat().st_size} bytes, weights.onnx {len(onnx_bytes)} bytes")


def export(network):
    buffer = io.BytesIO()
    size = {0: "n", 2: "y", 3: "x"}
    torch.onnx.export(
        network,
        (torch.zeros(1, 1, 64, 96),),
        buffer,
        input_names=["image"],
        output_names=["denoised"],
        dynamic_axes={"image": size, "denoised": size},
        opset_version=OPSET,
        dynamo=False,
    )
    return buffer.getvalue()


def check_equivariance(network):
    """Refuses weights whose answer depends on the units: f(a x + b) = a f(x) + b to rounding."""
    x = torch.from_numpy(example())
    with torch.no_grad():
        plain, scaled = network(x), (network(30 * x + 1000) - 1000) / 30
    difference = (plain - scaled).abs().max() / plain.std()
    if difference > 1e-3:
        raise SystemExit(f"the network depends on gain or offset: {difference:.2e} of the deviation")


def example():
    """One simulated recording, float32 [1, 1, 192, 128]."""
    generator = torch.Generator().manual_seed(5)
    noisy, _ = record(make_scenes(4, 192, generator), generator)
    return np.ascontiguousarray(noisy[EXAMPLE : EXAMPLE + 1, :, :128].numpy().astype(np.float32))


def array_bytes(array):
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def description(files):
    def source(name):
        return {"source": name, "sha256": hashlib.sha256(files[name]).hexdigest()}

    def axes(of_output):
        space = [{"type": "space", "id": i, "size": {"tensor_id": "image", "axis_id": i}, "halo": HALO} for i in "yx"]
        free = [{"type": "space", "id": i, "size": {"min": 2 * HALO + 16, "step": STRIDE}} for i in "yx"]
        return [{"type": "batch"}, {"type": "channel", "channel_names": ["intensity"]}, *(space if of_output else free)]

    to_float = {"id": "ensure_dtype", "kwargs": {"dtype": "float32"}}
    real = {"type": "float32"}
    return {
        "format_version": "0.5.4",
        "type": "model",
        "name": "abbe denoise",
        "description": "Blind denoising of fluorescence micrographs; intensities come back in the units they were given in.",
        "authors": [{"name": "abbe contributors"}],
        "license": "CC0-1.0",
        "documentation": "README.md",
        "cite": [
            {"text": "Mohan et al., Robust and interpretable blind image denoising via bias-free convolutional neural networks, ICLR 2020", "url": "https://arxiv.org/abs/1906.05478"},
            {"text": "Herbreteau et al., Normalization-equivariant neural networks with application to image denoising, NeurIPS 2023", "url": "https://arxiv.org/abs/2306.05037"},
        ],
        "tags": ["denoising", "restoration", "fluorescence-light-microscopy", "2d", "unet"],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "inputs": [
            {
                "id": "image",
                "description": "Intensities in any unit: no scaling, no offset to remove.",
                "axes": axes(of_output=False),
                "data": real,
                "test_tensor": source("test_input.npy"),
                "preprocessing": [to_float],
            }
        ],
        "outputs": [
            {
                "id": "denoised",
                "description": "The expected intensity, in the units of the input.",
                "axes": axes(of_output=True),
                "data": real,
                "test_tensor": source("test_output.npy"),
                "postprocessing": [to_float],
            }
        ],
        "weights": {"onnx": {**source("weights.onnx"), "opset_version": OPSET}},
        "config": {"abbe": {"stride": STRIDE, "receptive_field_radius": receptive_field_radius(), "local_mean_window": MEAN_WINDOW}},
    }


OPSET = 17
EXAMPLE = 0
HALO = -(-receptive_field_radius() // STRIDE) * STRIDE

DOCUMENTATION = """# abbe denoise

Removes Poisson-Gaussian noise from two-dimensional fluorescence micrographs (widefield, confocal; also with excess noise and noise mildly correlated
along the scan). It needs no parameters: the noise level is read from the image around each pixel.

- Input and output: float32 `[n, 1, y, x]`, y and x multiples of {stride}. Intensities come back in the units they were given in, since the network
  commutes with every gain and offset: `f(a * image + b) = a * f(image) + b`. Nothing is normalised before or after.
- Tiles are exact when their origins are multiples of {stride} and their halo is at least the receptive field's radius of {radius} pixels.
- {parameters} parameters: a U-Net without biases on the image minus its local mean (33 x 33 pixels), which is added again.
- Trained on simulated images alone: filaments, blobs, rings, membranes and texture, blurred by computed point spread functions, 0.6 to 600 photons at the
  bright structures. No photograph and no recorded micrograph was used.

## Validation

The results on real pairs of images stand in `training/README.md` of the abbe project, next to those of a Gaussian and of total variation.

## What it does not do

It does not deblur, does not remove fixed patterns, hot pixels or stripes, and like every denoiser it can turn noise into plausible structure where hardly any photon was
recorded: keep the raw image, and measure on it where that is possible.

Licence: CC0-1.0.
"""

if __name__ == "__main__":
    main(*sys.argv[1:])
