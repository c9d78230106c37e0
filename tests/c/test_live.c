/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Live plans: numbers that change without a commit, an execute that does not wait, the report of the image before.
 * The truth for a number that was changed is a plan that was committed with it.
 */
#include "check.h"

#include <pthread.h>

enum { N = 4 * 40 * 40, BYTES = N * 4 };
static const int64_t shape[3] = {4, 40, 40};
static float source[N], target[N], expected[N];

/* A step with one parameter set before the commit, another value of it, and what the step needs. */
struct change {
    abbe_step step;
    abbe_param setting; /* Set before the commit to `choice`; 0: none. */
    int64_t choice;
    abbe_param param;
    double before, after;
};

static const struct change changes[] = {
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY, ABBE_DECONVOLVE_ITERATIONS, 2, 7},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY, ABBE_DECONVOLVE_BACKGROUND, 5, 90},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_TEMPERED, ABBE_DECONVOLVE_TEMPERING, 0.1, 2},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_TOTAL_VARIATION, ABBE_DECONVOLVE_TOTAL_VARIATION,
     0.001, 0.05},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_WIENER, ABBE_DECONVOLVE_NOISE_TO_SIGNAL, 0.1, 1e-3},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_STOP, ABBE_STOP_DISCREPANCY, ABBE_DECONVOLVE_STOP_MISFIT, 0.9, 40},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_STOP, ABBE_STOP_DISCREPANCY, ABBE_DECONVOLVE_PHOTON_GAIN, 1, 50},
    {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_STOP, ABBE_STOP_CHANGE, ABBE_DECONVOLVE_STOP_CHANGE, 0.5, 1e-4},
    {ABBE_STEP_DENOISE, 0, 0, ABBE_DENOISE_STRENGTH, 0.5, 2},
    {ABBE_STEP_DENOISE, ABBE_DENOISE_METHOD, ABBE_DENOISE_METHOD_TOTAL_VARIATION, ABBE_DENOISE_GAIN, 0.5, 4},
    {ABBE_STEP_DENOISE, 0, 0, ABBE_DENOISE_READ_NOISE, 1, 30},
    {ABBE_STEP_DENOISE, 0, 0, ABBE_DENOISE_OFFSET, 0, 80},
    {ABBE_STEP_BACKGROUND, 0, 0, ABBE_BACKGROUND_VALUE, 10, 33},
    {ABBE_STEP_BACKGROUND, ABBE_BACKGROUND_MODE, ABBE_BACKGROUND_PERCENTILE, ABBE_BACKGROUND_PERCENT, 10, 50},
    {ABBE_STEP_OUTPUT, ABBE_OUTPUT_MODE, ABBE_OUTPUT_STATED, ABBE_OUTPUT_GAIN, 0.5, 3},
    {ABBE_STEP_OUTPUT, 0, 0, ABBE_OUTPUT_OFFSET, 0, 12},
    {ABBE_STEP_OUTPUT, 0, 0, ABBE_OUTPUT_HIGHEST, 255, 99},
};

static abbe_plan *make(abbe_context *context, const struct change *change, double value) {
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, change->step));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    if (change->step == ABBE_STEP_DECONVOLVE) {
        abbe_psf *psf = make_psf(context, 3);
        OK(abbe_plan_set_psf(plan, psf));
        abbe_psf_destroy(psf);
    }
    if (change->setting) {
        OK(abbe_plan_set_i64(plan, change->setting, change->choice));
    }
    if (change->param == ABBE_DECONVOLVE_ITERATIONS) {
        OK(abbe_plan_set_i64(plan, change->param, (int64_t)value));
    } else {
        OK(abbe_plan_set_f64(plan, change->param, value));
    }
    OK(abbe_plan_commit(plan));
    return plan;
}

static void text_of(abbe_plan *plan, char *json, size_t capacity) {
    size_t needed = 0;
    OK(abbe_plan_report(plan, NULL, 0, &needed));
    CHECK(needed <= capacity);
    OK(abbe_plan_report(plan, json, capacity, NULL));
}

static void values_change(abbe_context *context) {
    static float first[N];
    static char json[60000];
    size_t at;
    for (at = 0; at < sizeof changes / sizeof changes[0]; at++) {
        const struct change *change = &changes[at];
        abbe_plan *plan = make(context, change, change->before), *truth = make(context, change, change->after);
        OK(abbe_plan_execute(plan, source, BYTES, first, BYTES));
        OK(abbe_plan_execute(truth, source, BYTES, expected, BYTES));
        if (change->param == ABBE_DECONVOLVE_ITERATIONS) {
            OK(abbe_plan_set_i64(plan, change->param, (int64_t)change->after));
        } else {
            OK(abbe_plan_set_f64(plan, change->param, change->after));
        }
        OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
        CHECK(memcmp(target, expected, BYTES) == 0);
        if (memcmp(target, first, BYTES) == 0 || memcmp(target, expected, BYTES) != 0) {
            printf("change %d: param %d\n", (int)at, (int)change->param);
        }
        CHECK(memcmp(target, first, BYTES) != 0); /* It was of effect. */
        /* And back; a value out of range changes nothing. */
        EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_set_f64(plan, change->param, -1e300));
        if (change->param == ABBE_DECONVOLVE_ITERATIONS) {
            OK(abbe_plan_set_i64(plan, change->param, (int64_t)change->before));
            /* The report is of the execute before: it has the number that was used. */
            text_of(plan, json, sizeof json);
            CHECK(strstr(json, "\"deconvolve.iterations\":7") != NULL);
        } else {
            OK(abbe_plan_set_f64(plan, change->param, change->before));
        }
        OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
        CHECK(memcmp(target, first, BYTES) == 0);
        abbe_plan_destroy(truth);
        abbe_plan_destroy(plan);
    }
}

