/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Denoising before a deconvolution, without a network.
 */
#include "check.h"

enum { SIDE = 64, SAMPLES = SIDE * SIDE };
static const int64_t shape[2] = {SIDE, SIDE};

/** Smooth blobs on an offset of 100, with noise of the right size. */
static void make_plane(float *plane) {
    int at, blob;
    for (at = 0; at < SAMPLES; at++) {
        double light = 4.0;
        for (blob = 0; blob < 9; blob++) {
            const double y = at / SIDE - 10 - 21 * (blob / 3), x = at % SIDE - 10 - 21 * (blob % 3);
            light += 80.0 * exp(-(y * y + x * x) / 18.0);
        }
        light += sqrt(light) * 2.0 * ((noise(4u * (unsigned)at) + noise(4u * (unsigned)at + 1) + noise(4u * (unsigned)at + 2)) / 999.0 - 1.5);
        plane[at] = (float)(100.0 + (light > 0.0 ? light : 0.0));
    }
}

/** A spot of 100, blurred by 2 samples, on noise of 3 around 0: the error is to be less than a fifth of that of a flat result. */
static void keeps_spot(abbe_context *context, int algorithm, int seed) {
    static float image[SAMPLES], result[SAMPLES];
    abbe_plan *plan = NULL;
    abbe_psf *psf = NULL;
    double error = 0.0, all = 0.0;
    int at, draw;
    for (at = 0; at < SAMPLES; at++) {
        const double y = at / SIDE - SIDE / 2, x = at % SIDE - SIDE / 2;
        double sum = 0.0;
        for (draw = 0; draw < 12; draw++) {
            sum += (noise(12u * (unsigned)(at + SAMPLES * seed) + (unsigned)draw) + 0.5) / 1000.0 - 0.5;
        }
        image[at] = (float)(100.0 * exp(-(y * y + x * x) / 20.0) + 3.0 * sum);
    }
    OK(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_SIGMA_NM, 200.0));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, algorithm));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
    for (at = 0; at < SAMPLES; at++) {
        const double y = at / SIDE - SIDE / 2, x = at % SIDE - SIDE / 2;
        const double truth = 100.0 * 20.0 / 12.0 * exp(-(y * y + x * x) / 12.0);
        error += (result[at] - truth) * (result[at] - truth);
        all += truth * truth;
    }
    CHECK(sqrt(error / all) < 0.2);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
}

static void run(abbe_context *context, abbe_psf *psf, int algorithm, double denoising, const float *plane, float *result, char *report, int64_t bytes) {
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, algorithm));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 100.0));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_DENOISING, denoising));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, plane, sizeof(float) * SAMPLES, result, sizeof(float) * SAMPLES));
    OK(abbe_plan_report(plan, report, bytes, NULL));
    abbe_plan_destroy(plan);
}

static const float *whole;
static float joined[SAMPLES];

static int read_block(void *user, int64_t image, const int64_t *start, const int64_t *block, void *samples, size_t bytes) {
    const int64_t width = block[2];
    int64_t y;
    (void)user, (void)image;
    CHECK(bytes == sizeof(float) * (size_t)(block[0] * block[1] * width));
    for (y = 0; y < block[1]; y++) {
        memcpy((float *)samples + y * width, whole + (start[1] + y) * SIDE + start[2], sizeof(float) * (size_t)width);
    }
    return 0;
}

static int write_block(void *user, int64_t image, const int64_t *start, const int64_t *block, const void *samples, size_t bytes) {
    const int64_t width = block[2];
    int64_t y;
    (void)user, (void)image, (void)bytes;
    for (y = 0; y < block[1]; y++) {
        memcpy(joined + (start[1] + y) * SIDE + start[2], (const float *)samples + y * width, sizeof(float) * (size_t)width);
    }
    return 0;
}

