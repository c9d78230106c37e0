/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Deconvolution in slabs with the point spread function of their own depth: sharper than with one for all where the
 * indices do not match, the same where one slab does, counted before commit, to be cancelled, refused where it cannot be.
 */
#include "check.h"

enum { PLANES = 30, SIDE = 32, PLANE = SIDE * SIDE, SAMPLES = PLANES * PLANE, POINTS = 3 };
static const int64_t shape[3] = {PLANES, SIDE, SIDE};
static const int points[POINTS][3] = {{3, 9, 21}, {15, 16, 15}, {26, 22, 10}};
static const double step_nm = 600.0, first_depth_nm = 0.0, sample_index = 1.40, immersion_index = 1.515;
static const double photons = 1e6;

static abbe_psf *make_optics(abbe_context *context, int32_t kind, double depth_nm) {
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, kind, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.3));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 600.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, step_nm));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_SAMPLE_INDEX, sample_index));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DEPTH_NM, depth_nm));
    return psf;
}

/** Points of a million photons, each blurred as its own depth has it, on 2 photons of background. */
static float *make_stack(abbe_context *context) {
    static const int64_t wide[3] = {2 * PLANES - 1, 2 * SIDE - 1, 2 * SIDE - 1};
    const size_t volume = (size_t)(wide[0] * wide[1] * wide[2]);
    float *kernel = (float *)calloc(volume, sizeof *kernel);
    float *stack = (float *)calloc(SAMPLES, sizeof *stack);
    int at, point;
    for (point = 0; point < POINTS; point++) {
        const int *place = points[point];
        const double depth = first_depth_nm + place[0] * step_nm * sample_index / immersion_index;
        abbe_psf *psf = make_optics(context, ABBE_PSF_WIDEFIELD, depth);
        OK(abbe_psf_sample(psf, kernel, 3, wide));
        for (at = 0; at < SAMPLES; at++) {
            const int64_t z = at / PLANE - place[0] + PLANES - 1;
            const int64_t y = at / SIDE % SIDE - place[1] + SIDE - 1;
            const int64_t x = at % SIDE - place[2] + SIDE - 1;
            stack[at] += (float)photons * kernel[(z * wide[1] + y) * wide[2] + x];
        }
        abbe_psf_destroy(psf);
    }
    for (at = 0; at < SAMPLES; at++) {
        /* Noise of the right size: the sum of uniform numbers. */
        const float uniform = (float)(noise(4u * (unsigned)at) + noise(4u * (unsigned)at + 1) +
                                      noise(4u * (unsigned)at + 2)) / 999.0f - 1.5f;
        stack[at] += 2.0f;
        stack[at] += 2.0f * uniform * sqrtf(stack[at]);
    }
    free(kernel);
    return stack;
}

static abbe_plan *make_depth_plan(abbe_context *context, int64_t slabs) {
    /* One kernel for all is that of the middle, the best that one can be. */
    const double spacing = step_nm * sample_index / immersion_index;
    abbe_plan *plan = NULL;
    abbe_psf *psf = make_optics(context, ABBE_PSF_WIDEFIELD, first_depth_nm + (slabs == 1 ? 14.5 * spacing : 0.0));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 40));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 2.0));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_DEPTH_SLABS, slabs));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    abbe_psf_destroy(psf);
    return plan;
}

/** Mean of the binomial neighbours along an axis, in place. */
static void smooth(double *values, int stride, int extent, int count) {
    double *copy = (double *)malloc((size_t)count * sizeof *copy);
    int at;
    memcpy(copy, values, (size_t)count * sizeof *copy);
    for (at = 0; at < count; at++) {
        const int place = at / stride % extent;
        const double low = place > 0 ? copy[at - stride] : 0.0;
        const double high = place + 1 < extent ? copy[at + stride] : 0.0;
        values[at] = 0.25 * low + 0.5 * copy[at] + 0.25 * high;
    }
    free(copy);
}

/** Root mean square error against the points, both smoothed by a voxel, over the points' own. */
static double error_of(const float *stack) {
    double *off = (double *)malloc(SAMPLES * sizeof *off);
    double *truth = (double *)calloc(SAMPLES, sizeof *truth);
    double *both[2], sums[2] = {0.0, 0.0};
    int at, axis, point;
    both[0] = off;
    both[1] = truth;
    for (point = 0; point < POINTS; point++) {
        truth[points[point][0] * PLANE + points[point][1] * SIDE + points[point][2]] = photons;
    }
    for (at = 0; at < SAMPLES; at++) {
        off[at] = (double)stack[at] - truth[at];
    }
    for (at = 0; at < 2; at++) {
        for (axis = 0; axis < 3; axis++) {
            smooth(both[at], axis == 0 ? PLANE : axis == 1 ? SIDE : 1, axis == 0 ? PLANES : SIDE, SAMPLES);
        }
    }
    for (at = 0; at < SAMPLES; at++) {
        sums[0] += off[at] * off[at];
        sums[1] += truth[at] * truth[at];
    }
    free(off);
    free(truth);
    return sqrt(sums[0] / sums[1]);
}

