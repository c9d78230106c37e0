"""What an assessment found, drawn by matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from .trust import Trust


def draw(trust: Trust, raw: Any, result: Any) -> Figure:
    """See :meth:`abbe.Trust.figure`."""
    from matplotlib.figure import Figure

    # Without pyplot: no window, no display and no figure that stays in memory.
    figure = Figure(figsize=(19, 4), layout="constrained")
    axes = figure.subplots(1, 5)
    report = trust.report
    pixel_nm = report["pixel_nm"]
    squirrel, greatest = report["squirrel"], report["suspicion"].get("greatest")
    told = [f"{name} {squirrel[name]:{how}}" for name, how in (("rsp", ".4f"), ("rse", ".3g")) if squirrel[name] is not None]
    panels: list[tuple[str, Any, str]] = [
        ("raw image", raw, "gray"),
        ("result", result, "gray"),
        (f"error: {', '.join(told) or 'not valid'}", trust.error, "magma"),
        (f"suspicion: {'not valid' if greatest is None else f'greatest {greatest:.2f}'}", trust.suspicion, "coolwarm"),
    ]
    for axis, (title, image, colours) in zip(axes, panels):
        plane = _middle(image)
        least, most = (0.0, 2.0) if image is trust.suspicion else map(float, numpy.nanpercentile(plane, (0.1, 99.9)))
        shown = axis.imshow(plane, cmap=colours, vmin=least, vmax=most, interpolation="nearest")
        figure.colorbar(shown, ax=axis, shrink=0.8)
        axis.set_title(title)
        axis.set_axis_off()
    if greatest is not None and greatest > 1:
        axes[3].contour(_middle(trust.suspicion), levels=[1.0], colors="black", linewidths=0.8)
    _curves(axes[4], report, pixel_nm)
    return figure


def _curves(axis: Axes, report: dict[str, Any], pixel_nm: float | None) -> None:
    """Correlations over the frequency, and where the raw image's falls below 1/7."""
    unit = 1.0 if pixel_nm is None else 1000.0 / pixel_nm
    halves, of_raw = (report.get(part, {"valid": False}) for part in ("halves", "frc_raw"))
    lines: list[tuple[str, Any, Any, str]] = []
    if of_raw["valid"]:
        curve = of_raw["curve"]
        counts = numpy.maximum(numpy.asarray(curve["counts"], float), 1)
        lines.append(("halves of the raw image", curve["frequencies_per_px"], curve["correlations"], "black"))
        # M. van Heel 1987: what noise alone exceeds by chance at three deviations.
        lines.append(("3 sigma", curve["frequencies_per_px"], 3 / (numpy.sqrt(counts) + 2), "lightgrey"))
    if halves["valid"]:
        for name, key, colour in (
            ("results of both halves", "frc_results", "tab:blue"),
            ("result and other half", "frc_result_and_other_half", "tab:red"),
        ):
            lines.append((name, halves["frequencies_per_px"], halves[key], colour))
    for name, frequencies, values, colour in lines:
        axis.plot(unit * numpy.asarray(frequencies), values, label=name, color=colour, linewidth=1.2)
    axis.axhline(1 / 7, color="grey", linestyle="--", linewidth=0.8, label="1/7")
    axis.set(xlim=(0, 0.5 * unit), ylim=(-0.1, 1.05), ylabel="Fourier ring correlation")
    axis.set_xlabel("cycles per pixel" if pixel_nm is None else "cycles per µm")
    if of_raw["valid"]:
        found = of_raw["resolution_px" if pixel_nm is None else "resolution_nm"]["1/7"]["value"]
        title = "no resolution found" if found is None else f"raw image: {found:.3g} {'px' if pixel_nm is None else 'nm'}"
    else:
        title = "Fourier ring correlation: not valid"
    axis.set_title(title)
    axis.legend(fontsize="small", loc="center left")


def _middle(given: Any) -> numpy.ndarray:
    array = numpy.asarray(given, numpy.float32)
    return array if array.ndim == 2 else array[array.shape[0] // 2]
