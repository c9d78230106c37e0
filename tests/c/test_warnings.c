/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What is suspicious is said: in the log, once per commit, and in every report.
 */
#include "check.h"

#define SIDE 48
#define N (SIDE * SIDE)

static const int64_t shape[2] = {SIDE, SIDE};

/* Counts log lines and remembers the last. */
struct lines {
    int count;
    char last[800];
};

static void remember(void *user, int32_t level, const char *text) {
    struct lines *lines = (struct lines *)user;
    if (level == ABBE_LEVEL_WARNING) {
        lines->count++;
        snprintf(lines->last, sizeof lines->last, "%s", text);
    }
}

/* Points on a level, with noise around it. */
static void scene(float *image, double level, double points) {
    int at;
    for (at = 0; at < N; at++) {
        const int y = at / SIDE, x = at % SIDE;
        image[at] = (float)(level + (y % 16 == 8 && x % 16 == 8 ? points : 0.0) + (double)(noise((unsigned)at) % 21) - 10.0);
    }
}

/* A point spread function that nothing is suspicious about. */
static abbe_psf *make_gaussian(abbe_context *context) {
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_SIGMA_NM, 130.0));
    return psf;
}

static abbe_plan *ready(abbe_context *context, abbe_dtype target) {
    abbe_plan *plan = make_plan(context, 2);
    abbe_psf *psf = make_gaussian(context);
    OK(abbe_plan_set_psf(plan, psf));
    abbe_psf_destroy(psf);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, target, NULL, 0));
    return plan;
}

/* The warnings of an execute: none, or one that has `part`, in the log of the first and in the reports of both. */
static void warns(abbe_plan *plan, struct lines *lines, const float *image, const char *part) {
    static float target[N];
    int times;
    lines->count = 0;
    OK(abbe_plan_commit(plan));
    for (times = 0; times < 2; times++) {
        char *report, *warnings;
        OK(abbe_plan_execute(plan, image, N * sizeof *image, target, sizeof target));
        CHECK(lines->count == (part != NULL));
        CHECK(!part || strstr(lines->last, part));
        report = report_of(plan);
        warnings = strstr(report, "\"warnings\":[");
        CHECK(warnings && (part ? strstr(warnings, part) != NULL : strncmp(warnings, "\"warnings\":[]", 13) == 0));
        if (failures) {
            printf("expected %s, log: %s\n", part ? part : "nothing", lines->last);
        }
        free(report);
    }
}

static void dark_and_negative_images(abbe_context *context, struct lines *lines) {
    static float image[N], dark[N];
    abbe_plan *plan = ready(context, ABBE_DTYPE_F32);
    scene(image, 100.0, 400.0);
    scene(dark, -1000.0, 400.0);
    warns(plan, lines, image, NULL);
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 5000.0));
    warns(plan, lines, image, "no sample above deconvolve.background, 5000");
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_BACKGROUND));
    warns(plan, lines, dark, "all 0");
    /* The level subtracted, so that half of the noise is below 0: that is seen, unless it is said to be light; a negative
       background says so too. */
    scene(image, 0.0, 400.0);
    warns(plan, lines, image, NULL);
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_CONTRAST, ABBE_CONTRAST_EMISSION));
    warns(plan, lines, image, "negative");
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_CONTRAST));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, -10.0));
    warns(plan, lines, image, NULL);
    /* Filters take negative samples as they are. */
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_BACKGROUND));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_WIENER));
    /* They do not iterate. */
    lines->count = 0;
    OK(abbe_plan_commit(plan));
    CHECK(lines->count == 2 && strstr(lines->last, "is set and has no effect here"));
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_ITERATIONS));
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_STOP));
    warns(plan, lines, image, NULL);
    abbe_plan_destroy(plan);
    /* A background step with another image's number; a number alone chooses the mode. */
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    OK(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 1000.0));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    scene(image, 100.0, 400.0);
    warns(plan, lines, image, "the background step took 1000");
    OK(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 100.0));
    warns(plan, lines, image, NULL);
    abbe_plan_destroy(plan);
}

