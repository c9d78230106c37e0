"""Networks as PyTorch exports them, against ONNX Runtime: whole, of any size, and in tiles.

    ABBE_ONNXRUNTIME=FOLDER python scripts/exported_networks.py [PART_OF_A_NAME...]

For developers; `bindings/python/tests/test_battery.py` is the same for networks that need no PyTorch. Needs abbe, numpy, onnx,
onnxruntime, onnxscript and torch, and takes backbones of timm and super-resolution networks of spandrel too where they are
installed. All have random weights; nothing is downloaded. Each is exported by both of torch's exporters. A line for each
tells the largest difference from ONNX Runtime's result of the whole image, as a share of its range, whole and in tiles;
whether tiles are called exact, the certificate where not, and FAILED where what is called exact is not, or a certificate
is below half of the truth.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Callable, Iterator

import numpy
import onnxruntime
import torch
from torch import nn

import abbe

Array = numpy.ndarray
EXTENTS = (192, 208)
TILE = 128
PRECISION = 1e-5


class UNet(nn.Module):
    def __init__(self, up: Callable[[], nn.Module], norm: Callable[[int], nn.Module]) -> None:
        super().__init__()
        block = lambda fed, made: nn.Sequential(nn.Conv2d(fed, made, 3, padding=1), norm(made), nn.ReLU())
        self.first, self.second, self.third = block(1, 8), block(8, 16), block(16, 16)
        self.pool, self.up = nn.MaxPool2d(2), up()
        self.joined, self.last = block(32, 8), nn.Sequential(block(16, 8), nn.Conv2d(8, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.first(x)
        b = self.second(self.pool(a))
        c = self.joined(torch.cat([self.up(self.third(self.pool(b))), b], 1))
        return self.last(torch.cat([self.up(c), a], 1))


class Gated(nn.Module):
    """Chunks, a gate, and attention among channels."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.last = nn.Conv2d(1, 24, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 1, 1)
        self.squeeze = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 8, 1), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a, b, c = self.first(x).chunk(3, 1)
        y = self.second(a * torch.sigmoid(b)) + c
        return self.last(y * self.squeeze(y)) + x


