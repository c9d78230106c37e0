/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Streams: every frame is counted and released once, whatever the host does; results are those of the plan itself. Nothing here
 * depends on how long anything takes.
 */
#include "check.h"

#include <pthread.h>

enum { SIDE = 24, N = SIDE * SIDE, BYTES = N * 2, MOST = 1000, COUNTS = ABBE_COUNT_MISSING + 1, FACTS = ABBE_RESULT_FLAGS + 1 };
static const int64_t shape[2] = {SIDE, SIDE};
static uint16_t frames[8][N], expected[8][N];

static abbe_plan *make_live(abbe_context *context, int iterations) {
    abbe_plan *plan = make_plan(context, 2);
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, iterations));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    return plan;
}

static void counts_of(abbe_stream *stream, int64_t *counts) {
    OK(abbe_stream_counts(stream, counts, COUNTS));
    CHECK(counts[ABBE_COUNT_SUBMITTED] ==
          counts[ABBE_COUNT_DELIVERED] + counts[ABBE_COUNT_DROPPED_OVERFLOW] + counts[ABBE_COUNT_DROPPED_DEADLINE] +
              counts[ABBE_COUNT_DROPPED_BY_HOST] + counts[ABBE_COUNT_FAILED] + counts[ABBE_COUNT_PENDING]);
}

struct heard {
    abbe_stream *stream, *other;
    int released[MOST], taken[MOST];
    int results, wrong;
    int64_t last_sequence, last_number, last_level;
    int meddle, block, inside;
};

struct released {
    struct heard *heard;
    int number;
};
static struct released tickets[MOST];

static void release(void *user, const void *frame) {
    struct released *ticket = (struct released *)user;
    __atomic_add_fetch(&ticket->heard->released[ticket->number], 1, __ATOMIC_SEQ_CST);
    if (frame != frames[ticket->number % 8]) {
        ticket->heard->wrong++;
    }
}

static void result(void *user, const void *image, size_t bytes, const int64_t *facts, int32_t count) {
    struct heard *heard = (struct heard *)user;
    const int64_t number = facts[ABBE_RESULT_NUMBER];
    heard->wrong += bytes != BYTES || count < FACTS || facts[ABBE_RESULT_SEQUENCE] <= heard->last_sequence;
    heard->wrong += memcmp(image, expected[number % 8], BYTES) != 0;
    heard->wrong += facts[ABBE_RESULT_SUBMITTED_NS] > facts[ABBE_RESULT_STARTED_NS] ||
                    facts[ABBE_RESULT_STARTED_NS] > facts[ABBE_RESULT_DONE_NS];
    heard->last_sequence = facts[ABBE_RESULT_SEQUENCE];
    heard->last_number = number;
    heard->last_level = facts[ABBE_RESULT_LEVEL];
    heard->taken[number]++;
    heard->results++;
    if (heard->meddle) {
        int64_t counts[COUNTS];
        int32_t answer = -1;
        heard->meddle = 0;
        counts_of(heard->stream, counts);
        FAILS(ABBE_ERROR_STATE, "from a thread of the host's", abbe_stream_wait(heard->stream, 10));
        abbe_stream_destroy(heard->stream); /* Refused: the handle is as good as before. */
        /* Another's function may wait for this one in turn. */
        FAILS(ABBE_ERROR_STATE, "from a thread of the host's", abbe_stream_wait(heard->other, 10));
        abbe_stream_destroy(heard->other);
        tickets[1].heard = heard;
        tickets[1].number = 1;
        OK(abbe_stream_submit(heard->stream, frames[1], BYTES, 1, release, &tickets[1], &answer));
        CHECK(answer == ABBE_SUBMITTED_ACCEPTED);
    }
    __atomic_store_n(&heard->inside, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&heard->block, __ATOMIC_SEQ_CST)) {
    }
}

static abbe_stream *make_stream(abbe_plan *plan, int64_t mode, int64_t places, struct heard *heard) {
    abbe_stream *stream = NULL;
    OK(abbe_stream_create(plan, &stream));
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_MODE, mode));
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_FRAMES, places));
    if (heard) {
        memset(heard, 0, sizeof *heard);
        heard->stream = stream;
        heard->last_sequence = -1;
        OK(abbe_stream_set_result(stream, result, heard));
    }
    return stream;
}

