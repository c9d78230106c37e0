/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The order of calls, values that are out of range or not numbers, and point spread functions that are no good: each is
 * a status with a text, and the object is as before.
 */
#include "check.h"

enum { N = 4 * 9 * 11 };
static const int64_t shape[3] = {4, 9, 11};

static void fill(float *stack) {
    unsigned at;
    for (at = 0; at < N; at++) {
        stack[at] = (float)noise(at);
    }
}

static void order_of_calls(abbe_context *context) {
    float source[N], target[N], again[N];
    int64_t whole = 0;
    size_t needed = 0;
    abbe_plan *plan = NULL;
    abbe_psf *psf = make_psf(context, 3);
    fill(source);
    OK(abbe_plan_create(context, &plan));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    FAILS(ABBE_ERROR_STATE, "step", abbe_plan_set_psf(plan, psf));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_commit(plan));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_report(plan, NULL, 0, &needed));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    FAILS(ABBE_ERROR_STATE, "input", abbe_plan_commit(plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    FAILS(ABBE_ERROR_STATE, "psf", abbe_plan_commit(plan));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 3));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &whole)); /* Known before commit. */
    CHECK(whole > (int64_t)sizeof source);
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    OK(abbe_plan_execute(plan, source, sizeof source, again, sizeof again));
    CHECK(memcmp(target, again, sizeof target) == 0);
    /* A change makes another commit necessary; one that is refused does not. */
    FAILS(ABBE_ERROR_ARGUMENT, "iterations", abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 0));
    OK(abbe_plan_execute(plan, source, sizeof source, again, sizeof again));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_PADDING, ABBE_PADDING_HALF));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, sizeof source, again, sizeof again));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_report(plan, NULL, 0, &needed));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 5)); /* A live one: of no matter here. */
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, again, sizeof again));
    CHECK(memcmp(target, again, sizeof target) != 0);
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_add_step(plan, 99));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_select_step(plan, 1));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_select_step(plan, -1));
    OK(abbe_plan_execute(plan, source, sizeof source, again, sizeof again));
    OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_set_psf(plan, psf));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 4)); /* Another step's. */
    OK(abbe_plan_select_step(plan, 0));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 4));
    OK(abbe_plan_get_i64(plan, ABBE_DECONVOLVE_ITERATIONS, &whole));
    CHECK(whole == 4);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
}

static void parameters(abbe_context *context) {
    static const double bad[] = {0.0, -1.0, 1e300, (double)NAN, (double)INFINITY, -(double)INFINITY};
    int64_t whole = 0;
    double real = 0.0;
    size_t at;
    abbe_psf *psf = NULL;
    abbe_plan *plan = make_plan(context, 3);
    FAILS(ABBE_ERROR_ARGUMENT, "kind", abbe_psf_create(context, 99, &psf));
    CHECK(psf == NULL);
    OK(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 80.0));
    for (at = 0; at < sizeof bad / sizeof bad[0]; at++) {
        FAILS(ABBE_ERROR_ARGUMENT, "psf.pixel_nm", abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, bad[at]));
    }
    OK(abbe_psf_set_i64(psf, ABBE_PSF_PIXEL_NM, 90));
    OK(abbe_psf_get_f64(psf, ABBE_PSF_PIXEL_NM, &real));
    CHECK(real == 90.0);
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 80.0));
    FAILS(ABBE_ERROR_ARGUMENT, "_set_f64", abbe_psf_set_text(psf, ABBE_PSF_PIXEL_NM, "80"));
    FAILS(ABBE_ERROR_ARGUMENT, "param is 123456", abbe_psf_set_f64(psf, 123456, 1.0));
    FAILS(ABBE_ERROR_ARGUMENT, "must be one of psf.*", abbe_psf_set_f64(psf, ABBE_DECONVOLVE_ITERATIONS, 1.0));
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_psf_set_text(psf, ABBE_PSF_PIXEL_NM, NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "_set_i64", abbe_plan_set_f64(plan, ABBE_DECONVOLVE_ITERATIONS, 4.0));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_set_i64(plan, ABBE_PLAN_INPUT_BYTES, 4)); /* A fact. */
    FAILS(ABBE_ERROR_ARGUMENT, "plan.* or, for the step now chosen, deconvolve.*",
          abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 1.0));
    FAILS(ABBE_ERROR_ARGUMENT, "the steps of this plan are 0 to 0", abbe_plan_select_step(plan, 1));
    FAILS(ABBE_ERROR_ARGUMENT, "context.threads", abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, -1));
    OK(abbe_plan_get_i64(plan, ABBE_DECONVOLVE_ITERATIONS, &whole));
    CHECK(whole == 4);
    FAILS(ABBE_ERROR_ARGUMENT, "use _get_i64", abbe_plan_get_f64(plan, ABBE_DECONVOLVE_ITERATIONS, &real));
    FAILS(ABBE_ERROR_ARGUMENT, "use _get_f64", abbe_plan_get_i64(plan, ABBE_DECONVOLVE_STOP_CHANGE, &whole));
    /* What was set can be taken back. */
    FAILS(ABBE_ERROR_STATE, "has no default", abbe_plan_get_f64(plan, ABBE_DECONVOLVE_BACKGROUND, &real));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 7.0));
    OK(abbe_plan_get_f64(plan, ABBE_DECONVOLVE_BACKGROUND, &real));
    CHECK(real == 7.0);
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_BACKGROUND));
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_BACKGROUND));
    FAILS(ABBE_ERROR_STATE, "has no default", abbe_plan_get_f64(plan, ABBE_DECONVOLVE_BACKGROUND, &real));
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_ITERATIONS));
    OK(abbe_plan_get_i64(plan, ABBE_DECONVOLVE_ITERATIONS, &whole));
    CHECK(whole == 30);
    FAILS(ABBE_ERROR_ARGUMENT, "a fact", abbe_plan_unset(plan, ABBE_PLAN_INPUT_BYTES));
    FAILS(ABBE_ERROR_ARGUMENT, "context.*", abbe_context_unset(context, ABBE_PSF_PIXEL_NM));
    OK(abbe_context_unset(context, ABBE_CONTEXT_THREADS));
    OK(abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, 2));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 77.0));
    OK(abbe_psf_unset(psf, ABBE_PSF_PIXEL_NM));
    FAILS(ABBE_ERROR_ARGUMENT, "psf.*", abbe_psf_unset(psf, ABBE_DECONVOLVE_ITERATIONS));
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
}

