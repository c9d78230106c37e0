"""The same operations on images larger than memory: Dask arrays and OME-Zarr, by overlapping chunks.

Every chunk is read with a margin of its neighbours, worked on in whatever worker process it falls to, and trimmed.
libabbe itself continues the image beyond its outer border, as it does for a whole image. The margin of a deconvolution
comes from the extent of its point spread function.

What is found from the image, noise, background, when iterations stop, must be found once. :func:`deconvolve` does, in one task:
that restores the whole image where memory allows it, and otherwise looks at all of it and says what it found to every chunk.
:func:`deconvolve_to` works on images of any size in one process, which writes the result.

Example:
    >>> image, axes, spacing = abbe.dask.open_ome_zarr("embryo.ome.zarr")
    >>> restored = abbe.dask.deconvolve(image, psf, axes=axes, iterations=30)
    >>> abbe.dask.save_ome_zarr("restored.ome.zarr", restored, axes, spacing)
"""

from __future__ import annotations

import itertools
import pickle
import warnings
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

import dask.array
import numpy
from dask.delayed import delayed

from ._arrays import dtype_name
from ._blocks import Block
from ._chunks import Steps, Told, checked, cut
from ._estimate import foretell, is_large
from ._memory import free_memory
from ._ome_zarr import create_ome_zarr, lazy, letters_of, save_ome_zarr
from ._ome_zarr_reading import open_ome_zarr
from ._parts import Parts, calibrated
from ._running import Progress
from .context import Context
from .errors import AbbeWarning, ArgumentError
from .model import Model
from .operations import deconvolution, run as run_at_once
from .plan import Plan
from .psf import Psf

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._settings import Deconvolve

__all__ = [
    "create_ome_zarr", "deconvolve", "deconvolve_to", "denoise", "lazy", "model", "open_ome_zarr", "run", "run_to", "save_ome_zarr"
]  # fmt: skip

def deconvolve(
    image: Any,
    psf: Psf | Sequence[Psf],
    *,
    background: float | str | None = None,
    axes: str | None = None,
    depth: Mapping[str, int] | int | None = None,
    dtype: Any = numpy.float32,
    threads: int = 1,
    **settings: Unpack[Deconvolve],
) -> dask.array.Array:
    """Takes the blur of a microscope out of an image. Nothing is computed yet.

    With an algorithm, ``stop="iterations"``, ``iterations`` and a background nothing is to be found from the image, and it is
    worked on chunk by chunk. Otherwise one task takes the whole image, with all threads of its process, so that all of it
    has the same noise, background and iterations and the result is that of :func:`abbe.deconvolve`. Where image and result are more
    than a third of the memory that is free now, that task only looks at the image: it reads all of it once and restores up to four
    parts to see whether denoising first is good for it and how far iterations go, and every chunk is then restored by what it
    found. Of a blind deconvolution, warm starts and depth slabs each chunk finds its own, and a warning says so.

    Args:
        image: A Dask array, or a NumPy or Zarr array, of uint8, uint16, float16 or float32. Chunks should be large against
            the margin, e.g. 64 x 512 x 512.
        psf: Its point spread function, or a list of one for each channel.
        background: As :func:`abbe.deconvolve`.
        axes: One letter per axis, slowest first, of t, c, z, y, x; ``None`` takes the last letters of ``"tczyx"``.
        depth: Margin of chunks in samples, for all of z, y, x or by letter. ``None``: what tiles of one image have, the whole
            extent of ``psf``, as far as light goes forth and back in an iteration, half as much again for stacks, and what
            the denoiser looks at, which goes by steps of 4 samples.
        dtype: Sample type of the result.
        threads: Threads for each chunk; Dask's workers have theirs on top. The result does not depend on it.
        **settings: The parameters ``deconvolve.*``.
    """
    image = lazy(image)
    letters = letters_of(image, axes)
    steps = deconvolution(psf, background, dict(settings))
    # Images of a series share what is found, unless each is to have its own.
    apart = "tc" if settings.get("course") == "image" else ""
    is_cut = any(chunks > 1 for letter, chunks in zip(letters, image.numblocks) if letter not in apart)
    found = None
    if is_cut and _leaves_open(background, settings):
        kind = numpy.dtype(dtype_name("dtype", dtype))
        if 3 * (image.nbytes + image.size * kind.itemsize) <= free_memory():
            return _whole(image, steps, letters, kind)
        reason = _finds_alone(settings)
        if reason is None:
            if background == "estimated":
                # Each image has its level.
                image = image.rechunk({at: 1 for at, letter in enumerate(letters) if letter in "tc"})
            found = delayed(calibrated)(Parts(image, letters), pickle.dumps(list(checked(steps))))
        else:
            message = (
                f"{reason}, so that each chunk finds its own noise, background and iterations, since the image does not fit into "
                "memory, which brings the result some per cent off that of the whole image; abbe.dask.deconvolve_to finds them once"
            )
            warnings.warn(message, AbbeWarning, stacklevel=2)
    psfs: list[Any] = list(psf) if isinstance(psf, (list, tuple)) else [psf]
    channel = letters.find("c")
    channels = image.shape[channel] if channel >= 0 else 1
    if len(psfs) > 1 and channels != len(psfs):
        raise ArgumentError(f"psf has {len(psfs)}; it must be one for all, or one for each of the image's channels, {channels}")
    parts = []
    aligned = _aligned(image, letters) if _denoises(settings) and is_cut else image
    for at, one in enumerate(psfs):
        of_one = aligned if len(psfs) == 1 else aligned[(slice(None),) * channel + (slice(at, at + 1),)]
        wide = _reach(one, letters, settings) if depth is None else depth
        chain = deconvolution(one, background, dict(settings))
        told = None if found is None else Told(found, channels, at)
        parts.append(cut(of_one, chain, letters, wide, 1, dtype, threads, told))
    joined: dask.array.Array = parts[0] if len(parts) == 1 else dask.array.concatenate(parts, channel)
    # Chunks along c are those of the point spread functions.
    return joined if aligned is image else joined.rechunk({at: image.chunks[at] for at, letter in enumerate(letters) if letter in "yx"})