static int32_t submit(abbe_stream *stream, struct heard *heard, int number) {
    int32_t answer = -1;
    tickets[number].heard = heard;
    tickets[number].number = number;
    OK(abbe_stream_submit(stream, frames[number % 8], BYTES, number, release, &tickets[number], &answer));
    return answer;
}

/* More frames than can be done: the newest are kept, each is accounted for and released once. */
static void overload(abbe_plan *plan) {
    static struct heard heard;
    int64_t counts[COUNTS];
    int at, replaced = 0;
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LATEST, 2, &heard);
    OK(abbe_stream_start(stream));
    for (at = 0; at < MOST; at++) {
        const int32_t answer = submit(stream, &heard, at);
        CHECK(answer == ABBE_SUBMITTED_ACCEPTED || answer == ABBE_SUBMITTED_REPLACED);
        replaced += answer == ABBE_SUBMITTED_REPLACED;
        counts_of(stream, counts);
        CHECK(counts[ABBE_COUNT_SUBMITTED] == at + 1 && counts[ABBE_COUNT_PENDING] <= 3);
    }
    OK(abbe_stream_wait(stream, 100000));
    counts_of(stream, counts);
    CHECK(counts[ABBE_COUNT_PENDING] == 0 && counts[ABBE_COUNT_DROPPED_OVERFLOW] == replaced);
    CHECK(counts[ABBE_COUNT_DELIVERED] == MOST - replaced && counts[ABBE_COUNT_REFUSED] == 0);
    abbe_stream_destroy(stream);
    abbe_stream_destroy(stream);
    EXPECT(ABBE_ERROR_HANDLE, abbe_stream_counts(stream, counts, COUNTS));
    CHECK(heard.wrong == 0 && heard.results == MOST - replaced && heard.last_number == MOST - 1);
    for (at = 0; at < MOST; at++) {
        CHECK(heard.released[at] == 1 && heard.taken[at] <= 1);
    }
}

/* No frame is lost that was taken; those that find no place are offered again. */
static void lossless(abbe_plan *plan) {
    static uint16_t image[N];
    static struct heard heard;
    int64_t counts[COUNTS], facts[FACTS];
    int next = 0, refused = 0, done = 0;
    int32_t taken = 0;
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 3, NULL);
    memset(&heard, 0, sizeof heard);
    OK(abbe_stream_start(stream));
    while (done < 200) {
        if (next < 200) {
            if (submit(stream, &heard, next) == ABBE_SUBMITTED_FULL) {
                refused++;
            } else {
                next++;
            }
        }
        OK(abbe_stream_take(stream, image, BYTES, facts, FACTS, &taken));
        if (taken) {
            CHECK(facts[ABBE_RESULT_SEQUENCE] == done && facts[ABBE_RESULT_NUMBER] == done);
            CHECK(memcmp(image, expected[done % 8], BYTES) == 0);
            done++;
        }
        counts_of(stream, counts);
    }
    CHECK(counts[ABBE_COUNT_DELIVERED] == 200 && counts[ABBE_COUNT_REFUSED] == refused);
    OK(abbe_stream_take(stream, image, BYTES, NULL, 0, &taken));
    CHECK(taken == 0);
    for (next = 0; next < 200; next++) {
        CHECK(heard.released[next] == 1);
    }
    abbe_stream_destroy(stream);
}