static void cut_samples(abbe_context *context, struct lines *lines) {
    static float image[N];
    int64_t clipped = -1;
    double gain = 0.0, offset = -1.0;
    abbe_plan *plan = ready(context, ABBE_DTYPE_U8);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_CLIPPED, &clipped));
    CHECK(clipped == 0);
    scene(image, 20.0, 1200.0);
    /* Nine points do not fit 8 bits: fewer than one in a hundred, and what is measured most. */
    warns(plan, lines, image, "above");
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_CLIPPED, &clipped));
    CHECK(clipped >= 9 && clipped < N / 100);
    if (failures) {
        printf("%d clipped\n", (int)clipped);
    }
    /* A step at the end makes room for the highest, and says how to take that back. */
    OK(abbe_plan_get_f64(plan, ABBE_PLAN_OUTPUT_GAIN, &gain));
    CHECK(gain == 1.0);
    OK(abbe_plan_add_step(plan, ABBE_STEP_OUTPUT));
    OK(abbe_plan_set_f64(plan, ABBE_OUTPUT_HIGHEST, 255.0));
    OK(abbe_plan_set_f64(plan, ABBE_OUTPUT_OFFSET, 5.0));
    warns(plan, lines, image, NULL);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_CLIPPED, &clipped));
    OK(abbe_plan_get_f64(plan, ABBE_PLAN_OUTPUT_GAIN, &gain));
    OK(abbe_plan_get_f64(plan, ABBE_PLAN_OUTPUT_OFFSET, &offset));
    CHECK(clipped == 0 && gain > 0.0 && gain < 1.0 && offset == 5.0);
    abbe_plan_destroy(plan);
}

static void two_deconvolutions(abbe_context *context, struct lines *lines) {
    abbe_plan *plan = ready(context, ABBE_DTYPE_F32);
    abbe_psf *psf = make_gaussian(context);
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    lines->count = 0;
    OK(abbe_plan_commit(plan));
    CHECK(lines->count == 1 && strstr(lines->last, "steps [0, 1]"));
    abbe_psf_destroy(psf);
    abbe_plan_destroy(plan);
}

/* A misfit is no matter of more iterations where there is no noise. */
static void misfits(abbe_context *context, struct lines *lines) {
    static float image[N];
    int at;
    abbe_plan *plan = ready(context, ABBE_DTYPE_F32);
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_AUTOMATIC));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 2));
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_STOP));
    for (at = 0; at < N; at++) {
        const double y = at / SIDE - 20.3, x = at % SIDE - 25.1;
        image[at] = (float)(1000.0 * exp(-(y * y + x * x) / 72.0) + 100.0);
    }
    warns(plan, lines, image, "hardly any noise");
    abbe_plan_destroy(plan);
}

/* Calls what a log function may not, and what it may. */
static void meddle(void *user, int32_t level, const char *text) {
    abbe_context *context = (abbe_context *)user;
    int32_t number;
    (void)level;
    CHECK(strcmp(error_text(), text) == 0);
    FAILS(ABBE_ERROR_STATE, "log function", abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, 1));
    FAILS(ABBE_ERROR_ARGUMENT, "none.such", abbe_param_find("none.such", &number));
}

/* The failure of a call keeps its text, whatever a log function gets wrong meanwhile. */
static void failures_in_the_log(void) {
    abbe_context *context = make_context(1);
    OK(abbe_context_set_log(context, meddle, context, ABBE_LEVEL_ERROR));
    FAILS(ABBE_ERROR_ARGUMENT, "context.threads is -5", abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, -5));
    FAILS(ABBE_ERROR_ARGUMENT, "context.threads is -6", abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, -6));
    OK(abbe_context_set_log(context, NULL, NULL, ABBE_LEVEL_ERROR));
    abbe_context_destroy(context);
}

int main(void) {
    struct lines lines = {0, ""};
    abbe_context *context = make_context(2);
    OK(abbe_context_set_log(context, remember, &lines, ABBE_LEVEL_WARNING));
    dark_and_negative_images(context, &lines);
    cut_samples(context, &lines);
    two_deconvolutions(context, &lines);
    misfits(context, &lines);
    failures_in_the_log();
    abbe_context_destroy(context);
    return finish();
}
