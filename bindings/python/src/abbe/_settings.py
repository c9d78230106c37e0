"""Types of parameters, for type checkers alone: written by generate_settings.py from libabbe's table; do not edit."""

from __future__ import annotations

from typing import Literal, TypedDict


class Deconvolve(TypedDict, total=False):
    """Parameters ``deconvolve.*``; :func:`abbe.parameters` says what they mean."""

    iterations: int
    algorithm: Literal["automatic", "biggs_andrews", "blind_richardson_lucy", "gold_meinel", "heavy_ball", "hybrid", "isra", "landweber", "regularised_inverse", "richardson_lucy", "tempered", "tikhonov", "total_variation", "wiener", "wiener_butterworth"] | int
    preset: Literal["automatic", "balanced", "fast", "quality"] | int
    padding: Literal["automatic", "full", "half", "none"] | int
    stop: Literal["automatic", "change", "discrepancy", "held_out", "iterations"] | int
    stop_change: float
    noise_to_signal: float
    photon_gain: float
    tempering: float
    stop_misfit: float
    warm_start: int
    total_variation: float
    storage: Literal["half", "single"] | int
    denoising: float
    course: Literal["first", "image", "series"] | int
    contrast: Literal["absorption", "automatic", "emission", "signed"] | int
    depth_slabs: int