/* A host that never takes a result, in either mode; then it gives up. */
static void nobody_takes(abbe_plan *plan) {
    static struct heard heard;
    int64_t counts[COUNTS];
    int at = 0;
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 2, NULL);
    memset(&heard, 0, sizeof heard);
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_RESULTS, 1));
    OK(abbe_stream_start(stream));
    do {
        counts_of(stream, counts);
    } while (counts[ABBE_COUNT_PENDING] < 3 && (at += submit(stream, &heard, at) != ABBE_SUBMITTED_FULL) < MOST);
    /* One result and two frames that wait, when the one before has come to its end. */
    EXPECT(ABBE_ERROR_BUSY, abbe_stream_wait(stream, 1));
    CHECK(at == 3 && counts[ABBE_COUNT_DELIVERED] == 0);
    OK(abbe_stream_cancel(stream));
    OK(abbe_stream_wait(stream, 100000));
    counts_of(stream, counts);
    CHECK(counts[ABBE_COUNT_DROPPED_BY_HOST] + counts[ABBE_COUNT_PENDING] == 3 && counts[ABBE_COUNT_PENDING] <= 1);
    abbe_stream_destroy(stream);
    CHECK(heard.released[0] == 1 && heard.released[1] == 1 && heard.released[2] == 1);
    stream = make_stream(plan, ABBE_STREAM_MODE_LATEST, 2, NULL);
    OK(abbe_stream_start(stream));
    for (at = 0; at < 100; at++) {
        CHECK(submit(stream, &heard, at) != ABBE_SUBMITTED_FULL);
        if (at % 10 == 0) {
            OK(abbe_stream_wait(stream, 100000));
        }
    }
    OK(abbe_stream_wait(stream, 100000));
    counts_of(stream, counts);
    CHECK(counts[ABBE_COUNT_PENDING] == 2 && counts[ABBE_COUNT_DROPPED_OVERFLOW] == 98);
    abbe_stream_destroy(stream);
}

/* A function of the host that submits, asks, destroys and blocks; destroy with frames in flight. */
static void *destroy(void *user) {
    abbe_stream_destroy((abbe_stream *)user);
    return NULL;
}

static void functions_of_the_host(abbe_plan *plan) {
    static struct heard heard;
    int64_t counts[COUNTS];
    pthread_t thread;
    int at;
    abbe_stream *other = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 4, NULL);
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 4, &heard);
    heard.meddle = 1;
    heard.other = other;
    OK(abbe_stream_start(other));
    OK(abbe_stream_start(stream));
    CHECK(submit(stream, &heard, 0) == ABBE_SUBMITTED_ACCEPTED);
    OK(abbe_stream_wait(stream, 100000));
    do {
        counts_of(stream, counts); /* The second is submitted before the first is done with. */
    } while (counts[ABBE_COUNT_DELIVERED] < 2);
    OK(abbe_stream_wait(other, 100000));
    abbe_stream_destroy(other);
    __atomic_store_n(&heard.block, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&heard.inside, 0, __ATOMIC_SEQ_CST);
    for (at = 2; at < 6; at++) {
        while (submit(stream, &heard, at) == ABBE_SUBMITTED_FULL) {
        }
    }
    while (!__atomic_load_n(&heard.inside, __ATOMIC_SEQ_CST)) {
    }
    counts_of(stream, counts); /* Nothing waits for the function that does not return. */
    CHECK(pthread_create(&thread, NULL, destroy, stream) == 0);
    __atomic_store_n(&heard.block, 0, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    for (at = 0; at < 6; at++) {
        CHECK(heard.released[at] == 1);
    }
    CHECK(heard.wrong == 0 && heard.results >= 3);
}

static void slots(abbe_plan *plan) {
    static struct heard heard;
    int64_t address[4];
    void *slot[4];
    int at;
    int32_t answer = -1;
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 3, &heard);
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_SLOTS, 3));
    OK(abbe_stream_start(stream));
    for (at = 0; at < 4; at++) {
        OK(abbe_stream_slot(stream, &address[at]));
        slot[at] = (void *)(intptr_t)address[at];
        CHECK((slot[at] == NULL) == (at == 3));
        if (slot[at]) {
            CHECK((uintptr_t)slot[at] % 64 == 0);
            memcpy(slot[at], frames[at], BYTES);
        }
    }
    FAILS(ABBE_ERROR_ARGUMENT, "not the host's", abbe_stream_submit(stream, (char *)slot[1] + 2, BYTES, 0, NULL, NULL, NULL));
    for (at = 0; at < 3; at++) {
        OK(abbe_stream_submit(stream, slot[at], BYTES, at, NULL, NULL, &answer));
        CHECK(answer == ABBE_SUBMITTED_ACCEPTED);
    }
    OK(abbe_stream_wait(stream, 100000));
    FAILS(ABBE_ERROR_ARGUMENT, "not the host's", abbe_stream_submit(stream, slot[0], BYTES, 3, NULL, NULL, NULL));
    OK(abbe_stream_slot(stream, &address[3]));
    CHECK(address[3] != 0 && heard.wrong == 0);
    abbe_stream_destroy(stream);
    CHECK(heard.results == 3);
}