def _denoises(settings: Mapping[str, Any]) -> bool:
    """Whether images may be denoised first."""
    return settings.get("algorithm", "automatic") in ("automatic", "hybrid") and settings.get("denoising") != 0


def _aligned(image: dask.array.Array, letters: str) -> dask.array.Array:
    """With chunks that begin at multiples of the denoiser's stride, of which the last is not so small that it would be continued."""
    chunks: dict[int, tuple[int, ...]] = {}
    for at, (letter, sizes) in enumerate(zip(letters, image.chunks)):
        if letter in "yx":
            ends = {round(end / _STRIDE) * _STRIDE for end in itertools.accumulate(sizes[:-1])}
            within = sorted(end for end in ends if 0 < end <= image.shape[at] - _LEAST)
            chunks[at] = tuple(numpy.diff([0, *within, image.shape[at]]).tolist())
    aligned = image.rechunk(chunks)
    return image if aligned.chunks == image.chunks else aligned


def _reach(psf: Psf, letters: str, settings: Mapping[str, Any]) -> dict[str, int]:
    """The margin that tiles of one image have (``src/deconvolve/tiling.rs``)."""
    spatial = [letter for letter in letters if letter in "zyx"]
    extents = dict(zip(spatial, psf.extent(len(spatial))))
    if settings.get("algorithm") in (*_FILTERS, "wiener_butterworth"):
        return {letter: max(2 * extent, 16 if letter == "z" else 48) for letter, extent in extents.items()}
    margins = {letter: max(extent + extent // 2 if "z" in spatial else extent, 24) for letter, extent in extents.items()}
    if not _denoises(settings):
        return margins
    return {letter: margin if letter == "z" else -(-(margin + _SEEN) // _STRIDE) * _STRIDE for letter, margin in margins.items()}


def _finds_alone(settings: Mapping[str, Any]) -> str | None:
    """Why what is found of one image is of no use to its chunks, where that is so."""
    if settings.get("algorithm") == "blind_richardson_lucy":
        return "algorithm is 'blind_richardson_lucy'"
    if settings.get("warm_start"):
        return "warm_start is 1"
    return None if settings.get("depth_slabs", 1) == 1 else f"depth_slabs is {settings['depth_slabs']}"


def _whole(image: dask.array.Array, steps: Steps, letters: str, kind: numpy.dtype[Any]) -> dask.array.Array:
    """The result of one task that has the whole image, in the image's chunks."""
    dtype_name("image", image.dtype.newbyteorder("="))
    result = delayed(_run_whole)(image, pickle.dumps(list(checked(steps))), letters, kind.name)
    made = dask.array.from_delayed(result, image.shape, kind)
    result_in_chunks: dask.array.Array = made.rechunk(image.chunks)
    return result_in_chunks


def _run_whole(image: numpy.ndarray, steps: bytes, axes: str, kind: str) -> numpy.ndarray:
    native = image.astype(image.dtype.newbyteorder("="), copy=False)
    result: numpy.ndarray = run_at_once(native, pickle.loads(steps), axes, dtype=kind)[0]
    return result


def denoise(
    image: Any,
    *,
    axes: str | None = None,
    depth: Mapping[str, int] | int = 32,
    dtype: Any = numpy.float32,
    threads: int = 1,
    **settings: Any,
) -> dask.array.Array:
    """Takes the noise out of an image without a network, chunk by chunk. Arguments as :func:`deconvolve`."""
    return run(image, [("denoise", settings)], axes=axes, depth=depth, dtype=dtype, threads=threads)


def model(
    image: Any,
    network: Model,
    *,
    axes: str | None = None,
    dtype: Any = numpy.float32,
    threads: int = 1,
    **settings: Any,
) -> dask.array.Array:
    """Runs a network, chunk by chunk. Nothing is computed yet.

    Chunks are cut anew where they must be, so that they begin at multiples of the network's stride, and their margin is
    its receptive field, rounded up to the stride.

    Args:
        image: As for :func:`deconvolve`.
        network: The network; its file must be there on every worker.
        axes: As for :func:`deconvolve`.
        dtype: Sample type of the result.
        threads: Threads for each chunk.
        **settings: The parameters ``model.*``.

    Raises:
        ArgumentError: The network does not say its receptive field, or changes the size of images.
    """
    image = lazy(image)
    letters = letters_of(image, axes)
    told = network.describe()
    geometry = told["geometry"]
    halo = max(max(sides) for sides in geometry["halo_zyx"][1:])
    scale = geometry["scale_zyx"]
    least = max([_least(axis) for one in told["inputs"] for axis in one["axes"] if axis["name"] in "yx"], default=1)
    multiple = max(geometry["stride_zyx"][1:])
    if not geometry["exact_tiles"]:
        raise ArgumentError("the network looks at whole images; chunks of its result would differ; run it with abbe.Model")
    if geometry["output_channels"] != [geometry["channels"]] or scale[0] != 1 or scale[1] != scale[2] or scale[1] != int(scale[1]):
        raise ArgumentError("the network changes channels, z, or y and x by no whole number; run it with abbe.Model")
    if any("scale_range" in step or "zero_mean" in step or "percentile" in step for step in _operations(told)):
        message = "the network normalises by the statistics of its image, which are those of each chunk here"
        warnings.warn(message, AbbeWarning, stacklevel=2)
    depth = -(-halo // multiple) * multiple
    size = max(-(-least // multiple) * multiple, depth, multiple)
    chunks: dict[int, Any] = {}
    for at, letter in enumerate(letters):
        if letter not in "yx":
            alone = letter == "z" and geometry["planes"] == "one at a time"
            chunks[at] = image.chunks[at] if alone else -1
        elif image.numblocks[at] > 1:
            one = -(-max(max(image.chunks[at]), size) // multiple) * multiple
            # What is left at the end is part of the last chunk: one below the least size would be filled up.
            whole = max(image.shape[at] // one, 1)
            chunks[at] = (one,) * (whole - 1) + (image.shape[at] - one * (whole - 1),)
    steps: Steps = [("model", {"model": network, **settings})]
    wide = {"y": depth, "x": depth}
    return run(
        image.rechunk(chunks), steps, axes=letters, depth=wide, scale=int(scale[1]), dtype=dtype, threads=threads
    )


def deconvolve_to(
    target: Any,
    image: Any,
    psf: Psf | Sequence[Psf],
    *,
    axes: str | None = None,
    background: float | str | None = None,
    memory_cap_bytes: int | None = None,
    progress: Progress | None = None,
    context: Context | None = None,
    **settings: Unpack[Deconvolve],
) -> dict[str, Any]:
    """Deconvolves an image larger than memory into ``target``, with all that is found from it found once: computed now.

    Noise, background, iterations and momenta are those of the whole image, so that the result is that of
    :func:`abbe.deconvolve`, but for the last digits where tiles join. One process works with all its threads; each block is
    read at least twice and written once.

    Args:
        target: What is written, by slices, e.g. a Zarr array: of the image's extents, uint8, uint16, float16 or float32.
            Its chunks should not be written by anybody else at the time.
        image: A Dask, NumPy or Zarr array.
        psf: Its point spread function, or a list of one for each channel.
        axes: As for :func:`deconvolve`, z before y before x.
        background: As for :func:`abbe.deconvolve`.
        memory_cap_bytes: Most memory to hold; ``None``: three quarters of what is free.
        progress: As for :func:`abbe.deconvolve`.
        context: As for :func:`abbe.deconvolve`.
        **settings: The parameters ``deconvolve.*``.

    Returns:
        The plan's report.

    Raises:
        ArrayError: The image is masked; :func:`abbe.deconvolve` takes masks.
    """
    chain = deconvolution(psf, background, dict(settings))
    return run_to(target, image, chain, axes=axes, memory_cap_bytes=memory_cap_bytes, progress=progress, context=context)


def run_to(
    target: Any,
    image: Any,
    steps: Steps,
    *,
    axes: str | None = None,
    memory_cap_bytes: int | None = None,
    progress: Progress | None = None,
    context: Context | None = None,
    tell: Callable[[str], Any] | None = None,
) -> dict[str, Any]:
    """Runs a deconvolution, with or without a background step before it, as :func:`deconvolve_to` does.

    ``tell`` is told what a very large job will take, before it begins.
    """
    image = lazy(image)
    letters = letters_of(image, axes)
    if tuple(target.shape) != image.shape:
        raise ArgumentError(f"target has the shape {tuple(target.shape)}; it must have the image's, {image.shape}")
    if [letter for letter in letters if letter in "zyx"] != [letter for letter in "zyx" if letter in letters]:
        raise ArgumentError(f"axes is {letters!r}; z must come before y and y before x")
    parts, kind = Parts(image, letters), image.dtype.newbyteorder("=")

    def write(block: Block, samples: numpy.ndarray) -> None:
        spatial = [parts.sizes[letter] for letter in "zyx" if letter in parts.sizes]
        target[parts.place(block)] = samples.reshape(samples.shape[3 - len(spatial) :])

    cap = free_memory() * 3 // 4 if memory_cap_bytes is None else memory_cap_bytes
    with Plan(context, memory_cap_bytes=cap) as plan:
        for step, told in steps:
            plan.add(step, **told)
        if tell is not None and is_large(image):
            plan.set(blocks=1)
            foretell(plan, steps, image, letters, 0, tell, context, None)
        plan.execute_blocks(
            parts.read, write, shape=image.shape, dtype=kind, axes=letters, out_dtype=target.dtype, progress=progress
        )
        return plan.report()


def run(
    image: Any,
    steps: Steps,
    *,
    axes: str | None = None,
    depth: Mapping[str, int] | int,
    scale: int = 1,
    dtype: Any = numpy.float32,
    threads: int = 1,
) -> dask.array.Array:
    """Runs any chain of steps, chunk by chunk. Nothing is computed yet.

    Args:
        image: uint8, uint16, float16 or float32.
        steps: e.g. ``[("model", {"model": abbe.Model("package.zip")})]``; the path must be there on every worker.
        axes: One letter per axis, slowest first; ``None`` takes the last letters of ``"tczyx"``.
        depth: Margin in samples, for all of z, y, x or by letter; for a network the radius of its receptive field.
        scale: How many times larger the steps make y and x.
        dtype: Sample type of the result.
        threads: Threads for each chunk.
    """
    image = lazy(image)
    return cut(image, steps, letters_of(image, axes), depth, scale, dtype, threads, None)


def _leaves_open(background: float | str | None, settings: Mapping[str, Any]) -> bool:
    """Whether a deconvolution finds something out from its image."""
    algorithm = settings.get("algorithm", "automatic")
    if algorithm in _FILTERS:
        return background == "estimated" or "noise_to_signal" not in settings
    fixed = settings.get("stop") == "iterations" and "iterations" in settings
    return background == "estimated" or algorithm in ("automatic", "hybrid") or not fixed


def _least(axis: Mapping[str, Any]) -> int:
    """The least extent that a network takes along an axis."""
    size = axis["size"]
    if not isinstance(size, dict):
        return 1
    steps = size.get("steps")
    return int(steps["minimum"] if steps else size.get("fixed", 1))


def _operations(told: Mapping[str, Any]) -> list[str]:
    return [str(one.get("step")) for given in told["inputs"] for one in given.get("operations", [])]


_FILTERS = ("wiener", "tikhonov", "regularised_inverse")
_STRIDE, _SEEN, _LEAST = 4, 24, 128
"""Of the built-in denoiser, along y and x: its stride, how far around a tile it looks, and fewer samples are continued by reflection
(``src/denoise/network.rs``, ``src/convnet/denoiser.rs``)."""
