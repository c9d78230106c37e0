"""Functions and constants of libabbe's C ABI, generated from include/abbe/abbe.h by ``cargo xtask header``."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_char_p,
    c_double,
    c_float,
    c_int32,
    c_int64,
    c_size_t,
    c_uint32,
    c_void_p,
)
from typing import Any

# <generated>
VERSION = (0, 1, 0)

abbe_status_code = {
    "ABBE_OK": 0,
    "ABBE_ERROR_ARGUMENT": -1,
    "ABBE_ERROR_HANDLE": -2,
    "ABBE_ERROR_STATE": -3,
    "ABBE_ERROR_UNSUPPORTED": -4,
    "ABBE_ERROR_MEMORY": -5,
    "ABBE_ERROR_IO": -6,
    "ABBE_ERROR_MODEL": -7,
    "ABBE_ERROR_DEVICE": -8,
    "ABBE_ERROR_CANCELLED": -9,
    "ABBE_ERROR_INTERNAL": -10,
    "ABBE_ERROR_BUSY": -11,
}

abbe_answer_code = {
    "ABBE_CONTINUE": 0,
    "ABBE_CANCEL": 1,
}

abbe_level_code = {
    "ABBE_LEVEL_ERROR": 0,
    "ABBE_LEVEL_WARNING": 1,
    "ABBE_LEVEL_INFO": 2,
    "ABBE_LEVEL_DEBUG": 3,
}

abbe_dtype_code = {
    "ABBE_DTYPE_U8": 1,
    "ABBE_DTYPE_U16": 2,
    "ABBE_DTYPE_F16": 3,
    "ABBE_DTYPE_F32": 4,
}

abbe_step_code = {
    "ABBE_STEP_BACKGROUND": 1,
    "ABBE_STEP_DECONVOLVE": 2,
    "ABBE_STEP_DENOISE": 3,
    "ABBE_STEP_MODEL": 4,
    "ABBE_STEP_OUTPUT": 5,
    "ABBE_STEP_FILTER": 6,
    "ABBE_STEP_HOT_PIXELS": 7,
    "ABBE_STEP_BIN": 8,
    "ABBE_STEP_CAMERA": 9,
    "ABBE_STEP_FLAT_FIELD": 10,
    "ABBE_STEP_BLEACH": 11,
    "ABBE_STEP_REASSIGN": 20,
    "ABBE_STEP_ESRRF": 21,
    "ABBE_STEP_RESAMPLE": 22,
}

abbe_sensor_map_code = {
    "ABBE_SENSOR_MAP_OFFSET": 1,
    "ABBE_SENSOR_MAP_GAIN": 2,
    "ABBE_SENSOR_MAP_VARIANCE": 3,
    "ABBE_SENSOR_MAP_FLAT": 4,
}

abbe_metric_code = {
    "ABBE_METRIC_PSNR": 1,
    "ABBE_METRIC_SCALE_INVARIANT_PSNR": 2,
    "ABBE_METRIC_SSIM": 3,
    "ABBE_METRIC_SSIM_UNIFORM": 4,
    "ABBE_METRIC_MICRO_SSIM": 5,
    "ABBE_METRIC_NRMSE": 6,
    "ABBE_METRIC_RSP": 7,
    "ABBE_METRIC_FRC_RESOLUTION": 8,
}

abbe_image_code = {
    "ABBE_IMAGE_RAW": 1,
    "ABBE_IMAGE_RESULT": 2,
    "ABBE_IMAGE_REFERENCE": 3,
}

abbe_map_code = {
    "ABBE_MAP_ERROR": 1,
    "ABBE_MAP_RESIDUAL": 2,
    "ABBE_MAP_SUSPICION": 3,
    "ABBE_MAP_SPREAD": 4,
}

abbe_submitted_code = {
    "ABBE_SUBMITTED_ACCEPTED": 0,
    "ABBE_SUBMITTED_REPLACED": 1,
    "ABBE_SUBMITTED_FULL": 2,
}

abbe_result_code = {
    "ABBE_RESULT_SEQUENCE": 0,
    "ABBE_RESULT_NUMBER": 1,
    "ABBE_RESULT_SUBMITTED_NS": 2,
    "ABBE_RESULT_STARTED_NS": 3,
    "ABBE_RESULT_DONE_NS": 4,
    "ABBE_RESULT_LEVEL": 5,
    "ABBE_RESULT_FLAGS": 6,
}

abbe_result_flag_code = {
    "ABBE_RESULT_FLAG_LATE": 1,
    "ABBE_RESULT_FLAG_CLIPPED": 2,
    "ABBE_RESULT_FLAG_GAP": 4,
    "ABBE_RESULT_FLAG_OTHER_LEVEL": 8,
}

abbe_count_code = {
    "ABBE_COUNT_SUBMITTED": 0,
    "ABBE_COUNT_DELIVERED": 1,
    "ABBE_COUNT_DROPPED_OVERFLOW": 2,
    "ABBE_COUNT_DROPPED_DEADLINE": 3,
    "ABBE_COUNT_DROPPED_BY_HOST": 4,
    "ABBE_COUNT_FAILED": 5,
    "ABBE_COUNT_PENDING": 6,
    "ABBE_COUNT_REFUSED": 7,
    "ABBE_COUNT_MISSING": 8,
}

abbe_psf_code = {
    "ABBE_PSF_GAUSSIAN": 1,
    "ABBE_PSF_WIDEFIELD": 2,
    "ABBE_PSF_CONFOCAL": 3,
    "ABBE_PSF_MEASURED": 4,
    "ABBE_PSF_BORN_WOLF": 5,
    "ABBE_PSF_VECTORIAL": 6,
    "ABBE_PSF_TWO_PHOTON": 7,
    "ABBE_PSF_SPINNING_DISK": 8,
    "ABBE_PSF_LIGHT_SHEET": 9,
    "ABBE_PSF_MOTION": 10,
}

abbe_device_code = {
    "ABBE_DEVICE_AUTO": 0,
    "ABBE_DEVICE_CPU": 1,
    "ABBE_DEVICE_CUDA": 2,
    "ABBE_DEVICE_TENSORRT": 3,
}

abbe_pixel_code = {
    "ABBE_PIXEL_AUTO": 0,
    "ABBE_PIXEL_POINT": 1,
    "ABBE_PIXEL_AREA": 2,
}

abbe_centre_code = {
    "ABBE_CENTRE_NONE": 0,
    "ABBE_CENTRE_NOMINAL": 1,
    "ABBE_CENTRE_BEST_FOCUS": 2,
    "ABBE_CENTRE_CENTROID": 3,
}

abbe_beyond_critical_code = {
    "ABBE_BEYOND_CRITICAL_TRUNCATED": 0,
    "ABBE_BEYOND_CRITICAL_EVANESCENT": 1,
}

abbe_wave_code = {
    "ABBE_WAVE_SCALAR": 0,
    "ABBE_WAVE_VECTORIAL": 1,
}

abbe_policy_code = {
    "ABBE_POLICY_REFUSE": 0,
    "ABBE_POLICY_REPAIR": 1,
    "ABBE_POLICY_WARN": 2,
}

abbe_samples_hold_code = {
    "ABBE_SAMPLES_HOLD_PSF": 0,
    "ABBE_SAMPLES_HOLD_BEADS": 1,
}

abbe_not_a_number_code = {
    "ABBE_NOT_A_NUMBER_REFUSE": 0,
    "ABBE_NOT_A_NUMBER_NOT_MEASURED": 1,
}

abbe_not_measured_code = {
    "ABBE_NOT_MEASURED_RESTORED": 0,
    "ABBE_NOT_MEASURED_UNTOUCHED": 1,
}

abbe_stream_mode_code = {
    "ABBE_STREAM_MODE_LOSSLESS": 0,
    "ABBE_STREAM_MODE_LATEST": 1,
}

abbe_filter_code = {
    "ABBE_FILTER_GAUSSIAN": 0,
    "ABBE_FILTER_MEDIAN": 1,
    "ABBE_FILTER_DIFFERENCE_OF_GAUSSIANS": 2,
    "ABBE_FILTER_UNSHARP": 3,
    "ABBE_FILTER_TOP_HAT": 4,
    "ABBE_FILTER_CLAHE": 5,
    "ABBE_FILTER_BAND_PASS": 6,
    "ABBE_FILTER_STRIPES": 7,
}

abbe_filter_along_code = {
    "ABBE_FILTER_ALONG_X": 0,
    "ABBE_FILTER_ALONG_Y": 1,
}

abbe_esrrf_over_code = {
    "ABBE_ESRRF_OVER_MEAN": 0,
    "ABBE_ESRRF_OVER_VARIANCE": 1,
    "ABBE_ESRRF_OVER_COVARIANCE": 2,
}

abbe_resample_code = {
    "ABBE_RESAMPLE_CUBIC": 0,
    "ABBE_RESAMPLE_LINEAR": 1,
}

abbe_bin_code = {
    "ABBE_BIN_MEAN": 0,
    "ABBE_BIN_SUM": 1,
    "ABBE_BIN_MAX": 2,
}

abbe_camera_result_code = {
    "ABBE_CAMERA_RESULT_PHOTONS": 0,
    "ABBE_CAMERA_RESULT_INTENSITY": 1,
}

abbe_flat_field_code = {
    "ABBE_FLAT_FIELD_MAP": 0,
    "ABBE_FLAT_FIELD_SERIES": 1,
}

abbe_bleach_code = {
    "ABBE_BLEACH_RATIO": 0,
    "ABBE_BLEACH_EXPONENTIAL": 1,
    "ABBE_BLEACH_HISTOGRAM": 2,
}

abbe_denoise_method_code = {
    "ABBE_DENOISE_METHOD_PATCHES": 0,
    "ABBE_DENOISE_METHOD_TOTAL_VARIATION": 1,
    "ABBE_DENOISE_METHOD_NETWORK": 2,
    "ABBE_DENOISE_METHOD_WAVELETS": 3,
}

abbe_learn_method_code = {
    "ABBE_LEARN_METHOD_AUTOMATIC": 0,
    "ABBE_LEARN_METHOD_PHOTON_SPLITTING": 1,
    "ABBE_LEARN_METHOD_BLIND_SPOTS": 2,
}

abbe_output_code = {
    "ABBE_OUTPUT_FIT": 0,
    "ABBE_OUTPUT_STATED": 1,
    "ABBE_OUTPUT_RANGE": 2,
}

abbe_background_code = {
    "ABBE_BACKGROUND_CONSTANT": 0,
    "ABBE_BACKGROUND_ESTIMATED": 1,
    "ABBE_BACKGROUND_AUTOMATIC": 2,
    "ABBE_BACKGROUND_PERCENTILE": 3,
    "ABBE_BACKGROUND_ROLLING_BALL": 4,
    "ABBE_BACKGROUND_TOP_HAT": 5,
}

abbe_algorithm_code = {
    "ABBE_ALGORITHM_AUTOMATIC": 0,
    "ABBE_ALGORITHM_RICHARDSON_LUCY": 1,
    "ABBE_ALGORITHM_HEAVY_BALL": 2,
    "ABBE_ALGORITHM_BIGGS_ANDREWS": 3,
    "ABBE_ALGORITHM_TEMPERED": 4,
    "ABBE_ALGORITHM_WIENER_BUTTERWORTH": 5,
    "ABBE_ALGORITHM_TOTAL_VARIATION": 6,
    "ABBE_ALGORITHM_LANDWEBER": 7,
    "ABBE_ALGORITHM_ISRA": 8,
    "ABBE_ALGORITHM_GOLD_MEINEL": 9,
    "ABBE_ALGORITHM_WIENER": 10,
    "ABBE_ALGORITHM_TIKHONOV": 11,
    "ABBE_ALGORITHM_REGULARISED_INVERSE": 12,
    "ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY": 13,
    "ABBE_ALGORITHM_HYBRID": 14,
}

abbe_preset_code = {
    "ABBE_PRESET_AUTOMATIC": 0,
    "ABBE_PRESET_FAST": 1,
    "ABBE_PRESET_BALANCED": 2,
    "ABBE_PRESET_QUALITY": 3,
}

abbe_padding_code = {
    "ABBE_PADDING_AUTOMATIC": 0,
    "ABBE_PADDING_FULL": 1,
    "ABBE_PADDING_HALF": 2,
    "ABBE_PADDING_NONE": 3,
}

abbe_stop_code = {
    "ABBE_STOP_AUTOMATIC": 0,
    "ABBE_STOP_ITERATIONS": 1,
    "ABBE_STOP_CHANGE": 2,
    "ABBE_STOP_DISCREPANCY": 3,
    "ABBE_STOP_HELD_OUT": 4,
}

abbe_contrast_code = {
    "ABBE_CONTRAST_AUTOMATIC": 0,
    "ABBE_CONTRAST_EMISSION": 1,
    "ABBE_CONTRAST_ABSORPTION": 2,
    "ABBE_CONTRAST_SIGNED": 3,
}

abbe_course_code = {
    "ABBE_COURSE_SERIES": 0,
    "ABBE_COURSE_IMAGE": 1,
    "ABBE_COURSE_FIRST": 2,
}

abbe_storage_code = {
    "ABBE_STORAGE_SINGLE": 0,
    "ABBE_STORAGE_HALF": 1,
}

abbe_normalisation_code = {
    "ABBE_NORMALISATION_PACKAGE": 0,
    "ABBE_NORMALISATION_NONE": 1,
    "ABBE_NORMALISATION_PERCENTILE": 2,
    "ABBE_NORMALISATION_MEAN_STD": 3,
    "ABBE_NORMALISATION_FIXED": 4,
}

abbe_intensities_code = {
    "ABBE_INTENSITIES_AUTO": 0,
    "ABBE_INTENSITIES_INPUT": 1,
    "ABBE_INTENSITIES_NETWORK": 2,
}

abbe_output_kind_code = {
    "ABBE_OUTPUT_KIND_AUTO": 0,
    "ABBE_OUTPUT_KIND_IMAGE": 1,
    "ABBE_OUTPUT_KIND_UNCERTAINTY": 2,
    "ABBE_OUTPUT_KIND_PROBABILITY": 3,
    "ABBE_OUTPUT_KIND_LABELS": 4,
    "ABBE_OUTPUT_KIND_OTHER": 5,
}

abbe_extent_code = {
    "ABBE_EXTENT_FULL": 0,
    "ABBE_EXTENT_NETWORK": 1,
}

abbe_channels_code = {
    "ABBE_CHANNELS_EXACT": 0,
    "ABBE_CHANNELS_REPEAT": 1,
}

abbe_seam_check_code = {
    "ABBE_SEAM_CHECK_AUTO": 0,
    "ABBE_SEAM_CHECK_NEVER": 1,
    "ABBE_SEAM_CHECK_ALWAYS": 2,
}

abbe_statistics_code = {
    "ABBE_STATISTICS_IMAGE": 0,
    "ABBE_STATISTICS_FIRST": 1,
    "ABBE_STATISTICS_SERIES": 2,
}

abbe_log_fn = CFUNCTYPE(None, c_void_p, c_int32, c_char_p)
abbe_progress_fn = CFUNCTYPE(c_int32, c_void_p, c_double)
abbe_read_fn = CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int64), POINTER(c_int64), c_void_p, c_size_t)
abbe_write_fn = CFUNCTYPE(c_int32, c_void_p, c_int64, POINTER(c_int64), POINTER(c_int64), c_void_p, c_size_t)
abbe_deliver_fn = CFUNCTYPE(None, c_void_p, c_void_p, c_size_t, POINTER(c_int64), c_int32)
abbe_release_fn = CFUNCTYPE(None, c_void_p, c_void_p)

FUNCTIONS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "abbe_version": (c_uint32, ()),
    "abbe_version_text": (c_char_p, ()),
    "abbe_status_text": (c_char_p, (c_int32,)),
    "abbe_error_text": (c_size_t, (c_void_p, c_char_p, c_size_t,)),
    "abbe_param_count": (c_int32, ()),
    "abbe_param_at": (c_int32, (c_int32, POINTER(c_int32),)),
    "abbe_param_find": (c_int32, (c_char_p, POINTER(c_int32),)),
    "abbe_param_range": (c_int32, (c_int32, POINTER(c_double), POINTER(c_double), POINTER(c_double),)),
    "abbe_param_describe": (c_int32, (c_int32, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_context_create": (c_int32, (POINTER(c_void_p),)),
    "abbe_context_set_i64": (c_int32, (c_void_p, c_int32, c_int64,)),
    "abbe_context_set_f64": (c_int32, (c_void_p, c_int32, c_double,)),
    "abbe_context_set_text": (c_int32, (c_void_p, c_int32, c_char_p,)),
    "abbe_context_unset": (c_int32, (c_void_p, c_int32,)),
    "abbe_context_set_log": (c_int32, (c_void_p, abbe_log_fn, c_void_p, c_int32,)),
    "abbe_context_register_provider": (c_int32, (c_void_p, c_char_p, c_char_p,)),
    "abbe_context_devices": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_context_adopt_onnxruntime": (c_int32, (c_void_p, c_void_p,)),
    "abbe_context_destroy": (None, (c_void_p,)),
    "abbe_psf_create": (c_int32, (c_void_p, c_int32, POINTER(c_void_p),)),
    "abbe_psf_set_i64": (c_int32, (c_void_p, c_int32, c_int64,)),
    "abbe_psf_set_f64": (c_int32, (c_void_p, c_int32, c_double,)),
    "abbe_psf_set_text": (c_int32, (c_void_p, c_int32, c_char_p,)),
    "abbe_psf_unset": (c_int32, (c_void_p, c_int32,)),
    "abbe_psf_set_samples": (c_int32, (c_void_p, POINTER(c_float), c_int32, POINTER(c_int64),)),
    "abbe_psf_extent": (c_int32, (c_void_p, c_int32, POINTER(c_int64),)),
    "abbe_psf_sample": (c_int32, (c_void_p, POINTER(c_float), c_int32, POINTER(c_int64),)),
    "abbe_psf_fit": (c_int32, (c_void_p, c_void_p,)),
    "abbe_psf_estimate": (c_int32, (c_void_p, POINTER(c_float), c_int32, POINTER(c_int64), abbe_progress_fn, c_void_p,)),
    "abbe_psf_cancel": (None, (c_void_p,)),
    "abbe_psf_get_i64": (c_int32, (c_void_p, c_int32, POINTER(c_int64),)),
    "abbe_psf_get_f64": (c_int32, (c_void_p, c_int32, POINTER(c_double),)),
    "abbe_psf_report": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_psf_destroy": (None, (c_void_p,)),
    "abbe_model_load": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p),)),
    "abbe_model_load_memory": (c_int32, (c_void_p, c_void_p, c_size_t, POINTER(c_void_p),)),
    "abbe_model_builtin": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p),)),
    "abbe_model_set_i64": (c_int32, (c_void_p, c_int32, c_int64,)),
    "abbe_model_set_f64": (c_int32, (c_void_p, c_int32, c_double,)),
    "abbe_model_unset": (c_int32, (c_void_p, c_int32,)),
    "abbe_model_learn": (c_int32, (c_void_p, POINTER(c_float), c_int32, POINTER(c_int64), abbe_progress_fn, c_void_p, POINTER(c_void_p),)),
    "abbe_model_cancel": (None, (c_void_p,)),
    "abbe_model_save": (c_int32, (c_void_p, c_char_p,)),
    "abbe_model_describe": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_model_selftest": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_model_destroy": (None, (c_void_p,)),
    "abbe_plan_create": (c_int32, (c_void_p, POINTER(c_void_p),)),
    "abbe_plan_add_step": (c_int32, (c_void_p, c_int32,)),
    "abbe_plan_select_step": (c_int32, (c_void_p, c_int32,)),
    "abbe_plan_set_psf": (c_int32, (c_void_p, c_void_p,)),
    "abbe_plan_set_channel_psf": (c_int32, (c_void_p, c_int32, c_void_p,)),
    "abbe_plan_set_model": (c_int32, (c_void_p, c_void_p,)),
    "abbe_plan_set_model_input": (c_int32, (c_void_p, c_char_p, POINTER(c_float), c_int32, POINTER(c_int64),)),
    "abbe_plan_set_i64": (c_int32, (c_void_p, c_int32, c_int64,)),
    "abbe_plan_set_f64": (c_int32, (c_void_p, c_int32, c_double,)),
    "abbe_plan_set_text": (c_int32, (c_void_p, c_int32, c_char_p,)),
    "abbe_plan_unset": (c_int32, (c_void_p, c_int32,)),
    "abbe_plan_set_input": (c_int32, (c_void_p, c_int32, c_char_p, POINTER(c_int64), POINTER(c_int64), c_int64,)),
    "abbe_plan_set_mask": (c_int32, (c_void_p, c_void_p, c_size_t,)),
    "abbe_plan_set_sensor_map": (c_int32, (c_void_p, c_int32, POINTER(c_float), c_int32, POINTER(c_int64),)),
    "abbe_plan_set_calibrations": (c_int32, (c_void_p, c_char_p,)),
    "abbe_plan_set_output": (c_int32, (c_void_p, c_int32, POINTER(c_int64), c_int64,)),
    "abbe_plan_output_shape": (c_int32, (c_void_p, POINTER(c_int64), c_int32, POINTER(c_int32),)),
    "abbe_plan_set_progress": (c_int32, (c_void_p, abbe_progress_fn, c_void_p,)),
    "abbe_plan_commit": (c_int32, (c_void_p,)),
    "abbe_plan_execute": (c_int32, (c_void_p, c_void_p, c_size_t, c_void_p, c_size_t,)),
    "abbe_plan_try_execute": (c_int32, (c_void_p, c_void_p, c_size_t, c_void_p, c_size_t,)),
    "abbe_plan_cancel": (None, (c_void_p,)),
    "abbe_plan_get_i64": (c_int32, (c_void_p, c_int32, POINTER(c_int64),)),
    "abbe_plan_get_f64": (c_int32, (c_void_p, c_int32, POINTER(c_double),)),
    "abbe_plan_estimated_psf": (c_int32, (c_void_p, c_void_p,)),
    "abbe_plan_report": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_plan_destroy": (None, (c_void_p,)),
    "abbe_sensor_measure": (c_int32, (c_void_p, c_int32, c_void_p, c_size_t, c_int64, c_int64, c_int64, c_int32, POINTER(c_int64), POINTER(c_float),)),
    "abbe_plan_save_json": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_plan_load_json": (c_int32, (c_void_p, c_char_p, POINTER(c_void_p),)),
    "abbe_plan_execute_blocks": (c_int32, (c_void_p, abbe_read_fn, abbe_write_fn, c_void_p,)),
    "abbe_metric_measure": (c_int32, (c_void_p, c_int32, POINTER(c_float), POINTER(c_float), c_int32, POINTER(c_int64), c_double, POINTER(c_double),)),
    "abbe_assess_create": (c_int32, (c_void_p, POINTER(c_void_p),)),
    "abbe_assess_set_i64": (c_int32, (c_void_p, c_int32, c_int64,)),
    "abbe_assess_set_f64": (c_int32, (c_void_p, c_int32, c_double,)),
    "abbe_assess_unset": (c_int32, (c_void_p, c_int32,)),
    "abbe_assess_set_image": (c_int32, (c_void_p, c_int32, POINTER(c_float), c_int32, POINTER(c_int64),)),
    "abbe_assess_set_mask": (c_int32, (c_void_p, c_void_p, c_size_t,)),
    "abbe_assess_set_psf": (c_int32, (c_void_p, c_void_p,)),
    "abbe_assess_set_plan": (c_int32, (c_void_p, c_void_p,)),
    "abbe_assess_run": (c_int32, (c_void_p, abbe_progress_fn, c_void_p,)),
    "abbe_assess_cancel": (None, (c_void_p,)),
    "abbe_assess_get_i64": (c_int32, (c_void_p, c_int32, POINTER(c_int64),)),
    "abbe_assess_get_f64": (c_int32, (c_void_p, c_int32, POINTER(c_double),)),
    "abbe_assess_map": (c_int32, (c_void_p, c_int32, POINTER(c_float), c_int32, POINTER(c_int64),)),
    "abbe_assess_report": (c_int32, (c_void_p, c_char_p, c_size_t, POINTER(c_size_t),)),
    "abbe_assess_destroy": (None, (c_void_p,)),
    "abbe_stream_create": (c_int32, (c_void_p, POINTER(c_void_p),)),
    "abbe_stream_add_plan": (c_int32, (c_void_p, c_void_p,)),
    "abbe_stream_set_i64": (c_int32, (c_void_p, c_int32, c_int64,)),
    "abbe_stream_set_f64": (c_int32, (c_void_p, c_int32, c_double,)),
    "abbe_stream_get_i64": (c_int32, (c_void_p, c_int32, POINTER(c_int64),)),
    "abbe_stream_get_f64": (c_int32, (c_void_p, c_int32, POINTER(c_double),)),
    "abbe_stream_set_result": (c_int32, (c_void_p, abbe_deliver_fn, c_void_p,)),
    "abbe_stream_start": (c_int32, (c_void_p,)),
    "abbe_stream_slot": (c_int32, (c_void_p, POINTER(c_int64),)),
    "abbe_stream_submit": (c_int32, (c_void_p, c_void_p, c_size_t, c_int64, abbe_release_fn, c_void_p, POINTER(c_int32),)),
    "abbe_stream_take": (c_int32, (c_void_p, c_void_p, c_size_t, POINTER(c_int64), c_int32, POINTER(c_int32),)),
    "abbe_stream_counts": (c_int32, (c_void_p, POINTER(c_int64), c_int32,)),
    "abbe_stream_wait": (c_int32, (c_void_p, c_int64,)),
    "abbe_stream_cancel": (c_int32, (c_void_p,)),
    "abbe_stream_destroy": (None, (c_void_p,)),
}
# </generated>