/* Each level is its plan; a fixed one gives the same bits whatever the machine is at. */
static void levels(abbe_context *context, abbe_plan *plan) {
    static struct heard heard;
    static uint16_t image[N], other[N];
    int64_t facts[FACTS];
    int32_t taken = 0;
    int level;
    abbe_plan *better = make_live(context, 9);
    OK(abbe_plan_execute(better, frames[0], BYTES, other, BYTES));
    CHECK(memcmp(other, expected[0], BYTES) != 0);
    memset(&heard, 0, sizeof heard);
    for (level = -1; level < 2; level++) {
        abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 2, NULL);
        OK(abbe_stream_add_plan(stream, better));
        OK(abbe_stream_set_i64(stream, ABBE_STREAM_LEVEL, level));
        if (level >= 0) {
            OK(abbe_stream_set_f64(stream, ABBE_STREAM_DEADLINE_MS, 1e-6)); /* Always late. */
        }
        OK(abbe_stream_start(stream));
        submit(stream, &heard, 0);
        while (!taken) {
            OK(abbe_stream_take(stream, image, BYTES, facts, FACTS, &taken));
        }
        taken = 0;
        CHECK(facts[ABBE_RESULT_LEVEL] == (level < 0 ? 1 : level));
        CHECK(((facts[ABBE_RESULT_FLAGS] & ABBE_RESULT_FLAG_LATE) != 0) == (level >= 0));
        CHECK(memcmp(image, level == 0 ? expected[0] : other, BYTES) == 0);
        abbe_stream_destroy(stream);
    }
    abbe_plan_destroy(better);
}

/* Frames that fail, gaps in the numbers, a plan that is changed under the stream. */
static void faults(abbe_context *context) {
    static float bad[N];
    static struct heard heard;
    int64_t counts[COUNTS];
    int at;
    abbe_stream *stream;
    abbe_plan *plan = make_plan(context, 2);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 8, NULL);
    OK(abbe_stream_start(stream));
    bad[7] = (float)NAN;
    for (at = 0; at < 3; at++) {
        OK(abbe_stream_submit(stream, bad, sizeof bad, 10 * at, NULL, NULL, NULL));
    }
    OK(abbe_stream_wait(stream, 100000));
    counts_of(stream, counts);
    CHECK(counts[ABBE_COUNT_FAILED] == 3 && counts[ABBE_COUNT_MISSING] == 18);
    abbe_stream_destroy(stream);
    abbe_plan_destroy(plan);
    plan = make_live(context, 2);
    stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 8, NULL);
    OK(abbe_stream_start(stream));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_PADDING, ABBE_PADDING_HALF));
    submit(stream, &heard, 0);
    OK(abbe_stream_wait(stream, 100000));
    OK(abbe_plan_commit(plan));
    submit(stream, &heard, 1);
    OK(abbe_stream_wait(stream, 100000));
    counts_of(stream, counts);
    CHECK(counts[ABBE_COUNT_FAILED] == 1 && counts[ABBE_COUNT_PENDING] == 1);
    abbe_plan_destroy(plan); /* The stream keeps it alive. */
    submit(stream, &heard, 2);
    abbe_stream_destroy(stream);
    CHECK(heard.released[0] == 1 && heard.released[1] == 1 && heard.released[2] == 1);
}

/* A frame that is in work, and waits for its plan: where the next is taken, of which one can wait, this one is. */
static void submit_two(abbe_stream *stream, struct heard *heard, int number) {
    while (submit(stream, heard, number) == ABBE_SUBMITTED_FULL) {
    }
    while (submit(stream, heard, number + 1) == ABBE_SUBMITTED_FULL) {
    }
}

static int32_t meddle_inside(void *user, double fraction) {
    struct heard *heard = (struct heard *)user;
    (void)fraction;
    if (heard->meddle) {
        heard->meddle = 0;
        submit_two(heard->stream, heard, 0);
        OK(abbe_stream_cancel(heard->stream));
        submit_two(heard->stream, heard, 2);
        abbe_stream_destroy(heard->stream);
    }
    return ABBE_CONTINUE;
}

/* The host executes the plan while a frame waits for it: neither cancel nor destroy is of that execute, and its progress
 * function may do both. */
