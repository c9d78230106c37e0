/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Filters, deblurring, super-resolution and other grids of samples, as hosts call them.
 */
#include "check.h"

#define SIDE 48
#define N (SIDE * SIDE)
#define FRAMES 4

static const int64_t shape[2] = {SIDE, SIDE};

/* A spot at (20, 27), on a level with noise and stripes along x. */
static void scene(uint16_t *image, int stripes) {
    int at;
    for (at = 0; at < N; at++) {
        const double y = at / SIDE - 20.0, x = at % SIDE - 27.0;
        const double stripe = stripes ? 40.0 * (at / SIDE % 3) : 0.0;
        image[at] = (uint16_t)(500.0 + noise((unsigned)at) % 9 + stripe + 2000.0 * exp(-(y * y + x * x) / 6.0));
    }
}

static abbe_plan *plan_of(abbe_context *context, abbe_step step) {
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, step));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    return plan;
}

/* Runs the plan; the extents of its result must be those. */
static void run(abbe_plan *plan, const uint16_t *image, size_t samples, float *result, int64_t side) {
    int64_t found[8], bytes = 0;
    int32_t ndim = 0;
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_output_shape(plan, found, 8, &ndim));
    CHECK(ndim >= 2 && found[ndim - 1] == side && found[ndim - 2] == side);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_OUTPUT_BYTES, &bytes));
    OK(abbe_plan_execute(plan, image, samples * sizeof *image, result, (size_t)bytes));
}

/* Whether the report says that the result may be measured. */
static int quantitative(const abbe_plan *plan) {
    char *report = report_of(plan);
    const int is = strstr(report, "\"quantitative\":true") != NULL;
    CHECK(is || strstr(report, "\"quantitative\":false") != NULL);
    free(report);
    return is;
}

/* Middle of what is above a level on pixels of 1 / m, in pixels of the image. */
static void middle(const float *image, int m, float level, double *y, double *x) {
    double sum = 0.0;
    int at;
    *y = *x = 0.0;
    for (at = 0; at < N * m * m; at++) {
        const double light = image[at] > level ? image[at] - level : 0.0;
        sum += light;
        *y += light * ((at / (SIDE * m) + 0.5) / m - 0.5);
        *x += light * ((at % (SIDE * m) + 0.5) / m - 0.5);
    }
    *y /= sum;
    *x /= sum;
}

