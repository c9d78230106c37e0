/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A point spread function for each channel: every channel comes out as from a plan of its own, to the bit, in every order of the
 * axes, in reports and from JSON; channels that are not there, and ones that have none, are refused.
 */
#include "check.h"

enum { TIMES = 2, CHANNELS = 3, SIDE = 40, PLANE = SIDE * SIDE, SAMPLES = TIMES * CHANNELS * PLANE };
static const int64_t shape[4] = {TIMES, CHANNELS, SIDE, SIDE};
static const int64_t one[2] = {SIDE, SIDE};
static char log_text[8192];

static void keep(void *user, int32_t level, const char *text) {
    (void)user;
    if (level == ABBE_LEVEL_WARNING) {
        strncat(log_text, text, sizeof log_text - strlen(log_text) - 2);
        strcat(log_text, "\n");
    }
}

static abbe_psf *gaussian(abbe_context *context, double sigma_nm) {
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_SIGMA_NM, sigma_nm));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100.0));
    return psf;
}

static abbe_psf *measured(abbe_context *context, float middle) {
    static const int64_t extents[3] = {1, 3, 3};
    float samples[9] = {0, 1, 0, 1, 4, 1, 0, 1, 0};
    abbe_psf *psf = NULL;
    samples[4] = middle;
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &psf));
    OK(abbe_psf_set_samples(psf, samples, 3, extents));
    OK(abbe_psf_set_i64(psf, ABBE_PSF_CENTRE, ABBE_CENTRE_NONE));
    return psf;
}

/** A plan of one deconvolution. With `iterations` 0 the automatic mode finds noise, background and iterations. */
static abbe_plan *deconvolution(abbe_context *context, int64_t iterations) {
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    if (iterations > 0) {
        OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
        OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
        OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, iterations));
    }
    return plan;
}

/** What a plan of its own makes of a channel's images. */
static void apart(abbe_context *context, const abbe_psf *psf, int64_t iterations, int channel, const float *source, float *target) {
    static const int64_t extents[3] = {TIMES, SIDE, SIDE};
    static const int64_t strides[3] = {CHANNELS * PLANE * sizeof *source, SIDE * sizeof *source, sizeof *source};
    const size_t bytes = ((TIMES - 1) * CHANNELS + 1) * PLANE * sizeof *source;
    abbe_plan *plan = deconvolution(context, iterations);
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tyx", extents, strides, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, strides, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source + channel * PLANE, bytes, target + channel * PLANE, bytes));
    abbe_plan_destroy(plan);
}

static void run(abbe_plan *plan, const float *source, float *target) {
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tcyx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, SAMPLES * sizeof *source, target, SAMPLES * sizeof *target));
}

/** `gaussians` for channels 0 and 2, `other` for channel 1. */
static void as_apart(abbe_context *context, const float *source, int64_t iterations) {
    static float target[SAMPLES], expected[SAMPLES], turned[SAMPLES], back[SAMPLES];
    abbe_psf *wide = gaussian(context, 180.0), *narrow = gaussian(context, 120.0), *other = measured(context, 4.0f);
    const abbe_psf *psfs[CHANNELS];
    abbe_plan *plan = deconvolution(context, iterations);
    int channel, time, at;
    int64_t bytes = 0, of_one = 0;
    psfs[0] = wide, psfs[1] = other, psfs[2] = narrow;
    for (channel = 0; channel < CHANNELS; channel++) {
        apart(context, psfs[channel], iterations, channel, source, expected);
        OK(abbe_plan_set_channel_psf(plan, channel, psfs[channel]));
    }
    run(plan, source, target);
    CHECK(memcmp(target, expected, sizeof target) == 0);
    /* The channels first, as many files have them. */
    {
        static const int64_t first[4] = {CHANNELS, TIMES, SIDE, SIDE};
        for (at = 0; at < SAMPLES; at++) {
            time = at / PLANE / CHANNELS, channel = at / PLANE % CHANNELS;
            turned[(channel * TIMES + time) * PLANE + at % PLANE] = source[at];
        }
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "ctyx", first, NULL, 0));
        OK(abbe_plan_commit(plan));
        OK(abbe_plan_execute(plan, turned, sizeof turned, back, sizeof back));
        for (at = 0; at < SAMPLES; at++) {
            time = at / PLANE / CHANNELS, channel = at / PLANE % CHANNELS;
            target[at] = back[(channel * TIMES + time) * PLANE + at % PLANE];
        }
        CHECK(memcmp(target, expected, sizeof target) == 0);
    }
    /* One for all, and another one for one of them; two channels share a workspace. */
    OK(abbe_plan_set_channel_psf(plan, 0, NULL));
    OK(abbe_plan_set_channel_psf(plan, 2, NULL));
    OK(abbe_plan_set_psf(plan, wide));
    run(plan, source, target);
    apart(context, wide, iterations, 2, source, expected);
    CHECK(memcmp(target, expected, sizeof target) == 0);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes));
    /* All have the one for all. */
    OK(abbe_plan_set_channel_psf(plan, 1, NULL));
    run(plan, source, target);
    apart(context, wide, iterations, 1, source, expected);
    CHECK(memcmp(target, expected, sizeof target) == 0);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &of_one));
    CHECK(of_one < bytes && bytes < 3 * of_one);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(wide);
    abbe_psf_destroy(narrow);
    abbe_psf_destroy(other);
}