static void plan_is_busy(abbe_plan *plan) {
    static uint16_t image[N];
    static struct heard heard;
    int64_t counts[COUNTS];
    int at;
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 1, &heard);
    heard.meddle = 1;
    OK(abbe_stream_start(stream));
    OK(abbe_plan_set_progress(plan, meddle_inside, &heard));
    OK(abbe_plan_execute(plan, frames[0], BYTES, image, BYTES));
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    CHECK(heard.meddle == 0 && memcmp(image, expected[0], BYTES) == 0);
    EXPECT(ABBE_ERROR_HANDLE, abbe_stream_counts(stream, counts, COUNTS));
    for (at = 0; at < 4; at++) {
        CHECK(heard.released[at] == 1);
    }
}

static void *wait_long(void *user) {
    const abbe_status status = abbe_stream_wait((abbe_stream *)user, 100000);
    CHECK(status == ABBE_OK || status == ABBE_ERROR_HANDLE);
    return NULL;
}

/* Who waits for frames that nobody takes the results of, when the stream is destroyed. */
static void waits_end(abbe_plan *plan) {
    static struct heard heard;
    pthread_t thread;
    int at;
    abbe_stream *stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 2, NULL);
    memset(&heard, 0, sizeof heard);
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_RESULTS, 1));
    OK(abbe_stream_start(stream));
    for (at = 0; at < 3; at++) {
        while (submit(stream, &heard, at) == ABBE_SUBMITTED_FULL) {
        }
    }
    CHECK(pthread_create(&thread, NULL, wait_long, stream) == 0);
    abbe_stream_destroy(stream);
    pthread_join(thread, NULL);
}

struct logged {
    abbe_stream *stream;
    int inside, deepest;
};

static void destroy_in_log(void *user, int32_t level, const char *message) {
    struct logged *logged = (struct logged *)user;
    (void)level;
    (void)message;
    logged->inside++;
    logged->deepest = logged->inside > logged->deepest ? logged->inside : logged->deepest;
    abbe_stream_destroy(logged->stream);
    logged->inside--;
}

/* A log function that destroys the stream whose failure it hears of. */
static void log_function(abbe_context *context) {
    static float bad[N];
    int64_t counts[COUNTS];
    struct logged logged = {NULL, 0, 0};
    abbe_plan *plan = make_plan(context, 2);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    bad[3] = (float)NAN;
    logged.stream = make_stream(plan, ABBE_STREAM_MODE_LOSSLESS, 2, NULL);
    OK(abbe_stream_start(logged.stream));
    OK(abbe_context_set_log(context, destroy_in_log, &logged, ABBE_LEVEL_ERROR));
    OK(abbe_stream_submit(logged.stream, bad, sizeof bad, 0, NULL, NULL, NULL));
    OK(abbe_stream_wait(logged.stream, 100000));
    /* The text of the first failure is said after it is counted. */
    while (!__atomic_load_n(&logged.deepest, __ATOMIC_SEQ_CST)) {
    }
    OK(abbe_context_set_log(context, NULL, NULL, ABBE_LEVEL_ERROR));
    counts_of(logged.stream, counts);
    CHECK(logged.deepest == 1 && counts[ABBE_COUNT_FAILED] == 1);
    abbe_stream_destroy(logged.stream);
    abbe_plan_destroy(plan);
}

/* A start that finds no memory leaves the stream as it was. */
static void too_many_slots(abbe_context *context) {
    static const int64_t far[2] = {(int64_t)1 << 32, 2};
    const int64_t two[2] = {2, SIDE};
    int64_t slot = 1;
    abbe_stream *stream;
    abbe_plan *plan = make_plan(context, 2);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", two, far, 0));
    OK(abbe_plan_commit(plan));
    stream = make_stream(plan, ABBE_STREAM_MODE_LATEST, 2, NULL);
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_SLOTS, 65536));
    FAILS(ABBE_ERROR_MEMORY, "slots of the stream", abbe_stream_start(stream));
    FAILS(ABBE_ERROR_STATE, "not started", abbe_stream_slot(stream, &slot));
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_SLOTS, 0));
    OK(abbe_stream_start(stream));
    OK(abbe_stream_slot(stream, &slot));
    CHECK(slot == 0);
    abbe_stream_destroy(stream);
    abbe_plan_destroy(plan);
}