static void filters(abbe_context *context) {
    static uint16_t image[N];
    static float result[N];
    double striped = 0.0, clean = 0.0, sum = 0.0;
    abbe_plan *plan = plan_of(context, ABBE_STEP_FILTER);
    int at;
    scene(image, 1);
    OK(abbe_plan_set_i64(plan, ABBE_FILTER_KIND, ABBE_FILTER_STRIPES));
    OK(abbe_plan_set_i64(plan, ABBE_FILTER_ALONG, ABBE_FILTER_ALONG_X));
    run(plan, image, N, result, SIDE);
    CHECK(!quantitative(plan));
    for (at = 0; at < SIDE; at++) {
        striped += fabs((double)image[30 * SIDE + at] - image[32 * SIDE + at]);
        clean += fabs((double)result[30 * SIDE + at] - result[32 * SIDE + at]);
    }
    CHECK(clean < 0.3 * striped);

    OK(abbe_plan_set_i64(plan, ABBE_FILTER_KIND, ABBE_FILTER_CLAHE));
    run(plan, image, N, result, SIDE);
    CHECK(!quantitative(plan));
    for (at = 0; at < N; at++) {
        CHECK(result[at] >= 500.0f && result[at] <= 2600.0f);
    }

    OK(abbe_plan_set_i64(plan, ABBE_FILTER_KIND, ABBE_FILTER_BAND_PASS));
    run(plan, image, N, result, SIDE);
    for (at = 0; at < N; at++) {
        sum += result[at];
    }
    CHECK(fabs(sum) < 1.0); /* No mean passes. */
    OK(abbe_plan_set_f64(plan, ABBE_FILTER_SHORTEST_PX, 50.0));
    FAILS(ABBE_ERROR_ARGUMENT, "filter.longest_px is 40 with a filter.shortest_px of 50; it must be larger", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
}

static void deblurring(abbe_context *context) {
    static uint16_t image[N];
    static float result[4 * N];
    double before = 0.0, after = 0.0, y, x;
    abbe_plan *plan = plan_of(context, ABBE_STEP_REASSIGN);
    int at;
    scene(image, 0);
    OK(abbe_plan_set_f64(plan, ABBE_REASSIGN_FWHM_PX, 4.1));
    run(plan, image, N, result, 2 * SIDE);
    CHECK(quantitative(plan));
    for (at = 0; at < 4 * N; at++) {
        before += at < N ? image[at] : 0.0;
        after += result[at];
    }
    CHECK(fabs(after / before / 4.0 - 1.0) < 1e-5);
    middle(result, 2, 700.0f, &y, &x);
    CHECK(fabs(y - 20.0) < 0.05 && fabs(x - 27.0) < 0.05);
    abbe_plan_destroy(plan);
}

static void series(abbe_context *context) {
    static uint16_t images[FRAMES * N];
    static float results[FRAMES * 9 * N];
    static const int64_t frames[3] = {FRAMES, SIDE, SIDE};
    double y, x;
    abbe_plan *plan = plan_of(context, ABBE_STEP_ESRRF);
    int at;
    for (at = 0; at < FRAMES; at++) {
        scene(images + at * N, 0);
    }
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "tyx", frames, NULL, 0));
    OK(abbe_plan_set_i64(plan, ABBE_ESRRF_MAGNIFICATION, 3));
    OK(abbe_plan_set_i64(plan, ABBE_ESRRF_FRAMES, FRAMES));
    run(plan, images, FRAMES * N, results, 3 * SIDE);
    CHECK(!quantitative(plan));
    for (at = 0; at < FRAMES; at++) {
        /* A still scene: each result is the mean of the same frames. */
        CHECK(memcmp(results + at * 9 * N, results, 9 * N * sizeof *results) == 0);
    }
    middle(results, 3, 500.0f, &y, &x);
    CHECK(fabs(y - 20.0) < 0.05 && fabs(x - 27.0) < 0.05);
    OK(abbe_plan_set_i64(plan, ABBE_ESRRF_OVER, ABBE_ESRRF_OVER_VARIANCE));
    run(plan, images, FRAMES * N, results, 3 * SIDE);
    for (at = 0; at < 9 * N; at++) {
        CHECK(results[at] == 0.0f);
    }
    OK(abbe_plan_set_i64(plan, ABBE_ESRRF_FRAMES, FRAMES + 1));
    FAILS(ABBE_ERROR_ARGUMENT, "esrrf.frames is 5 for images of 4 time points", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
}

static void grids(abbe_context *context) {
    static uint16_t image[N];
    static float result[4 * N];
    double y, x;
    abbe_plan *plan = plan_of(context, ABBE_STEP_RESAMPLE);
    scene(image, 0);
    OK(abbe_plan_set_f64(plan, ABBE_RESAMPLE_FACTOR_PX, 2.0));
    run(plan, image, N, result, 2 * SIDE);
    middle(result, 2, 700.0f, &y, &x);
    CHECK(fabs(y - 20.0) < 0.05 && fabs(x - 27.0) < 0.05);
    OK(abbe_plan_set_f64(plan, ABBE_RESAMPLE_FACTOR_PX, 0.75));
    run(plan, image, N, result, SIDE * 3 / 4);
    OK(abbe_plan_set_f64(plan, ABBE_RESAMPLE_STEP_NM, 300.0));
    FAILS(ABBE_ERROR_ARGUMENT, "one of resample.pixel_nm and resample.step_nm is set", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
}

/* What single precision cannot hold is refused, and the target stays as it was. */
static void ends_of_numbers(abbe_context *context) {
    static float image[N], result[N];
    abbe_plan *plan = plan_of(context, ABBE_STEP_FILTER);
    int at;
    for (at = 0; at < N; at++) {
        image[at] = at % 2 ? 3e38f : -3e38f;
        result[at] = 7.0f;
    }
    OK(abbe_plan_set_i64(plan, ABBE_FILTER_KIND, ABBE_FILTER_UNSHARP));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_ARGUMENT, "dst would hold samples that are infinite: those of src are too large",
          abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
    for (at = 0; at < N; at++) {
        CHECK(result[at] == 7.0f);
        image[at] *= 1e-30f;
    }
    OK(abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
    abbe_plan_destroy(plan);
}

int main(void) {
    abbe_context *context = make_context(2);
    filters(context);
    deblurring(context);
    series(context);
    grids(context);
    ends_of_numbers(context);
    abbe_context_destroy(context);
    return finish();
}
