/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Progress and cancellation, by the callback and by another thread, at every moment.
 */
#include "check.h"

#include <pthread.h>
#include <time.h>

enum { N = 8 * 40 * 40, BYTES = N * 4 };
static const int64_t shape[3] = {8, 40, 40};
static float source[N], target[N], expected[N];

struct listener {
    abbe_plan *plan;
    double cancel_at; /* Above 1: never. */
    double last;
    int calls, by_function;
};

static int32_t listen(void *user, double fraction) {
    struct listener *listener = (struct listener *)user;
    double seen = -1.0;
    CHECK(fraction >= listener->last && fraction <= 1.0);
    OK(abbe_plan_get_f64(listener->plan, ABBE_PLAN_PROGRESS, &seen)); /* Never waits. */
    CHECK(seen >= fraction && seen <= 1.0);
    listener->last = fraction;
    listener->calls++;
    if (fraction >= listener->cancel_at) {
        if (!listener->by_function) {
            return ABBE_CANCEL;
        }
        abbe_plan_cancel(listener->plan);
    }
    return ABBE_CONTINUE;
}

static void by_callback(abbe_plan *plan) {
    static const double moments[] = {0.0, 1e-9, 0.3, 0.999, 1.0};
    struct listener listener;
    size_t at, by_function;
    double progress = -1.0;
    for (by_function = 0; by_function < 2; by_function++) {
        for (at = 0; at < sizeof moments / sizeof moments[0]; at++) {
            listener.plan = plan;
            listener.cancel_at = moments[at];
            listener.last = 0.0;
            listener.calls = 0;
            listener.by_function = (int)by_function;
            OK(abbe_plan_set_progress(plan, listen, &listener));
            memset(target, 0x22, BYTES);
            if (moments[at] < 1.0) {
                EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute(plan, source, BYTES, target, BYTES));
                CHECK(((char *)target)[0] == 0x22 && ((char *)target)[BYTES - 1] == 0x22);
            } else if (abbe_plan_execute(plan, source, BYTES, target, BYTES) == ABBE_OK) {
                CHECK(memcmp(target, expected, BYTES) == 0); /* Too late to stop it. */
            }
            CHECK(listener.calls > 0);
            /* The next one is as if nothing had been. */
            listener.cancel_at = 2.0;
            listener.last = 0.0;
            OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
            CHECK(memcmp(target, expected, BYTES) == 0);
            CHECK(listener.last == 1.0);
        }
    }
    OK(abbe_plan_get_f64(plan, ABBE_PLAN_PROGRESS, &progress));
    CHECK(progress == 1.0);
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    abbe_plan_cancel(plan); /* Nothing runs: nothing happens, also not to the next. */
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    CHECK(memcmp(target, expected, BYTES) == 0);
}

/* Waits until an execute is on its way, or there is no more to come: a minute at most. */
static void wait_until_it_runs(abbe_plan *plan) {
    const time_t start = time(NULL);
    double progress = 0.0;
    while (abbe_plan_get_f64(plan, ABBE_PLAN_PROGRESS, &progress) == ABBE_OK && progress <= 0.0 &&
           time(NULL) < start + 60) {
    }
}

static void *cancel_when_it_runs(void *user) {
    wait_until_it_runs((abbe_plan *)user);
    abbe_plan_cancel((abbe_plan *)user);
    return NULL;
}

static void by_another_thread(abbe_context *context) {
    pthread_t thread;
    abbe_plan *plan = make_plan(context, 3);
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 10000));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    CHECK(pthread_create(&thread, NULL, cancel_when_it_runs, plan) == 0);
    EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute(plan, source, BYTES, target, BYTES));
    pthread_join(thread, NULL);
    abbe_plan_destroy(plan);
}

struct commit {
    abbe_plan *plan;
    int done;
};

static void *cancel_until_done(void *user) {
    struct commit *commit = (struct commit *)user;
    while (!__atomic_load_n(&commit->done, __ATOMIC_SEQ_CST)) {
        abbe_plan_cancel(commit->plan);
    }
    return NULL;
}

/* A commit can be cancelled too: the plan is not committed then, and can be. It calls no progress function. */
static void commits(abbe_context *context) {
    struct listener listener = {NULL, 2.0, 0.0, 0, 0};
    struct commit commit = {NULL, 0};
    double progress = -1.0;
    int tries = 0;
    abbe_status status;
    pthread_t thread;
    abbe_plan *plan = make_plan(context, 3);
    listener.plan = commit.plan = plan;
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_progress(plan, listen, &listener));
    CHECK(pthread_create(&thread, NULL, cancel_until_done, &commit) == 0);
    /* The other thread may still be on its way. */
    while ((status = abbe_plan_commit(plan)) == ABBE_OK && tries++ < 100000) {
    }
    CHECK(status == ABBE_ERROR_CANCELLED);
    __atomic_store_n(&commit.done, 1, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, BYTES, target, BYTES));
    OK(abbe_plan_commit(plan));
    CHECK(listener.calls == 0);
    OK(abbe_plan_get_f64(plan, ABBE_PLAN_PROGRESS, &progress));
    CHECK(progress == 0.0);
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    CHECK(listener.last == 1.0 && memcmp(target, expected, BYTES) == 0);
    abbe_plan_destroy(plan);
}

static void *destroy_when_it_runs(void *user) {
    wait_until_it_runs((abbe_plan *)user);
    abbe_plan_destroy((abbe_plan *)user);
    return NULL;
}

/* The execute goes on to its end. */
static void destroy_while_running(abbe_context *context) {
    pthread_t thread;
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    CHECK(pthread_create(&thread, NULL, destroy_when_it_runs, plan) == 0);
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    CHECK(memcmp(target, expected, BYTES) == 0);
    pthread_join(thread, NULL);
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_execute(plan, source, BYTES, target, BYTES));
}

int main(void) {
    abbe_context *context = make_context(2);
    abbe_plan *plan;
    unsigned at;
    for (at = 0; at < N; at++) {
        source[at] = (float)noise(at);
    }
    plan = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    OK(abbe_plan_execute(plan, source, BYTES, expected, BYTES));
    by_callback(plan);
    by_another_thread(context);
    commits(context);
    destroy_while_running(context);
    abbe_plan_destroy(plan);
    abbe_context_destroy(context);
    return finish();
}
