/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A simulated camera before a stream with two levels: a fast filter, and a denoiser where there is time for it.
 *
 *   stream [SIDE [FRAMES [FRAMES_PER_SECOND [DEADLINE_MS]]]]      2048 200 100 50
 *
 * The camera writes 16-bit frames into slots of the stream, at uneven intervals, and leaves some numbers out. It waits for
 * nobody: where abbe is not done in time, older frames are dropped. At the end the account of all frames is printed. Exits with
 * an error where it does not add up.
 */
#define _POSIX_C_SOURCE 200112L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <abbe/abbe.h>

enum { COUNTS = ABBE_COUNT_MISSING + 1, MAX_LEVELS = 2 };

/* What the results say; only the stream's thread writes it, and it is read when that has ended. */
struct seen {
    long results, late, levels[MAX_LEVELS];
    double latency_ms, worst_ms;
};

static void take(void *user, const void *image, size_t bytes, const int64_t *facts, int32_t count) {
    struct seen *seen = (struct seen *)user;
    const double ms = (double)(facts[ABBE_RESULT_DONE_NS] - facts[ABBE_RESULT_SUBMITTED_NS]) / 1e6;
    (void)image; /* A display would copy it now. */
    (void)bytes;
    (void)count;
    seen->results++;
    seen->late += (facts[ABBE_RESULT_FLAGS] & ABBE_RESULT_FLAG_LATE) != 0;
    seen->levels[facts[ABBE_RESULT_LEVEL] % MAX_LEVELS]++;
    seen->latency_ms += ms;
    seen->worst_ms = ms > seen->worst_ms ? ms : seen->worst_ms;
}

/* Says why the last call failed, and ends the stream's thread. */
static int failed(abbe_stream *stream) {
    char text[512];
    abbe_error_text(NULL, text, sizeof text);
    fprintf(stderr, "stream: %s\n", text);
    abbe_stream_destroy(stream);
    return 1;
}

static abbe_plan *make_plan(abbe_context *context, int32_t step, int64_t side) {
    const int64_t shape[2] = {side, side};
    abbe_plan *plan = NULL;
    if (abbe_plan_create(context, &plan) || abbe_plan_add_step(plan, step) ||
        abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", shape, NULL, 0) || abbe_plan_commit(plan)) {
        return NULL;
    }
    return plan;
}

static unsigned draw(unsigned *state) {
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void pause_ms(double ms) {
    struct timespec pause;
    pause.tv_sec = (time_t)(ms / 1000.0);
    pause.tv_nsec = (long)((ms - 1000.0 * (double)pause.tv_sec) * 1e6);
    nanosleep(&pause, NULL);
}

/* One row of noise is drawn for all: a camera takes no processor time. */
static void expose(uint16_t *frame, int64_t side, unsigned *state) {
    int64_t at;
    for (at = 0; at < side; at++) {
        frame[at] = (uint16_t)(100 + draw(state) % 50 + (at % 64 == 0 ? 800 : 0));
    }
    for (at = 1; at < side; at++) {
        memcpy(frame + at * side, frame, (size_t)side * sizeof *frame);
    }
}

int main(int argc, char **argv) {
    const long side = argc > 1 ? atol(argv[1]) : 2048, frames = argc > 2 ? atol(argv[2]) : 200;
    const double rate = argc > 3 ? atof(argv[3]) : 100.0, deadline_ms = argc > 4 ? atof(argv[4]) : 50.0;
    static const char *const names[] = {"submitted", "delivered", "dropped: newer came", "dropped: too old",
                                        "dropped by the host", "failed", "pending", "refused", "numbers left out"};
    struct seen seen;
    int64_t counts[COUNTS], address = 0, number = 0;
    unsigned state = 1;
    long at, no_slot = 0;
    abbe_context *context = NULL;
    abbe_stream *stream = NULL;
    abbe_plan *fast, *better;
    if (side < 16 || frames < 1 || !(rate > 0.0)) {
        fprintf(stderr, "usage: stream [SIDE [FRAMES [FRAMES_PER_SECOND [DEADLINE_MS]]]]\n");
        return 2;
    }
    memset(&seen, 0, sizeof seen);
    if (abbe_context_create(&context)) {
        return failed(stream);
    }
    fast = make_plan(context, ABBE_STEP_FILTER, side);
    better = make_plan(context, ABBE_STEP_DENOISE, side);
    if (!fast || !better || abbe_stream_create(fast, &stream) || abbe_stream_add_plan(stream, better) ||
        abbe_stream_set_i64(stream, ABBE_STREAM_MODE, ABBE_STREAM_MODE_LATEST) ||
        abbe_stream_set_i64(stream, ABBE_STREAM_SLOTS, 5) ||
        abbe_stream_set_f64(stream, ABBE_STREAM_DEADLINE_MS, deadline_ms) ||
        abbe_stream_set_result(stream, take, &seen) || abbe_stream_start(stream)) {
        return failed(stream);
    }
    for (at = 0; at < frames; at++) {
        if (abbe_stream_slot(stream, &address)) {
            return failed(stream);
        }
        number += 1 + (draw(&state) % 50 == 0); /* The camera lost one itself. */
        if (address == 0) {
            no_slot++;
        } else {
            uint16_t *frame = (uint16_t *)(intptr_t)address;
            expose(frame, side, &state);
            if (abbe_stream_submit(stream, frame, (size_t)(side * side) * sizeof *frame, number, NULL, NULL, NULL)) {
                return failed(stream);
            }
        }
        pause_ms(1000.0 / rate * (0.5 + (double)(draw(&state) % 1000) / 1000.0)); /* Jitter: half to one and a half. */
    }
    if (abbe_stream_wait(stream, 600000) || abbe_stream_counts(stream, counts, COUNTS)) {
        return failed(stream);
    }
    abbe_stream_destroy(stream);
    for (at = 0; at < COUNTS; at++) {
        printf("%-22s %8ld\n", names[at], (long)counts[at]);
    }
    printf("%-22s %8ld\n", "no slot was free", no_slot);
    printf("%-22s %8ld fast, %ld denoised\n", "levels", seen.levels[0], seen.levels[1]);
    if (seen.results) {
        printf("%-22s %8.1f mean, %.1f worst, %ld late\n", "latency in ms", seen.latency_ms / (double)seen.results,
               seen.worst_ms, seen.late);
    }
    abbe_plan_destroy(fast);
    abbe_plan_destroy(better);
    abbe_context_destroy(context);
    for (at = ABBE_COUNT_DELIVERED; at <= ABBE_COUNT_PENDING; at++) {
        counts[ABBE_COUNT_SUBMITTED] -= counts[at];
    }
    if (counts[ABBE_COUNT_SUBMITTED] != 0 || seen.results != counts[ABBE_COUNT_DELIVERED]) {
        fprintf(stderr, "the account does not add up\n");
        return 1;
    }
    return 0;
}