static void what_is_refused(abbe_context *context, const float *source) {
    static float target[SAMPLES];
    abbe_psf *psf = gaussian(context, 150.0), *stale = gaussian(context, 150.0);
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    FAILS(ABBE_ERROR_STATE, "no step", abbe_plan_set_channel_psf(plan, 0, psf));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    FAILS(ABBE_ERROR_STATE, "denoise", abbe_plan_set_channel_psf(plan, 0, psf));
    abbe_plan_destroy(plan);
    plan = deconvolution(context, 3);
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_channel_psf(NULL, 0, psf));
    FAILS(ABBE_ERROR_ARGUMENT, "channel is -1", abbe_plan_set_channel_psf(plan, -1, psf));
    abbe_psf_destroy(stale);
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_channel_psf(plan, 0, stale));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_channel_psf(plan, 0, (abbe_psf *)(void *)plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tcyx", shape, NULL, 0));
    OK(abbe_plan_set_channel_psf(plan, 0, psf));
    OK(abbe_plan_set_channel_psf(plan, 2, psf));
    FAILS(ABBE_ERROR_STATE, "for channel 1;", abbe_plan_commit(plan));
    OK(abbe_plan_set_channel_psf(plan, 1, psf));
    OK(abbe_plan_set_channel_psf(plan, 2147483647, psf));
    FAILS(ABBE_ERROR_ARGUMENT, "channel is 2147483647", abbe_plan_commit(plan));
    OK(abbe_plan_set_channel_psf(plan, 2147483647, NULL));
    OK(abbe_plan_commit(plan));
    /* A setter un-commits, also one that takes away what is not there. */
    OK(abbe_plan_set_channel_psf(plan, 1, psf));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, SAMPLES * sizeof *source, target, sizeof target));
    /* A destroyed point spread function lives on in the plan. */
    abbe_psf_destroy(psf);
    run(plan, source, target);
    /* An image without the axis has channel 0. */
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", one, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "must be 0 to 0, since the images have 1 channel", abbe_plan_commit(plan));
    OK(abbe_plan_set_channel_psf(plan, 1, NULL));
    OK(abbe_plan_set_channel_psf(plan, 2, NULL));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, PLANE * sizeof *source, target, PLANE * sizeof *target));
    abbe_plan_destroy(plan);
}

static char *text_of(abbe_status (*give)(const abbe_plan *, char *, size_t, size_t *), const abbe_plan *plan) {
    size_t needed = 0;
    char *text;
    OK(give(plan, NULL, 0, &needed));
    text = (char *)malloc(needed);
    OK(give(plan, text, needed, NULL));
    return text;
}

static void in_reports_and_json(abbe_context *context, const float *source) {
    static float target[SAMPLES], again[SAMPLES];
    abbe_psf *wide = gaussian(context, 180.0), *other = measured(context, 4.0f), *altered = measured(context, 5.0f);
    abbe_plan *plan = deconvolution(context, 3), *loaded = NULL;
    char *text, *report;
    OK(abbe_plan_set_psf(plan, wide));
    OK(abbe_plan_set_channel_psf(plan, 1, other));
    run(plan, source, target);
    text = text_of(abbe_plan_save_json, plan);
    report = text_of(abbe_plan_report, plan);
    CHECK(strstr(report, text) != NULL);
    CHECK(strstr(text, "\"channel_psfs\":{\"1\":{\"kind\":\"measured\"") != NULL);
    CHECK(strstr(report, "\"psf\":{\"channels\":[{") != NULL);
    {
        /* An image each in "images", in their order. */
        const char *at = report;
        int images = 0;
        while ((at = strstr(at, "\"padded_shape\":")) != NULL) {
            at++, images++;
        }
        CHECK(images == TIMES * CHANNELS);
    }
    log_text[0] = '\0';
    OK(abbe_plan_load_json(context, report, &loaded));
    CHECK(strstr(log_text, "for channel 1, with the settings {\"psf.centre\":\"none\"}; call abbe_plan_set_channel_psf()") != NULL);
    CHECK(strstr(log_text, "abbe_plan_set_psf()") == NULL);
    log_text[0] = '\0';
    OK(abbe_plan_set_channel_psf(loaded, 1, altered));
    run(loaded, source, again);
    CHECK(strstr(log_text, "function of channel 1 of step 0 is not the one that the plan was saved with: sha256") != NULL);
    OK(abbe_plan_set_channel_psf(loaded, 1, other));
    run(loaded, source, again);
    CHECK(memcmp(target, again, sizeof target) == 0);
    free(text);
    text = text_of(abbe_plan_save_json, loaded);
    CHECK(strstr(report, text) != NULL);
    abbe_plan_destroy(loaded);
    loaded = NULL;
    FAILS(ABBE_ERROR_ARGUMENT, "channel_psfs has the key \"01\"",
          abbe_plan_load_json(context, "{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"channel_psfs\": {\"01\": {\"kind\": \"gaussian\"}}}]}", &loaded));
    FAILS(ABBE_ERROR_ARGUMENT, "channel_psfs is 3",
          abbe_plan_load_json(context, "{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"channel_psfs\": 3}]}", &loaded));
    FAILS(ABBE_ERROR_ARGUMENT, "denoise",
          abbe_plan_load_json(context, "{\"format\": 1, \"steps\": [{\"step\": \"denoise\", \"channel_psfs\": {}}]}", &loaded));
    free(text);
    free(report);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(wide);
    abbe_psf_destroy(other);
    abbe_psf_destroy(altered);
}