/* Cancels at the call of progress that the number says. */
static int32_t cancel_at(void *user, double fraction) {
    int *left = (int *)user;
    (void)fraction;
    return --*left == 0 ? ABBE_CANCEL : ABBE_CONTINUE;
}

/* Series that start from the image before, and images at the ends of what numbers can be. */
static void warm_starts_and_extremes(abbe_context *context) {
    const int64_t two[4] = {2, 4, 9, 11};
    static float source[2 * N], target[2 * N], expected[2 * N];
    double most = 0.0;
    size_t at;
    int calls;
    abbe_plan *plan = make_plan(context, 3), *fresh = NULL;
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_WARM_START, 1));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "czyx", two, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "2 channels", abbe_plan_commit(plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    /* After a cancelled execute the next starts afresh, whenever it was cancelled: at the last call as well. */
    fill(source);
    fresh = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    OK(abbe_plan_execute(fresh, source, N * 4, expected, N * 4));
    for (calls = 1;; calls++) {
        int left = calls;
        abbe_status status;
        OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
        OK(abbe_plan_set_progress(plan, cancel_at, &left));
        status = abbe_plan_execute(plan, source, N * 4, target, N * 4);
        OK(abbe_plan_set_progress(plan, NULL, NULL));
        if (status == ABBE_OK) {
            break;
        }
        CHECK(status == ABBE_ERROR_CANCELLED);
        OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
        CHECK(memcmp(target, expected, N * 4) == 0);
    }
    CHECK(calls > 3);
    /* So it does after an image that was refused. */
    OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
    CHECK(memcmp(target, expected, N * 4) != 0);
    source[5] = NAN;
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_execute(plan, source, N * 4, target, N * 4));
    fill(source);
    OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
    CHECK(memcmp(target, expected, N * 4) == 0);
    /* And after one that was much brighter. */
    for (at = 0; at < N; at++) {
        source[at] *= 1000.0f;
    }
    OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
    fill(source);
    OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
    CHECK(memcmp(target, expected, N * 4) == 0);
    abbe_plan_destroy(fresh);
    abbe_plan_destroy(plan);

    /* Brighter than transforms can be: an error, not a result of NaN. */
    plan = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    for (at = 0; at < N; at++) {
        source[at] = (float)noise((unsigned)at) * 1e32f;
    }
    FAILS(ABBE_ERROR_ARGUMENT, "at most 1e30", abbe_plan_execute(plan, source, N * 4, target, N * 4));
    /* Nothing but noise keeps most of its light. */
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_TIKHONOV));
    OK(abbe_plan_commit(plan));
    for (at = 0; at < N; at++) {
        source[at] = 1000.0f + (float)(noise((unsigned)at) % 30u);
    }
    OK(abbe_plan_execute(plan, source, N * 4, target, N * 4));
    for (at = 0; at < N; at++) {
        most = fmax(most, fabs((double)target[at] - (double)source[at]));
    }
    CHECK(most < 200.0);
    abbe_plan_destroy(plan);
}

struct logged {
    abbe_context *context;
    abbe_plan *plan;
    int lines;
};

static void use_objects(void *user, int32_t level, const char *text) {
    struct logged *logged = (struct logged *)user;
    (void)level;
    (void)text;
    logged->lines++;
    EXPECT(ABBE_ERROR_STATE, abbe_context_set_log(logged->context, NULL, NULL, 0));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_set_i64(logged->plan, ABBE_DECONVOLVE_ITERATIONS, 3));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_commit(logged->plan));
}

