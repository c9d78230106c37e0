/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Volumes that are read and written in blocks, by plans that hold less than the volume: the same result as in memory,
 * and every failure of the host's functions is a status.
 */
#include "check.h"

enum { NZ = 2, NY = 300, NX = 280, N = NZ * NY * NX, CAP = N / 2 * 5 };
static uint16_t source[2 * N];
static float whole[2 * N], blocks[2 * N];
static unsigned char written[2 * N];

struct host {
    abbe_plan *plan;
    int reads, writes, fail_read, fail_write, answer, cancel_read, cancel_write;
    size_t largest;
};

static int32_t read_block(void *user, int64_t image, const int64_t *start, const int64_t *extents, void *samples,
                          size_t bytes) {
    struct host *host = (struct host *)user;
    uint16_t *next = (uint16_t *)samples;
    int64_t z, y;
    if (++host->reads == host->fail_read) {
        return host->answer;
    }
    if (host->reads == host->cancel_read) {
        abbe_plan_cancel(host->plan);
    }
    CHECK(bytes == (size_t)(extents[0] * extents[1] * extents[2]) * sizeof *next);
    host->largest = bytes > host->largest ? bytes : host->largest;
    for (z = start[0]; z < start[0] + extents[0]; z++) {
        for (y = start[1]; y < start[1] + extents[1]; y++) {
            memcpy(next, source + ((image * NZ + z) * NY + y) * NX + start[2], (size_t)extents[2] * sizeof *next);
            next += extents[2];
        }
    }
    return ABBE_CONTINUE;
}

static int32_t write_block(void *user, int64_t image, const int64_t *start, const int64_t *extents,
                           const void *samples, size_t bytes) {
    struct host *host = (struct host *)user;
    const float *next = (const float *)samples;
    int64_t z, y, x;
    if (++host->writes == host->fail_write) {
        return host->answer;
    }
    if (host->writes == host->cancel_write) {
        abbe_plan_cancel(host->plan);
    }
    CHECK(bytes == (size_t)(extents[0] * extents[1] * extents[2]) * sizeof *next);
    for (z = start[0]; z < start[0] + extents[0]; z++) {
        for (y = start[1]; y < start[1] + extents[1]; y++) {
            const size_t row = (size_t)(((image * NZ + z) * NY + y) * NX + start[2]);
            memcpy(blocks + row, next, (size_t)extents[2] * sizeof *next);
            next += extents[2];
            for (x = 0; x < extents[2]; x++) {
                written[row + (size_t)x]++;
            }
        }
    }
    return ABBE_CONTINUE;
}

static abbe_plan *blocks_plan(abbe_context *context, int background) {
    const int64_t series[4] = {2, NZ, NY, NX};
    abbe_plan *plan = NULL;
    abbe_psf *psf = make_psf(context, 3);
    OK(abbe_plan_create(context, &plan));
    if (background) {
        OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    }
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    if (background) { /* One after the other. */
        OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_BACKGROUND, 7.3));
    }
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 4));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "tzyx", series, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 1));
    abbe_psf_destroy(psf);
    return plan;
}

static double largest_difference(void) {
    double difference = 0.0, peak = 0.0;
    size_t at;
    for (at = 0; at < 2 * N; at++) {
        const double apart = fabs((double)blocks[at] - (double)whole[at]);
        difference = apart > difference ? apart : difference;
        peak = (double)whole[at] > peak ? (double)whole[at] : peak;
    }
    return difference / peak;
}

