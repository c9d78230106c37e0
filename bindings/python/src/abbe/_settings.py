"""Types of parameters, for type checkers alone: written by cargo xtask header from the table; do not edit."""

from __future__ import annotations

from typing import Literal, TypedDict


class Deconvolve(TypedDict, total=False):
    """Parameters ``deconvolve.*``; :func:`abbe.parameters` says what they mean."""

    iterations: int
    algorithm: Literal["automatic", "richardson_lucy", "heavy_ball", "biggs_andrews", "tempered", "wiener_butterworth", "total_variation", "landweber", "isra", "gold_meinel", "wiener", "tikhonov", "regularised_inverse", "blind_richardson_lucy", "hybrid"] | int
    preset: Literal["automatic", "fast", "balanced", "quality"] | int
    padding: Literal["automatic", "full", "half", "none"] | int
    stop: Literal["automatic", "iterations", "change", "discrepancy", "held_out"] | int
    stop_change: float
    noise_to_signal: float
    photon_gain: float
    tempering: float
    stop_misfit: float
    warm_start: int
    total_variation: float
    storage: Literal["single", "half"] | int
    denoising: float
    course: Literal["series", "image", "first"] | int
    contrast: Literal["automatic", "emission", "absorption", "signed"] | int
    depth_slabs: int