/* What needs memory or another way of working asks for a commit, and harms nothing. */
static void refusals(abbe_context *context) {
    static const struct change plain = {ABBE_STEP_DECONVOLVE, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY,
                                        ABBE_DECONVOLVE_ITERATIONS, 2, 3};
    static const struct change taken = {ABBE_STEP_BACKGROUND, 0, 0, ABBE_BACKGROUND_VALUE, 10, 20};
    abbe_plan *plan = make(context, &plain, 2);
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 50));
    memset(target, 0x22, BYTES);
    FAILS(ABBE_ERROR_STATE, "abbe_plan_commit()", abbe_plan_execute(plan, source, BYTES, target, BYTES));
    CHECK(((char *)target)[0] == 0x22);
    FAILS(ABBE_ERROR_STATE, "abbe_plan_commit()", abbe_plan_execute(plan, source, BYTES, target, BYTES));
    OK(abbe_plan_unset(plan, ABBE_DECONVOLVE_BACKGROUND));
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 50));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    abbe_plan_destroy(plan);
    /* Where later steps know the camera, they would know another. */
    plan = make(context, &taken, 10);
    OK(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 20));
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    OK(abbe_plan_set_f64(plan, ABBE_PLAN_CAMERA_OFFSET, 10));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, BYTES, target, BYTES));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 30));
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, BYTES, target, BYTES));
    abbe_plan_destroy(plan);
}

struct asked {
    abbe_plan *plan;
    int running, done;
};

static int32_t hold(void *user, double fraction) {
    struct asked *asked = (struct asked *)user;
    (void)fraction;
    __atomic_store_n(&asked->running, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&asked->done, __ATOMIC_SEQ_CST)) {
    }
    return ABBE_CONTINUE;
}

static void *run(void *user) {
    OK(abbe_plan_execute(((struct asked *)user)->plan, source, BYTES, target, BYTES));
    return NULL;
}

/* While an image runs: the report is that of the one before, settings are read and changed, nothing waits. */
static void while_it_runs(abbe_context *context) {
    static char before[60000], during[60000];
    static float mine[N];
    struct asked asked = {NULL, 0, 0};
    int64_t value = 0;
    pthread_t thread;
    abbe_plan *plan = make(context, &changes[0], 2);
    asked.plan = plan;
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    text_of(plan, before, sizeof before);
    OK(abbe_plan_try_execute(plan, source, BYTES, mine, BYTES));
    CHECK(memcmp(mine, target, BYTES) == 0);
    text_of(plan, before, sizeof before);
    OK(abbe_plan_set_progress(plan, hold, &asked));
    CHECK(pthread_create(&thread, NULL, run, &asked) == 0);
    while (!__atomic_load_n(&asked.running, __ATOMIC_SEQ_CST)) {
    }
    FAILS(ABBE_ERROR_BUSY, "busy", abbe_plan_try_execute(plan, source, BYTES, mine, BYTES));
    text_of(plan, during, sizeof during);
    CHECK(strcmp(before, during) == 0 && strstr(during, "\"finished\":true") != NULL);
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 7));
    OK(abbe_plan_get_i64(plan, ABBE_DECONVOLVE_ITERATIONS, &value));
    CHECK(value == 7);
    __atomic_store_n(&asked.done, 1, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    CHECK(memcmp(mine, target, BYTES) == 0); /* The one that ran still had the number of its start. */
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    OK(abbe_plan_try_execute(plan, source, BYTES, target, BYTES));
    CHECK(memcmp(mine, target, BYTES) != 0);
    text_of(plan, during, sizeof during);
    CHECK(strstr(during, "\"iterations\":7") != NULL);
    abbe_plan_destroy(plan);
}

int main(void) {
    abbe_context *context = make_context(1);
    int at;
    for (at = 0; at < N; at++) {
        const double y = at / 40 % 40 - 20.3, x = at % 40 - 18.1;
        source[at] = (float)(400.0 * exp(-(y * y + x * x) / 30.0) + 100.0 + 20.0 * noise((unsigned)at));
    }
    values_change(context);
    refusals(context);
    while_it_runs(context);
    abbe_context_destroy(context);
    return finish();
}