static void points_are_sharper_with_their_own_depth(abbe_context *context, const float *stack) {
    float *results[3];
    static const int64_t slabs[3] = {1, 6, 0};
    size_t at;
    for (at = 0; at < 3; at++) {
        abbe_plan *plan = make_depth_plan(context, slabs[at]);
        int64_t before = 0, after = 0;
        char *report;
        results[at] = (float *)calloc(SAMPLES, sizeof(float));
        OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &before));
        OK(abbe_plan_commit(plan));
        OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &after));
        CHECK(before == after && before > (int64_t)(2 * SAMPLES * sizeof(float)));
        OK(abbe_plan_execute(plan, stack, SAMPLES * sizeof *stack, results[at], SAMPLES * sizeof(float)));
        report = report_of(plan);
        CHECK((strstr(report, "\"slabs\":[") != NULL) == (slabs[at] != 1));
        free(report);
        abbe_plan_destroy(plan);
    }
    {
        const double one = error_of(results[0]), six = error_of(results[1]), chosen = error_of(results[2]);
        printf("error %.3f with one kernel, %.3f with 6 slabs, %.3f with slabs chosen\n", one, six, chosen);
        CHECK(six < 0.92 * one && chosen < 0.92 * one);
    }
    for (at = 0; at < 3; at++) {
        free(results[at]);
    }
}

static int32_t stop_late(void *user, double fraction) {
    double *seen = (double *)user;
    CHECK(fraction >= *seen);
    *seen = fraction;
    return fraction > 0.7 ? ABBE_CANCEL : ABBE_CONTINUE;
}

static void it_stops_and_starts_again(abbe_context *context, const float *stack) {
    float *result = (float *)calloc(SAMPLES, sizeof *result);
    float *again = (float *)calloc(SAMPLES, sizeof *again);
    abbe_plan *plan = make_depth_plan(context, 4);
    double seen = 0.0;
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 3));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, stack, SAMPLES * sizeof *stack, result, SAMPLES * sizeof *result));
    OK(abbe_plan_set_progress(plan, stop_late, &seen));
    EXPECT(ABBE_ERROR_CANCELLED,
           abbe_plan_execute(plan, stack, SAMPLES * sizeof *stack, again, SAMPLES * sizeof *again));
    CHECK(seen > 0.7 && seen < 0.9);
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    OK(abbe_plan_execute(plan, stack, SAMPLES * sizeof *stack, again, SAMPLES * sizeof *again));
    CHECK(memcmp(result, again, SAMPLES * sizeof *again) == 0);
    abbe_plan_destroy(plan);
    free(result);
    free(again);
}

static void what_has_no_depth_is_refused(abbe_context *context) {
    static const int64_t plane[2] = {SIDE, SIDE};
    abbe_psf *gaussian = make_optics(context, ABBE_PSF_GAUSSIAN, 0.0);
    abbe_plan *plan = make_depth_plan(context, 4);
    OK(abbe_plan_set_psf(plan, gaussian));
    FAILS(ABBE_ERROR_ARGUMENT, "gaussian", abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_DEPTH_SLABS, 0)); /* Nothing changes with depth: one slab. */
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    plan = make_depth_plan(context, PLANES + 1);
    FAILS(ABBE_ERROR_ARGUMENT, "deconvolve.depth_slabs is 31", abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_ARGUMENT, "0 to 256", abbe_plan_set_i64(plan, ABBE_DECONVOLVE_DEPTH_SLABS, 257));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", plane, NULL, 0));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_DEPTH_SLABS, 4));
    FAILS(ABBE_ERROR_ARGUMENT, "1 planes", abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_DEPTH_SLABS, 0));
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    abbe_psf_destroy(gaussian);
}

int main(void) {
    abbe_context *context = NULL;
    float *stack = NULL;
    if (small_only()) {
        return 0; /* Kernels for many depths take valgrind too long. */
    }
    context = make_context(2);
    stack = make_stack(context);
    points_are_sharper_with_their_own_depth(context, stack);
    it_stops_and_starts_again(context, stack);
    what_has_no_depth_is_refused(context);
    free(stack);
    abbe_context_destroy(context);
    return finish();
}