/* The result of the automatic mode in one call, in blocks, and by what was found of it. */
static void in_blocks(abbe_context *context, abbe_psf *psf, const float *plane) {
    static float expected[SAMPLES], again[SAMPLES];
    static char report[16384], found[4096];
    abbe_plan *plan = NULL;
    const char *from, *to;
    int at;
    whole = plane;
    for (at = 0; at < 2; at++) {
        OK(abbe_plan_create(context, &plan));
        OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, at));
        OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
        OK(abbe_plan_set_psf(plan, psf));
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
        OK(abbe_plan_commit(plan));
        if (at == 0) {
            OK(abbe_plan_execute(plan, plane, sizeof(float) * SAMPLES, expected, sizeof(float) * SAMPLES));
        } else {
            OK(abbe_plan_execute_blocks(plan, read_block, write_block, NULL));
        }
        OK(abbe_plan_report(plan, report, sizeof report, NULL));
        CHECK(strstr(report, "\"hybrid\":{\"denoised\":true") != NULL);
        abbe_plan_destroy(plan);
    }
    CHECK(memcmp(expected, joined, sizeof expected) == 0);
    from = strstr(report, "\"calibration\":");
    CHECK(from != NULL);
    from += strlen("\"calibration\":");
    to = strstr(from, "\"shift\":");
    CHECK(to != NULL);
    to = strchr(to, '}') + 1;
    CHECK(to - from < (long)sizeof found - 3);
    found[0] = '[';
    memcpy(found + 1, from, (size_t)(to - from));
    memcpy(found + 1 + (to - from), "]", 2);
    CHECK(strstr(found, "\"denoised\":1.0") != NULL || strstr(found, "\"denoised\":0.9") != NULL);
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_calibrations(plan, found));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, plane, sizeof(float) * SAMPLES, again, sizeof(float) * SAMPLES));
    CHECK(memcmp(expected, again, sizeof expected) == 0);
    /* Of settings that do not denoise, such numbers are not. */
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_DENOISING, 0.0));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
}

int main(void) {
    static float plane[SAMPLES], hybrid[SAMPLES], nothing[SAMPLES], plain[SAMPLES];
    static char report[16384];
    abbe_context *context = NULL;
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    double before = 0.0, after = 0.0;
    int at;
    OK(abbe_context_create(&context));
    OK(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_SIGMA_NM, 150.0));
    make_plane(plane);

    run(context, psf, ABBE_ALGORITHM_HYBRID, 1.0, plane, hybrid, report, sizeof report);
    CHECK(strstr(report, "\"hybrid\":{\"denoised\":") != NULL);
    CHECK(strstr(report, "\"stopped\":\"held_out\"") != NULL || strstr(report, "\"stopped\":\"iterations\"") != NULL);
    for (at = 0; at < SAMPLES; at++) {
        CHECK(hybrid[at] >= 0.0f);
        before += plane[at] - 100.0;
        after += hybrid[at];
    }
    CHECK(fabs(after / before - 1.0) < 0.05);

    /* Read noise alone around 0 hides nothing, whatever the noise is by chance. */
    for (at = 0; at < 8; at++) {
        keeps_spot(context, ABBE_ALGORITHM_AUTOMATIC, at);
        keeps_spot(context, ABBE_ALGORITHM_HYBRID, at);
    }

    /* Blocks are denoised first as whole images are. */
    in_blocks(context, psf, plane);

    /* Of nothing denoised comes Richardson-Lucy, bit by bit. */
    run(context, psf, ABBE_ALGORITHM_HYBRID, 0.0, plane, nothing, report, sizeof report);
    run(context, psf, ABBE_ALGORITHM_RICHARDSON_LUCY, 1.0, plane, plain, report, sizeof report);
    CHECK(memcmp(nothing, plain, sizeof plain) == 0);

    /* What does not go together is said when the plan is committed. */
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_HYBRID));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_set_f64(plan, ABBE_DECONVOLVE_DENOISING, INFINITY));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_set_f64(plan, ABBE_DECONVOLVE_DENOISING, -0.1));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_WARM_START, 1));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_WARM_START, 0));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_DISCREPANCY));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_HELD_OUT));
    OK(abbe_plan_commit(plan));

    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
    return finish();
}
