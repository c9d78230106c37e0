/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The child of a fork, whatever the parent's other threads are at, and a second copy of libabbe in one process.
 */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "check.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 16 * 20 * 24, BYTES = N * 4 };
static const int64_t shape[3] = {16, 20, 24};
static float source[N], expected[N], target[N];
static int quit;

static int over(void) { return __atomic_load_n(&quit, __ATOMIC_SEQ_CST); }

static void *make_and_destroy(void *user) {
    (void)user;
    while (!over()) {
        abbe_context *context = NULL;
        OK(abbe_context_create(&context));
        abbe_context_destroy(context);
    }
    return NULL;
}

static void *execute_and_set(void *user) {
    static float own[N];
    while (!over()) {
        OK(abbe_plan_execute((abbe_plan *)user, source, BYTES, own, BYTES));
        OK(abbe_plan_set_i64((abbe_plan *)user, ABBE_DECONVOLVE_ITERATIONS, 3));
        OK(abbe_plan_commit((abbe_plan *)user));
    }
    return NULL;
}

/* What a child does: everything comes to an end. `idle` is a plan that nobody else is at, `busy` one that somebody may
 * be at. */
static int child(abbe_context *context, abbe_plan *idle, abbe_plan *busy) {
    abbe_context *own = make_context(3);
    abbe_plan *plan = make_ready(own, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    abbe_status status;
    alarm(60); /* A call that waits for ever ends here. */
    OK(abbe_plan_execute(plan, source, BYTES, target, BYTES));
    CHECK(memcmp(target, expected, BYTES) == 0);
    memset(target, 0, BYTES);
    OK(abbe_plan_execute(idle, source, BYTES, target, BYTES));
    CHECK(memcmp(target, expected, BYTES) == 0);
    OK(abbe_plan_commit(idle)); /* With threads of its own now. */
    OK(abbe_plan_execute(idle, source, BYTES, target, BYTES));
    CHECK(memcmp(target, expected, BYTES) == 0);
    status = abbe_plan_execute(busy, source, BYTES, target, BYTES);
    CHECK(status == ABBE_OK || status == ABBE_ERROR_HANDLE || status == ABBE_ERROR_STATE);
    abbe_plan_destroy(plan);
    abbe_plan_destroy(idle);
    abbe_plan_destroy(busy);
    abbe_context_destroy(context);
    abbe_context_destroy(own);
    return failures ? 1 : 0;
}

static void forks(void) {
    abbe_context *context = make_context(2), *other = make_context(2);
    abbe_plan *idle = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    abbe_plan *busy = make_ready(other, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    pthread_t threads[2];
    int round;
    OK(abbe_plan_execute(idle, source, BYTES, expected, BYTES));
    CHECK(pthread_create(&threads[0], NULL, make_and_destroy, NULL) == 0);
    CHECK(pthread_create(&threads[1], NULL, execute_and_set, busy) == 0);
    for (round = 0; round < 100; round++) {
        int status = -1;
        const pid_t process = fork();
        if (process == 0) {
            _exit(child(context, idle, busy));
        }
        CHECK(process > 0 && waitpid(process, &status, 0) == process);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    __atomic_store_n(&quit, 1, __ATOMIC_SEQ_CST);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    memset(target, 0, BYTES);
    OK(abbe_plan_execute(idle, source, BYTES, target, BYTES)); /* The parent goes on as before. */
    CHECK(memcmp(target, expected, BYTES) == 0);
    abbe_plan_destroy(idle);
    abbe_plan_destroy(busy);
    abbe_context_destroy(context);
    abbe_context_destroy(other);
}

static void count_results(void *user, const void *image, size_t bytes, const int64_t *facts, int32_t count) {
    (void)image;
    (void)bytes;
    (void)facts;
    (void)count;
    __atomic_add_fetch((int *)user, 1, __ATOMIC_SEQ_CST);
}

/* A stream has its thread in the process that started it: the child knows no such stream, and waits for nothing. */
static void streams(void) {
    abbe_context *context = make_context(2);
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_F32, ABBE_DTYPE_F32, shape);
    abbe_stream *stream = NULL;
    int64_t counts[ABBE_COUNT_MISSING + 1];
    int round, results = 0;
    OK(abbe_stream_create(plan, &stream));
    OK(abbe_stream_set_result(stream, count_results, &results));
    OK(abbe_stream_start(stream));
    for (round = 0; round < 20; round++) {
        int status = -1;
        pid_t process;
        OK(abbe_stream_submit(stream, source, BYTES, round, NULL, NULL, NULL));
        process = fork();
        if (process == 0) {
            alarm(60);
            EXPECT(ABBE_ERROR_HANDLE, abbe_stream_counts(stream, counts, 1));
            EXPECT(ABBE_ERROR_HANDLE, abbe_stream_submit(stream, source, BYTES, 0, NULL, NULL, NULL));
            abbe_stream_destroy(stream);
            _exit(failures ? 1 : 0);
        }
        CHECK(process > 0 && waitpid(process, &status, 0) == process);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    OK(abbe_stream_wait(stream, 100000));
    OK(abbe_stream_counts(stream, counts, ABBE_COUNT_MISSING + 1));
    CHECK(counts[ABBE_COUNT_SUBMITTED] == 20 && counts[ABBE_COUNT_PENDING] == 0);
    abbe_stream_destroy(stream);
    CHECK(results == counts[ABBE_COUNT_DELIVERED] && results > 0);
    abbe_plan_destroy(plan);
    abbe_context_destroy(context);
}

/* The path of the library that this program is linked to; empty where it is linked in. */
static void find_library(char path[4096]) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[4608];
    path[0] = '\0';
    while (maps && fgets(line, sizeof line, maps)) {
        const char *name = strchr(line, '/');
        if (name && strstr(name, "libabbe.so")) {
            snprintf(path, 4096, "%.*s", (int)strcspn(name, "\n"), name);
        }
    }
    if (maps) {
        fclose(maps);
    }
}

/* A handle of one copy is nothing to the other. */
static void two_copies(void) {
    char path[4096], copy[] = "/tmp/abbe-copy-XXXXXX", buffer[65536];
    abbe_status (*create)(abbe_context **) = NULL;
    abbe_status (*set)(abbe_context *, abbe_param, int64_t) = NULL;
    void (*destroy)(abbe_context *) = NULL;
    abbe_context *here = NULL, *there = NULL;
    void *library;
    FILE *from, *to;
    size_t got;
    find_library(path);
    if (!path[0]) {
        return;
    }
    from = fopen(path, "rb");
    to = fdopen(mkstemp(copy), "wb");
    CHECK(from && to);
    while (from && to && (got = fread(buffer, 1, sizeof buffer, from)) > 0) {
        CHECK(fwrite(buffer, 1, got, to) == got);
    }
    CHECK(from && to && fclose(from) == 0 && fclose(to) == 0);
    library = dlopen(copy, RTLD_NOW | RTLD_LOCAL);
    CHECK(library);
    if (library) {
        *(void **)&create = dlsym(library, "abbe_context_create");
        *(void **)&set = dlsym(library, "abbe_context_set_i64");
        *(void **)&destroy = dlsym(library, "abbe_context_destroy");
        OK(abbe_context_create(&here));
        OK(create(&there));
        CHECK(here != there);
        EXPECT(ABBE_ERROR_HANDLE, abbe_context_set_i64(there, ABBE_CONTEXT_THREADS, 1));
        CHECK(set(here, ABBE_CONTEXT_THREADS, 1) == ABBE_ERROR_HANDLE);
        destroy(here); /* Nothing happens. */
        OK(abbe_context_set_i64(here, ABBE_CONTEXT_THREADS, 1));
        CHECK(set(there, ABBE_CONTEXT_THREADS, 1) == ABBE_OK);
        destroy(there);
        abbe_context_destroy(here);
    }
    remove(copy);
}

int main(void) {
    unsigned at;
    if (small_only()) {
        return 0; /* Valgrind runs one thread at a time: nothing is cut in half there. */
    }
    for (at = 0; at < N; at++) {
        source[at] = (float)noise(at);
    }
    two_copies();
    forks();
    streams();
    return finish();
}
