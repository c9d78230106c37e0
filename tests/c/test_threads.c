/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Several threads on one plan and on many, several contexts, the same bits for any number of threads.
 */
#include "check.h"

#include <pthread.h>

enum { N = 6 * 30 * 37, BYTES = N * 4, CALLERS = 4 };
static const int64_t shape[3] = {6, 30, 37};
static float source[N], expected[N];

struct caller {
    abbe_plan *plan;
    float target[N];
    abbe_status worst;
    int wrong;
};
static struct caller callers[CALLERS];

static void *call(void *user) {
    struct caller *caller = (struct caller *)user;
    int round;
    for (round = 0; round < 3; round++) {
        const abbe_status status = abbe_plan_execute(caller->plan, source, BYTES, caller->target, BYTES);
        caller->worst = status != ABBE_OK ? status : caller->worst;
        caller->wrong += memcmp(caller->target, expected, BYTES) != 0;
    }
    return NULL;
}

static void all_call(void) {
    pthread_t threads[CALLERS];
    int at;
    for (at = 0; at < CALLERS; at++) {
        CHECK(pthread_create(&threads[at], NULL, call, &callers[at]) == 0);
    }
    for (at = 0; at < CALLERS; at++) {
        pthread_join(threads[at], NULL);
        CHECK(callers[at].worst == ABBE_OK && callers[at].wrong == 0);
    }
}

static void *fail_with_a_handle(void *user) {
    (void)user;
    if (abbe_plan_commit(NULL) != ABBE_ERROR_HANDLE) {
        return (void *)"no failure";
    }
    return NULL;
}

/* The text of a failure is the calling thread's own. */
static void error_texts(void) {
    char mine[200], after[200];
    pthread_t thread;
    void *result = NULL;
    abbe_param param;
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find("no.such", &param));
    CHECK(abbe_error_text(NULL, mine, sizeof mine) > 1);
    CHECK(pthread_create(&thread, NULL, fail_with_a_handle, NULL) == 0);
    pthread_join(thread, &result);
    CHECK(result == NULL);
    CHECK(abbe_error_text(NULL, after, sizeof after) > 1);
    CHECK(strcmp(mine, after) == 0);
}

/* Two plans whose progress functions ask for something of each other's plan: none waits, and both come to their end. */
struct crossing {
    abbe_plan *own, *other;
    int *inside;
    int asked;
    float target[N];
};

static int32_t ask_the_other(void *user, double fraction) {
    struct crossing *crossing = (struct crossing *)user;
    int64_t bytes = 0;
    (void)fraction;
    if (!crossing->asked) {
        crossing->asked = 1;
        __atomic_add_fetch(crossing->inside, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(crossing->inside, __ATOMIC_SEQ_CST) < 2) {
        }
        EXPECT(ABBE_ERROR_STATE, abbe_plan_set_i64(crossing->other, ABBE_DECONVOLVE_PADDING, ABBE_PADDING_HALF));
        EXPECT(ABBE_ERROR_BUSY, abbe_plan_try_execute(crossing->other, source, BYTES, crossing->target, BYTES));
        EXPECT(ABBE_ERROR_STATE, abbe_plan_try_execute(crossing->own, source, BYTES, crossing->target, BYTES));
        EXPECT(ABBE_ERROR_STATE, abbe_plan_commit(crossing->other));
        EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(crossing->other, source, BYTES, crossing->target, BYTES));
        EXPECT(ABBE_ERROR_STATE, abbe_plan_set_i64(crossing->own, ABBE_DECONVOLVE_ITERATIONS, 5));
        OK(abbe_plan_get_i64(crossing->other, ABBE_PLAN_WORKSPACE_BYTES, &bytes)); /* Facts never wait. */
        /* Until both have asked: a plan that is done is busy no more. */
        __atomic_add_fetch(crossing->inside, 1, __ATOMIC_SEQ_CST);
        while (__atomic_load_n(crossing->inside, __ATOMIC_SEQ_CST) < 4) {
        }
    }
    return ABBE_CONTINUE;
}

static void *cross(void *user) {
    struct crossing *crossing = (struct crossing *)user;
    OK(abbe_plan_execute(crossing->own, source, BYTES, crossing->target, BYTES));
    CHECK(memcmp(crossing->target, expected, BYTES) == 0);
    return NULL;
}

static void crossing_plans(abbe_context *context) {
    static struct crossing crossings[2];
    abbe_plan *plans[2];
    pthread_t threads[2];
    int at, inside = 0;
    for (at = 0; at < 2; at++) {
        plans[at] = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    }
    for (at = 0; at < 2; at++) {
        crossings[at].own = plans[at];
        crossings[at].other = plans[1 - at];
        crossings[at].inside = &inside;
        OK(abbe_plan_set_progress(plans[at], ask_the_other, &crossings[at]));
    }
    for (at = 0; at < 2; at++) {
        CHECK(pthread_create(&threads[at], NULL, cross, &crossings[at]) == 0);
    }
    for (at = 0; at < 2; at++) {
        pthread_join(threads[at], NULL);
    }
    for (at = 0; at < 2; at++) {
        abbe_plan_destroy(plans[at]);
    }
}

int main(void) {
    static const int64_t counts[] = {1, 2, 5};
    abbe_context *contexts[3];
    abbe_plan *plans[3], *second;
    static float target[N];
    unsigned at;
    for (at = 0; at < N; at++) {
        source[at] = (float)noise(at);
    }
    for (at = 0; at < 3; at++) {
        contexts[at] = make_context(counts[at]);
        plans[at] = make_ready(contexts[at], ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
        OK(abbe_plan_execute(plans[at], source, BYTES, at == 0 ? expected : target, BYTES));
        CHECK(at == 0 || memcmp(target, expected, BYTES) == 0);
    }
    for (at = 0; at < CALLERS; at++) { /* All on one plan. */
        callers[at].plan = plans[1];
    }
    all_call();
    second = make_ready(contexts[1], ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    for (at = 0; at < CALLERS; at++) { /* A plan each, two of them of one context. */
        callers[at].plan = at < 3 ? plans[at] : second;
    }
    all_call();
    abbe_plan_destroy(second);
    crossing_plans(contexts[1]);
    for (at = 0; at < 3; at++) {
        abbe_plan_destroy(plans[at]);
        abbe_context_destroy(contexts[at]);
    }
    error_texts();
    return finish();
}