static void same_as_in_memory(abbe_context *context, int background) {
    const int64_t cap = CAP; /* Five eighths of the bytes of one result. */
    struct host host = {NULL, 0, 0, 0, 0, 0, 0, 0, 0};
    abbe_plan *plan = blocks_plan(context, background);
    int64_t bytes = 0;
    size_t at;
    char *json;
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, whole, sizeof whole));
    host.plan = plan;
    /* Without a cap a block is a whole image. */
    memset(written, 0, sizeof written);
    OK(abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    CHECK(host.writes == 2 && host.largest == N * sizeof(uint16_t) && largest_difference() == 0.0);

    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 1));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes));
    CHECK(bytes > 1 && bytes < cap);
    FAILS(ABBE_ERROR_MEMORY, "point spread function", abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, cap));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes));
    CHECK(bytes <= cap);
    memset(written, 0, sizeof written);
    memset(blocks, 0, sizeof blocks);
    host.writes = 0;
    host.largest = 0;
    OK(abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    CHECK(host.writes > 4 && host.largest < N);
    CHECK(largest_difference() < 1e-3);
    for (at = 0; at < 2 * N && written[at] == 1; at++) {
    }
    CHECK(at == 2 * N);
    json = report_of(plan);
    CHECK(strstr(json, "\"overlap\":[") && strstr(json, "\"tiles\":[") && number_of(json, "images") == 2.0);
    free(json);
    /* From memory to memory in tiles: the same bits. */
    memcpy(whole, blocks, sizeof whole);
    OK(abbe_plan_execute(plan, source, sizeof source, blocks, sizeof blocks));
    CHECK(memcmp(whole, blocks, sizeof whole) == 0);
    abbe_plan_destroy(plan);
}

static void failures_are_statuses(abbe_context *context) {
    struct host host = {NULL, 0, 0, 0, 0, 0, 0, 0, 0};
    abbe_plan *plan = blocks_plan(context, 0);
    FAILS(ABBE_ERROR_STATE, "commit", abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, CAP));
    OK(abbe_plan_commit(plan));
    host.plan = plan;
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 0));
    OK(abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_STATE, "plan.blocks is 0", abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 1));
    OK(abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_ARGUMENT, "read is NULL", abbe_plan_execute_blocks(plan, NULL, write_block, &host));
    FAILS(ABBE_ERROR_ARGUMENT, "write is NULL", abbe_plan_execute_blocks(plan, read_block, NULL, &host));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_execute_blocks(NULL, read_block, write_block, &host));
    host.answer = 7;
    host.fail_read = 3;
    FAILS(ABBE_ERROR_IO, "read returned 7", abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    host.fail_read = host.reads = 0;
    host.fail_write = 2;
    FAILS(ABBE_ERROR_IO, "write returned 7", abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    host.answer = ABBE_CANCEL;
    host.writes = 0;
    EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    host.fail_write = host.reads = 0;
    host.cancel_read = 4;
    EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    /* After all that the plan is of use. */
    host.cancel_read = host.writes = 0;
    memset(blocks, 0, sizeof blocks);
    OK(abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    CHECK(memcmp(whole, blocks, sizeof whole) == 0);
    /* Asked while the last block but one is written, it stops; with the last one, all is done. */
    host.cancel_write = host.writes;
    host.writes = 1;
    EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    host.writes = 0;
    OK(abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    CHECK(host.writes == host.cancel_write);
    /* One that only looks writes nothing. */
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 2));
    OK(abbe_plan_commit(plan));
    host.writes = host.reads = host.cancel_write = 0;
    OK(abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    CHECK(host.writes == 0 && host.reads > 0);
    FAILS(ABBE_ERROR_ARGUMENT, "calibrations is no list", abbe_plan_set_calibrations(plan, "{}"));
    OK(abbe_plan_set_calibrations(plan, NULL));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 1));
    /* In place there is nothing to read the overlap from. */
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_U16, NULL, 0));
    OK(abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_ARGUMENT, "tiles", abbe_plan_execute(plan, source, sizeof source, source, sizeof source));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 0));
    FAILS(ABBE_ERROR_UNSUPPORTED, "other steps", abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_BLOCKS, 0));
    OK(abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_STATE, "plan.blocks is 0", abbe_plan_execute_blocks(plan, read_block, write_block, &host));
    abbe_plan_destroy(plan);
}

int main(void) {
    abbe_context *context = NULL;
    unsigned at;
    if (small_only()) {
        return 0; /* What is worth cutting takes valgrind too long. */
    }
    context = make_context(2);
    for (at = 0; at < 2 * N; at++) {
        source[at] = (uint16_t)(100 + noise(at) / 10 + (noise(at / 977) > 900 ? 3000 : 0));
    }
    same_as_in_memory(context, 1);
    same_as_in_memory(context, 0);
    failures_are_statuses(context);
    abbe_context_destroy(context);
    return finish();
}
