/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Blind deconvolution: the point spread function that is found, read and used by another plan.
 */
#include "check.h"

enum { SIDE = 96, SAMPLES = SIDE * SIDE, REACH = 12, WIDTH = 2 * REACH + 1 };
static const int64_t shape[2] = {SIDE, SIDE};
static const int64_t kernel_shape[2] = {WIDTH, WIDTH};

/** A Gaussian with sum 1. */
static void gaussian(float *kernel, double sigma) {
    double sum = 0.0;
    int at;
    for (at = 0; at < WIDTH * WIDTH; at++) {
        const double y = at / WIDTH - REACH, x = at % WIDTH - REACH;
        kernel[at] = (float)exp(-(y * y + x * x) / (2.0 * sigma * sigma));
        sum += kernel[at];
    }
    for (at = 0; at < WIDTH * WIDTH; at++) kernel[at] = (float)(kernel[at] / sum);
}

/** Points of light, blurred, with noise of the right size. */
static void make_plane(float *plane, const float *kernel) {
    int at, point;
    for (at = 0; at < SAMPLES; at++) plane[at] = 5.0f;
    for (point = 0; point < 150; point++) {
        const int y = (int)(noise(2u * (unsigned)point + 7000u) * SIDE / 1000), x = (int)(noise(2u * (unsigned)point + 7001u) * SIDE / 1000);
        for (at = 0; at < WIDTH * WIDTH; at++) {
            const int row = y + at / WIDTH - REACH, column = x + at % WIDTH - REACH;
            if (row >= 0 && row < SIDE && column >= 0 && column < SIDE) plane[row * SIDE + column] += 20000.0f * kernel[at];
        }
    }
    for (at = 0; at < SAMPLES; at++) {
        const float uniform = (float)(noise(4u * (unsigned)at) + noise(4u * (unsigned)at + 1) +
                                      noise(4u * (unsigned)at + 2)) / 999.0f - 1.5f;
        plane[at] += 2.0f * uniform * sqrtf(plane[at]);
        if (plane[at] < 0.0f) plane[at] = 0.0f;
    }
}

static double spread(const float *kernel) {
    double sum = 0.0, square = 0.0;
    int at;
    for (at = 0; at < WIDTH * WIDTH; at++) {
        const double x = at % WIDTH - REACH;
        sum += kernel[at];
        square += kernel[at] * x * x;
    }
    return sqrt(square / sum);
}

int main(void) {
    static float given[WIDTH * WIDTH], real[WIDTH * WIDTH], found[WIDTH * WIDTH];
    static float plane[SAMPLES], result[SAMPLES];
    abbe_context *context = NULL;
    abbe_psf *psf = NULL, *estimated = NULL, *model = NULL;
    abbe_plan *plan = NULL;
    char report[8192];
    int64_t extent[2];
    gaussian(given, 1.6);
    gaussian(real, 2.0);
    make_plane(plane, real);
    OK(abbe_context_create(&context));
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &psf));
    OK(abbe_psf_set_samples(psf, given, 2, kernel_shape));
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &estimated));
    OK(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &model));
    OK(abbe_plan_create(context, &plan));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_estimated_psf(plan, estimated));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_estimated_psf(plan, estimated));
    OK(abbe_plan_execute(plan, plane, sizeof plane, result, sizeof result));
    OK(abbe_plan_estimated_psf(plan, estimated));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_estimated_psf(plan, model));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_estimated_psf(plan, NULL));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_estimated_psf(NULL, estimated));
    OK(abbe_plan_report(plan, report, sizeof report, NULL));
    CHECK(strstr(report, "\"estimated_psf\"") && strstr(report, "\"width_px\"") && strstr(report, "blind_richardson_lucy"));
    OK(abbe_psf_extent(estimated, 2, extent));
    OK(abbe_psf_sample(estimated, found, 2, kernel_shape));
    printf("spread %.3f given, %.3f found, %.3f real\n", spread(given), spread(found), spread(real));
    CHECK(fabs(spread(found) / spread(real) - 1.0) < 0.08);

    /* The next plan takes it as it is. */
    OK(abbe_plan_set_psf(plan, estimated));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, plane, sizeof plane, result, sizeof result));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_estimated_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_WARM_START, 1));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_commit(plan));

    abbe_plan_destroy(plan);
    abbe_psf_destroy(model);
    abbe_psf_destroy(estimated);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
    return finish();
}