enum { LARGE = 512, BOTH = 2 * LARGE * LARGE };
static float source_of_blocks[BOTH], target_of_blocks[BOTH];

static int32_t read_block(void *user, int64_t image, const int64_t *start, const int64_t *extents, void *samples, size_t bytes) {
    int64_t y;
    (void)user, (void)bytes;
    for (y = 0; y < extents[1]; y++) {
        memcpy((float *)samples + y * extents[2], source_of_blocks + (image * LARGE + start[1] + y) * LARGE + start[2],
               (size_t)extents[2] * sizeof(float));
    }
    return ABBE_CONTINUE;
}

static int32_t write_block(void *user, int64_t image, const int64_t *start, const int64_t *extents, const void *samples, size_t bytes) {
    int64_t y;
    (void)user, (void)bytes;
    for (y = 0; y < extents[1]; y++) {
        memcpy(target_of_blocks + (image * LARGE + start[1] + y) * LARGE + start[2], (const float *)samples + y * extents[2],
               (size_t)extents[2] * sizeof(float));
    }
    return ABBE_CONTINUE;
}

/** Tiles within a cap, for each point spread function, and a background before; in memory and in blocks. */
static void within_a_cap(abbe_context *context) {
    static const int64_t extents[3] = {2, LARGE, LARGE};
    float *source = source_of_blocks, *target = (float *)malloc(BOTH * sizeof *target);
    abbe_psf *wide = gaussian(context, 180.0), *narrow = gaussian(context, 120.0);
    abbe_plan *plan = NULL;
    int64_t whole = 0, capped = 0;
    float most = 0.0f;
    unsigned at;
    for (at = 0; at < BOTH; at++) {
        source[at] = 100.0f + (float)noise(at) / 10.0f;
    }
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    OK(abbe_plan_set_i64(plan, ABBE_BACKGROUND_MODE, ABBE_BACKGROUND_ESTIMATED));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_channel_psf(plan, 0, wide));
    OK(abbe_plan_set_channel_psf(plan, 1, narrow));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "cyx", extents, NULL, 0));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &whole));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, whole * 2 / 3));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &capped));
    CHECK(capped <= whole * 2 / 3);
    OK(abbe_plan_execute(plan, source, BOTH * sizeof *source, target, BOTH * sizeof *target));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 1));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute_blocks(plan, read_block, write_block, NULL));
    for (at = 0; at < BOTH; at++) {
        most = fmaxf(most, fabsf(target[at] - target_of_blocks[at]));
    }
    CHECK(most < 0.01f); /* of 200; tiles are others */
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 0));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 1 << 16));
    FAILS(ABBE_ERROR_MEMORY, "for 2 point spread functions, each with a workspace (fields of", abbe_plan_commit(plan));
    free(target);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(wide);
    abbe_psf_destroy(narrow);
}

int main(void) {
    static float source[SAMPLES];
    abbe_context *context = make_context(2);
    int at;
    OK(abbe_context_set_log(context, keep, NULL, ABBE_LEVEL_WARNING));
    for (at = 0; at < SAMPLES; at++) {
        const int y = at / SIDE % SIDE, x = at % SIDE;
        source[at] = 20.0f + (float)(noise((unsigned)at) % 20u) + (y > 10 && y < 30 && (x / 4) % 2 ? 300.0f : 0.0f);
    }
    as_apart(context, source, 5);
    as_apart(context, source, 0);
    what_is_refused(context, source);
    in_reports_and_json(context, source);
    if (!small_only()) {
        within_a_cap(context);
    }
    abbe_context_destroy(context);
    return finish();
}