static void bad_input(abbe_context *context, abbe_plan *plan) {
    static uint16_t image[N];
    const int64_t other[2] = {SIDE, SIDE + 1};
    int64_t counts[COUNTS], value = 0;
    double real = 0.0;
    int32_t taken = 0;
    abbe_stream *stream = NULL;
    abbe_plan *uncommitted = make_plan(context, 2), *wider = make_plan(context, 2);
    EXPECT(ABBE_ERROR_HANDLE, abbe_stream_create(NULL, &stream));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_create(plan, NULL));
    OK(abbe_stream_create(uncommitted, &stream));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_start(stream));
    FAILS(ABBE_ERROR_STATE, "start", abbe_stream_submit(stream, image, BYTES, 0, NULL, NULL, NULL));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_counts(stream, counts, COUNTS));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_cancel(stream));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_wait(stream, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "stream.*", abbe_stream_set_i64(stream, ABBE_PLAN_BLOCKS, 1));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_set_i64(stream, ABBE_STREAM_FRAMES, 0));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_set_f64(stream, ABBE_STREAM_DEADLINE_MS, -1));
    OK(abbe_stream_get_i64(stream, ABBE_STREAM_MODE, &value));
    OK(abbe_stream_get_f64(stream, ABBE_STREAM_DEADLINE_MS, &real));
    CHECK(value == ABBE_STREAM_MODE_LATEST && real == 0.0);
    abbe_stream_destroy(stream);
    OK(abbe_plan_set_input(wider, ABBE_DTYPE_U16, "yx", other, NULL, 0));
    OK(abbe_plan_commit(wider));
    OK(abbe_stream_create(plan, &stream));
    OK(abbe_stream_add_plan(stream, wider));
    FAILS(ABBE_ERROR_ARGUMENT, "plan 1 takes", abbe_stream_start(stream));
    abbe_stream_destroy(stream);
    OK(abbe_stream_create(plan, &stream));
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_LEVEL, 1));
    FAILS(ABBE_ERROR_ARGUMENT, "stream.level is 1", abbe_stream_start(stream));
    OK(abbe_stream_set_i64(stream, ABBE_STREAM_LEVEL, 0));
    OK(abbe_stream_start(stream));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_start(stream));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_add_plan(stream, plan));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_set_i64(stream, ABBE_STREAM_LEVEL, 0));
    EXPECT(ABBE_ERROR_STATE, abbe_stream_set_result(stream, NULL, NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "frames of this stream are", abbe_stream_submit(stream, image, BYTES - 1, 0, NULL, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_submit(stream, image, BYTES + 1, 0, NULL, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_submit(stream, NULL, BYTES, 0, NULL, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_take(stream, image, BYTES - 1, NULL, 0, &taken));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_take(stream, NULL, BYTES, NULL, 0, &taken));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_take(stream, image, BYTES, NULL, 1, &taken));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_take(stream, image, BYTES, NULL, 0, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_counts(stream, counts, -1));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_stream_wait(stream, -1));
    OK(abbe_stream_counts(stream, NULL, 0));
    abbe_stream_destroy(stream);
    abbe_stream_destroy(NULL);
    OK(abbe_stream_create(plan, &stream));
    abbe_stream_destroy(stream); /* Never started. */
    abbe_plan_destroy(uncommitted);
    abbe_plan_destroy(wider);
}

int main(void) {
    abbe_context *context = make_context(2);
    abbe_plan *plan = make_live(context, 2);
    int at, pixel;
    for (at = 0; at < 8; at++) {
        for (pixel = 0; pixel < N; pixel++) {
            frames[at][pixel] = (uint16_t)(100 + noise((unsigned)(at * N + pixel)));
        }
        OK(abbe_plan_execute(plan, frames[at], BYTES, expected[at], BYTES));
    }
    overload(plan);
    lossless(plan);
    nobody_takes(plan);
    functions_of_the_host(plan);
    slots(plan);
    levels(context, plan);
    faults(context);
    plan_is_busy(plan);
    waits_end(plan);
    log_function(context);
    too_many_slots(context);
    bad_input(context, plan);
    abbe_plan_destroy(plan);
    abbe_context_destroy(context);
    return finish();
}