class Shuffled(nn.Module):
    """Unshuffled to a quarter of the extents, and twice the size in the end."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(4, 16, 3, padding=1), nn.Conv2d(16, 16, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = nn.functional.pixel_unshuffle(x, 2)
        return nn.functional.pixel_shuffle(self.last(torch.relu(self.first(y))), 4)


class Windowed(nn.Module):
    """Attention inside windows of eight by eight pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 1, 3, padding=1)
        self.mixed = nn.Linear(8, 24)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.first(x)
        n, c, h, w = y.shape
        t = y.view(n, c, h // 8, 8, w // 8, 8).permute(0, 2, 4, 3, 5, 1).reshape(-1, 64, c)
        q, k, v = self.mixed(t).chunk(3, -1)
        t = torch.softmax(q @ k.transpose(1, 2) / 3, -1) @ v
        t = t.view(n, h // 8, w // 8, 8, 8, c).permute(0, 5, 1, 3, 2, 4).reshape(n, c, h, w)
        return self.last(y + t)


def networks() -> Iterator[tuple[str, nn.Module]]:
    batch, instance = nn.BatchNorm2d, lambda width: nn.InstanceNorm2d(width, affine=True)
    group = lambda width: nn.GroupNorm(4, width)
    nearest = lambda: nn.Upsample(scale_factor=2)
    aligned = lambda: nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
    yield "u_net", UNet(nearest, batch)
    yield "u_net_bilinear", UNet(lambda: nn.Upsample(scale_factor=2, mode="bilinear"), batch)
    yield "u_net_align_corners", UNet(aligned, batch)
    yield "u_net_instance_norm", UNet(nearest, instance)
    yield "u_net_group_norm", UNet(nearest, group)
    yield "gated", Gated()
    yield "shuffled", Shuffled()
    yield "windowed", Windowed()
    yield "reflecting", nn.Sequential(nn.ReflectionPad2d(3), nn.Conv2d(1, 8, 7), nn.GELU(), nn.ReplicationPad2d(2), nn.Conv2d(8, 1, 5))
    yield "circular", nn.Sequential(nn.Conv2d(1, 8, 5, padding=2, padding_mode="circular"), nn.ReLU(), nn.Conv2d(8, 1, 3, padding=1))
    yield from timms()
    yield from spandrels()


def timms() -> Iterator[tuple[str, nn.Module]]:
    try:
        import timm
    except ImportError:
        print("SKIPPED: timm is not installed")
        return
    for name in ("resnet18", "convnext_atto", "efficientnet_b0", "edgenext_xx_small"):
        features = timm.create_model(name, features_only=True, in_chans=1, out_indices=(0, 1))
        width = features.feature_info.channels()[0]

        class Head(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.features, self.last = features, nn.Conv2d(width, 1, 1)

            def forward(self, x: torch.Tensor) -> torch.Tensor:
                return self.last(self.features(x)[0])

        yield f"timm_{name}", Head()


def spandrels() -> Iterator[tuple[str, nn.Module]]:
    try:
        from spandrel.architectures import DRUNet, DnCNN, ESRGAN, NAFNet, RCAN, SPAN, Compact, SwinIR
    except ImportError:
        print("SKIPPED: spandrel is not installed")
        return
    yield "spandrel_esrgan", ESRGAN.ESRGAN(in_nc=1, out_nc=1, num_filters=16, num_blocks=2, scale=2)
    yield "spandrel_compact", Compact.Compact(num_in_ch=1, num_out_ch=1, num_feat=16, num_conv=4, upscale=2)
    yield "spandrel_span", SPAN.SPAN(num_in_ch=1, num_out_ch=1, feature_channels=16, upscale=2, norm=False)
    yield "spandrel_dncnn", DnCNN.DnCNN(in_nc=1, out_nc=1, nc=16, nb=6)
    yield "spandrel_swinir", SwinIR.SwinIR(img_size=48, in_chans=1, embed_dim=16, depths=[2, 2], num_heads=[2, 2], window_size=8, upscale=2, upsampler="pixelshuffledirect")
    yield "spandrel_nafnet", NAFNet.NAFNet(img_channel=1, width=8, middle_blk_num=1, enc_blk_nums=[1, 1], dec_blk_nums=[1, 1])
    yield "spandrel_drunet", DRUNet.DRUNet(in_nc=1, out_nc=1, nc=[8, 16, 16, 32], nb=1)
    yield "spandrel_rcan", RCAN.RCAN(scale=2, n_resgroups=2, n_resblocks=2, n_feats=16, n_colors=1, norm=False)


def export(network: nn.Module, dynamo: bool, path: Path) -> None:
    """Writes the network as an ONNX file whose rows and columns are open; why it cannot be goes to a file beside it."""
    sys.stdout = io.StringIO()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    image = torch.rand(1, 1, *EXTENTS)
    try:
        if dynamo:
            rows, columns = torch.export.Dim("rows", min=16), torch.export.Dim("columns", min=16)
            program = torch.onnx.export(network, (image,), dynamo=True, dynamic_shapes=({2: rows, 3: columns},), verbose=False)
            program.save(path)
        else:
            axes = {"x": {2: "h", 3: "w"}, "y": {2: "hh", 3: "ww"}}
            torch.onnx.export(network, (image,), str(path), dynamo=False, input_names=["x"], output_names=["y"], dynamic_axes=axes)
    except Exception as error:
        path.with_suffix(".txt").write_text(str(error).splitlines()[0][:80])


def exported(network: nn.Module, dynamo: bool) -> bytes:
    """The network's file. A process of its own makes it, since torch 2.15 ends the process at some networks."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        child = multiprocessing.get_context("fork").Process(target=export, args=(network, dynamo, path))
        child.start()
        child.join()
        if path.with_suffix(".txt").is_file():
            raise RuntimeError(path.with_suffix(".txt").read_text())
        if child.exitcode:
            raise RuntimeError(f"its process ended with {child.exitcode}")
        return path.read_bytes()


def tried(file: bytes) -> str:
    image = numpy.random.default_rng(5).random(EXTENTS).astype(numpy.float32)
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: image[None, None]})[0][0, 0]
    told, failed = [], False
    for tile in (0, TILE):
        with abbe.Plan() as plan:
            plan.add("model", model=abbe.Model(file), tile_px=tile)
            result = plan(image)
            report = plan.report()["steps"][0]["images"][0]
        if result.shape != expected.shape:
            return f"{result.shape} instead of {expected.shape} FAILED"
        difference = float(abs(result - expected).max() / numpy.ptp(expected))
        told.append(f"{difference:.1e}")
        if tile and report["exact_tiles"]:
            failed = difference > PRECISION
            told.append("exact")
        elif tile:
            seam = report["seam"]["relative"]
            failed = difference > 1e-6 and seam < difference / 2
            told.append(f"certificate {seam:.1e}")
        else:
            failed = difference > PRECISION
        if failed:
            return " | ".join(told) + " FAILED"
    return " | ".join(told)


def main(wanted: list[str]) -> int:
    torch.manual_seed(0)
    print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}")
    failures = 0
    for name, network in networks():
        if wanted and not any(part in name for part in wanted):
            continue
        for dynamo in (False, True):
            exporter = "dynamo" if dynamo else "traced"
            try:
                file = exported(network.eval(), dynamo)
            except RuntimeError as error:
                print(f"| {name} | {exporter} | torch does not export it: {error}", flush=True)
                continue
            try:
                told = tried(file)
            except abbe.Error as error:
                told = f"{error} FAILED"
            failures += told.endswith("FAILED")
            print(f"| {name} | {exporter} | {told}", flush=True)
    return int(failures > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