/* A log function that uses objects gets an error where it would wait for itself. */
static void log_functions(abbe_context *context) {
    struct logged logged = {NULL, NULL, 0};
    logged.context = context;
    logged.plan = make_plan(context, 3);
    OK(abbe_plan_set_input(logged.plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_context_set_log(context, use_objects, &logged, ABBE_LEVEL_DEBUG));
    OK(abbe_plan_commit(logged.plan));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_select_step(logged.plan, 9));
    OK(abbe_context_set_log(context, NULL, NULL, 0));
    CHECK(logged.lines >= 2);
    abbe_plan_destroy(logged.plan);
}

static void values(abbe_context *context) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    float source[N], target[N], expected[N];
    size_t at;
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    fill(source);
    OK(abbe_plan_execute(plan, source, sizeof source, expected, sizeof expected));
    for (at = 0; at < 3; at++) {
        source[N / 2] = bad[at];
        memset(target, 0x11, sizeof target);
        FAILS(ABBE_ERROR_ARGUMENT, "the first at z 2, y 0, x 0;",
              abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
        CHECK(((unsigned char *)target)[0] == 0x11 && ((unsigned char *)target)[sizeof target - 1] == 0x11);
    }
    source[N / 2] = (float)noise(N / 2);
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    CHECK(memcmp(target, expected, sizeof target) == 0);
    /* Nothing at all, and the largest numbers there are, are images too. */
    memset(source, 0, sizeof source);
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    for (at = 0; at < N; at++) {
        CHECK(fabsf(target[at]) < 1e-6f);
    }
    abbe_plan_destroy(plan);
}

/* Samples that are no point spread function, and plans that get them. */
static void bad_psfs(abbe_context *context) {
    const int64_t three[3] = {3, 3, 3}, zero[3] = {3, 0, 3}, huge[3] = {INT64_MAX, 3, 3}, line[3] = {1, 1, 3};
    const int64_t large[3] = {9, 21, 23};
    float samples[9 * 21 * 23], kept[3];
    size_t at;
    abbe_psf *psf = NULL;
    abbe_plan *plan = make_plan(context, 3);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &psf));
    OK(abbe_plan_set_psf(plan, psf));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_commit(plan)); /* No samples yet. */
    for (at = 0; at < 9 * 21 * 23; at++) {
        samples[at] = 0.0f;
    }
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_set_samples(psf, NULL, 3, three));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_set_samples(psf, samples, 3, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_set_samples(psf, samples, 4, three));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_set_samples(psf, samples, 3, zero));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_set_samples(psf, samples, 3, huge));
    /* Empty, negative, not a number: refused when given, or at the latest by commit. */
    for (at = 0; at < 4; at++) {
        static const float bad[] = {0.0f, -1.0f, NAN, INFINITY};
        samples[13] = bad[at];
        if (abbe_psf_set_samples(psf, samples, 3, three) == ABBE_OK) {
            const abbe_status status = abbe_plan_commit(plan);
            CHECK(status == ABBE_ERROR_ARGUMENT || status == ABBE_ERROR_STATE);
        }
    }
    /* Off centre: centred. */
    samples[0] = samples[13] = 0.0f;
    samples[0] = 0.0f;
    kept[0] = kept[1] = kept[2] = 0.0f;
    samples[0] = 0.0f;
    samples[1] = 0.0f;
    samples[2] = 1.0f;
    OK(abbe_psf_set_f64(psf, ABBE_PSF_BACKGROUND, 0.0));
    OK(abbe_psf_set_samples(psf, samples, 3, line));
    OK(abbe_psf_sample(psf, kept, 3, line));
    CHECK(kept[1] > 0.9f && fabsf(kept[0]) < 0.1f && fabsf(kept[2]) < 0.1f);
    /* Larger than the image: cut or refused, never read beyond. */
    samples[2] = 0.0f;
    samples[(4 * 21 + 10) * 23 + 11] = 1.0f;
    samples[(4 * 21 + 10) * 23 + 10] = 0.5f;
    samples[(4 * 21 + 10) * 23 + 12] = 0.5f;
    samples[0] = 0.01f;
    OK(abbe_psf_set_samples(psf, samples, 3, large));
    if (abbe_plan_commit(plan) == ABBE_OK) {
        float source[N], target[N];
        fill(source);
        OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    }
    abbe_psf_destroy(psf);
    abbe_plan_destroy(plan);

    /* Optics that cannot be. */
    OK(abbe_psf_create(context, ABBE_PSF_WIDEFIELD, &psf));
    FAILS(ABBE_ERROR_STATE, "psf.", abbe_psf_sample(psf, kept, 3, line));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.6));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 525.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 65.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 200.0));
    FAILS(ABBE_ERROR_ARGUMENT, "numerical_aperture", abbe_psf_sample(psf, kept, 3, line));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.4));
    OK(abbe_psf_sample(psf, kept, 3, line));
    CHECK(kept[1] > 0.0f);
    abbe_psf_destroy(psf);
}

int main(void) {
    abbe_context *context = make_context(2);
    order_of_calls(context);
    parameters(context);
    values(context);
    log_functions(context);
    warm_starts_and_extremes(context);
    bad_psfs(context);
    abbe_context_destroy(context);
    return finish();
}
