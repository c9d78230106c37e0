/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Buffers and layouts: sizes, overlaps, alignment, strides of all kinds, sample types, clipping.
 */
#include "check.h"

enum { Z = 3, Y = 10, X = 13, N = Z * Y * X };
static const int64_t shape[3] = {Z, Y, X};

static void fill(uint16_t *stack) {
    unsigned at;
    for (at = 0; at < N; at++) {
        stack[at] = (uint16_t)(noise(at) + 100);
    }
}

/* What the packed stack comes to, as f32. */
static void reference(abbe_context *context, const uint16_t *source, float *target) {
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_F32, shape);
    OK(abbe_plan_execute(plan, source, N * 2, target, N * 4));
    abbe_plan_destroy(plan);
}

static void sizes(abbe_context *context) {
    uint16_t source[N];
    float target[N + 1];
    int64_t in = 0, out = 0;
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_F32, shape);
    fill(source);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_INPUT_BYTES, &in));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_OUTPUT_BYTES, &out));
    CHECK(in == N * 2 && out == N * 4);
    target[0] = target[N] = -5.0f;
    FAILS(ABBE_ERROR_ARGUMENT, "src holds", abbe_plan_execute(plan, source, N * 2 - 1, target, N * 4));
    FAILS(ABBE_ERROR_ARGUMENT, "dst holds", abbe_plan_execute(plan, source, N * 2, target, N * 4 - 1));
    FAILS(ABBE_ERROR_ARGUMENT, "src", abbe_plan_execute(plan, NULL, N * 2, target, N * 4));
    FAILS(ABBE_ERROR_ARGUMENT, "dst", abbe_plan_execute(plan, source, N * 2, NULL, N * 4));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_execute(plan, source, 0, target, N * 4));
    CHECK(target[0] == -5.0f);
    OK(abbe_plan_execute(plan, source, N * 2, target, N * 4));
    OK(abbe_plan_execute(plan, source, SIZE_MAX, target, SIZE_MAX)); /* More than is read is of no concern. */
    CHECK(target[0] >= 0.0f && target[N] == -5.0f);
    abbe_plan_destroy(plan);
}

static void overlaps(abbe_context *context) {
    static char memory[N * 16];
    uint16_t source[N];
    float expected[N];
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_F32, shape);
    fill(source);
    memcpy(memory + N * 4, source, N * 2);
    FAILS(ABBE_ERROR_ARGUMENT, "overlap", abbe_plan_execute(plan, memory + N * 4, N * 2, memory + 1, N * 4));
    FAILS(ABBE_ERROR_ARGUMENT, "overlap", abbe_plan_execute(plan, memory + N * 4, N * 2, memory + N * 6 - 1, N * 4));
    FAILS(ABBE_ERROR_ARGUMENT, "dst is src", abbe_plan_execute(plan, memory + N * 4, N * 2, memory + N * 4, N * 4));
    CHECK(memcmp(memory + N * 4, source, N * 2) == 0);
    OK(abbe_plan_execute(plan, memory + N * 4, N * 2, memory, N * 4)); /* Neighbours do not overlap. */
    OK(abbe_plan_execute(plan, memory + N * 4, N * 2, memory + N * 6, N * 4));
    CHECK(memcmp(memory, memory + N * 6, N * 4) == 0);
    abbe_plan_destroy(plan);

    /* In place where the layouts are equal. */
    plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_U16, shape);
    OK(abbe_plan_execute(plan, source, N * 2, memory, N * 2));
    memcpy(expected, memory, N * 2);
    OK(abbe_plan_execute(plan, source, N * 2, source, N * 2));
    CHECK(memcmp(source, expected, N * 2) == 0);
    abbe_plan_destroy(plan);
}

/* One way in which the stack can lie in memory. */
struct way {
    const char *name;
    int64_t strides[3]; /* In samples. */
    int64_t offset;
    int64_t samples; /* The extent of the buffer. */
};

static const struct way ways[] = {
    {"packed", {Y * X, X, 1}, 0, N},
    {"padded", {Y * (X + 5) + 7, X + 5, 1}, 0, Z * (Y * (X + 5) + 7)},
    {"bottom up", {Y * X, -X, 1}, (Y - 1) * X, N},
    {"all reversed", {-Y * X, -X, -1}, N - 1, N},
    {"column-major", {1, Z, Z * Y}, 0, N},
    {"rows fastest", {Y * X, 1, Y}, 0, N},
    {"interleaved", {Y * X * 3, X * 3, 3}, 2, N * 3},
};
enum { WAYS = sizeof ways / sizeof ways[0] };

static size_t place(const struct way *way, size_t at) {
    const int64_t z = (int64_t)at / (Y * X), y = (int64_t)at / X % Y, x = (int64_t)at % X;
    return (size_t)(way->offset + z * way->strides[0] + y * way->strides[1] + x * way->strides[2]);
}

static void strides(abbe_context *context) {
    uint16_t source[N];
    float expected[N];
    size_t in, out, at;
    fill(source);
    reference(context, source, expected);
    for (in = 0; in < WAYS; in++) {
        for (out = 0; out < WAYS; out++) {
            int64_t in_strides[3], out_strides[3];
            /* One byte more in front: samples at odd addresses. */
            char *from = (char *)calloc((size_t)ways[in].samples * 2 + 1, 1), *from1 = from + 1;
            char *to = (char *)malloc((size_t)ways[out].samples * 4 + 1), *to1 = to + 1;
            int64_t touched = 0;
            abbe_plan *plan = make_plan(context, 3);
            for (at = 0; at < 3; at++) {
                in_strides[at] = ways[in].strides[at] * 2;
                out_strides[at] = ways[out].strides[at] * 4;
            }
            OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, in_strides, ways[in].offset * 2));
            OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, out_strides, ways[out].offset * 4));
            OK(abbe_plan_commit(plan));
            for (at = 0; at < N; at++) {
                memcpy(from1 + place(&ways[in], at) * 2, &source[at], 2);
            }
            memset(to, 0x7F, (size_t)ways[out].samples * 4 + 1);
            OK(abbe_plan_execute(plan, from1, (size_t)ways[in].samples * 2, to1, (size_t)ways[out].samples * 4));
            for (at = 0; at < N; at++) {
                char *sample = to1 + place(&ways[out], at) * 4;
                touched += memcmp(sample, &expected[at], 4) == 0;
                memset(sample, 0x7F, 4);
            }
            if (touched != N) {
                printf("%s to %s: %d of %d samples are right\n", ways[in].name, ways[out].name, (int)touched, (int)N);
                failures++;
            }
            for (at = 0; at < (size_t)ways[out].samples * 4 + 1 && to[at] == 0x7F; at++) {
            }
            CHECK(at == (size_t)ways[out].samples * 4 + 1); /* Nothing between the samples was written. */
            abbe_plan_destroy(plan);
            free(from);
            free(to);
        }
    }
}

static void refused_layouts(abbe_context *context) {
    const int64_t zero[3] = {3, 0, 5}, negative[3] = {3, -1, 5}, huge[3] = {INT64_MAX, INT64_MAX, 2};
    const int64_t wide[3] = {1 << 20, 1 << 22, 1 << 22};
    const int64_t below[3] = {Y * X * 2, -X * 2, 2}, same[3] = {0, X * 2, 2}, narrow[3] = {Y * X * 4, X * 4 - 4, 4};
    const int64_t far[3] = {INT64_MAX, X * 2, 2}, deep[3] = {INT64_MIN, X * 2, 2};
    int64_t got[5] = {7, 7, 7, 7, 7};
    int32_t dimensions = 0;
    abbe_plan *plan = make_plan(context, 3);
    FAILS(ABBE_ERROR_STATE, "input", abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "dtype is 9", abbe_plan_set_input(plan, 9, "zyx", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "axes", abbe_plan_set_input(plan, ABBE_DTYPE_U16, NULL, shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "axes", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "axes", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyy", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "axes", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyq", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "axes", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zx", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "UTF-8", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "\xff\xfe", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "shape", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", NULL, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "along y", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", zero, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "along y", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", negative, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "shape", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", huge, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "shape", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", wide, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "byte_offset", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, below, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "spans", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, far, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "lowest", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, deep, INT64_MAX));
    FAILS(ABBE_ERROR_ARGUMENT, "lowest", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, -1));
    FAILS(ABBE_ERROR_ARGUMENT, "spans", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, INT64_MAX));
    /* The target's shape follows from the steps, so its strides are checked by commit. */
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_U16, same, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "overlap", abbe_plan_commit(plan));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, narrow, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "overlap", abbe_plan_commit(plan));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "dtype is 0", abbe_plan_set_output(plan, 0, NULL, 0));
    /* The plan is as before. */
    OK(abbe_plan_output_shape(plan, NULL, 0, &dimensions));
    CHECK(dimensions == 3);
    FAILS(ABBE_ERROR_ARGUMENT, "room", abbe_plan_output_shape(plan, got, 2, &dimensions));
    CHECK(got[0] == 7);
    OK(abbe_plan_output_shape(plan, got, 5, &dimensions));
    CHECK(got[0] == Z && got[1] == Y && got[2] == X && got[3] == 7);
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
}

/* A new source leaves the target's type as it was stated; strides for other extents must be stated again. */
static void targets_keep_their_type(abbe_context *context) {
    const int64_t smaller[3] = {Z, Y, X - 2}, in_samples[3] = {Y * X, X, 1}, far[3] = {Y * X * 4 + 8, X * 4, 4};
    int64_t bytes = 0;
    abbe_plan *plan = make_plan(context, 3);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", smaller, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_OUTPUT_BYTES, &bytes));
    CHECK(bytes == Z * Y * (X - 2) * 4);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U8, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, far, 0));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", smaller, NULL, 0));
    FAILS(ABBE_ERROR_STATE, "abbe_plan_set_output() again", abbe_plan_commit(plan));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_ARGUMENT, "in bytes", abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, in_samples, 0));
    abbe_plan_destroy(plan);
    /* Without a stated type the target has the source's. */
    plan = make_plan(context, 3);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U8, "zyx", shape, NULL, 0));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_OUTPUT_BYTES, &bytes));
    CHECK(bytes == (int64_t)N);
    abbe_plan_destroy(plan);
}

static void count_axes(void *user, int32_t level, const char *text) {
    *(int *)user += level == ABBE_LEVEL_WARNING && strstr(text, "x is slower");
}

static void odd_axes_are_warned_of(abbe_context *context) {
    static const char *const axes[4] = {"zyx", "yxz", "xyz", "zxy"};
    const int64_t small[3] = {5, 5, 5};
    int at, warnings = 0;
    abbe_plan *plan = make_plan(context, 3);
    OK(abbe_context_set_log(context, count_axes, &warnings, ABBE_LEVEL_WARNING));
    for (at = 0; at < 4; at++) {
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, axes[at], small, NULL, 0));
        OK(abbe_plan_commit(plan));
        CHECK(warnings == at);
    }
    OK(abbe_context_set_log(context, NULL, NULL, 0));
    abbe_plan_destroy(plan);
}

static void count_warnings(void *user, int32_t level, const char *text) {
    *(int *)user += level == ABBE_LEVEL_WARNING && strstr(text, "clipped");
}

/* Whole numbers out are the nearest, ties to even, clipped and counted; f16 too. */
static void sample_types(abbe_context *context) {
    uint16_t source[N], rounded[N], half[N];
    uint8_t bytes[N];
    float expected[N];
    size_t at;
    double low = 0, high = 0;
    int64_t clipped = -1;
    int warnings = 0;
    char *json;
    abbe_plan *plan;
    fill(source);
    OK(abbe_context_set_log(context, count_warnings, &warnings, ABBE_LEVEL_WARNING));
    reference(context, source, expected);
    plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_U16, shape);
    OK(abbe_plan_execute(plan, source, sizeof source, rounded, sizeof rounded));
    for (at = 0; at < N; at++) {
        CHECK(rounded[at] == (uint16_t)nearbyint((double)expected[at]));
    }
    abbe_plan_destroy(plan);
    CHECK(warnings == 0);

    plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_U8, shape);
    OK(abbe_plan_execute(plan, source, sizeof source, bytes, sizeof bytes));
    for (at = 0; at < N; at++) {
        const double whole = nearbyint((double)expected[at]);
        low += whole < 0.0;
        high += whole > 255.0;
        CHECK(bytes[at] == (uint8_t)fmin(fmax(whole, 0.0), 255.0));
    }
    CHECK(high > N / 100 && warnings == 1);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_CLIPPED, &clipped));
    CHECK((double)clipped == low + high);
    /* A series of images does not flood the log. */
    OK(abbe_plan_execute(plan, source, sizeof source, bytes, sizeof bytes));
    CHECK(warnings == 1);
    OK(abbe_context_set_log(context, NULL, NULL, 0));
    json = report_of(plan);
    CHECK(number_of(json, "clipped_low") == low && number_of(json, "clipped_high") == high);
    free(json);
    abbe_plan_destroy(plan);

    /* Whole numbers up to 2048 are exact in f16: in and out give the same bits as in f32. */
    plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_F16, shape);
    OK(abbe_plan_execute(plan, source, sizeof source, half, sizeof half));
    abbe_plan_destroy(plan);
    for (at = 0; at < N; at++) {
        const int exponent = (half[at] >> 10 & 31) - 15;
        const double value = exponent < -14 ? 0.0 : ldexp(1.0 + (half[at] & 1023) / 1024.0, exponent);
        CHECK(fabs(value - (double)expected[at]) <= (double)expected[at] / 2047.0);
    }
}

static void count_misfits(void *user, int32_t level, const char *text) {
    *(int *)user += level == ABBE_LEVEL_WARNING && strstr(text, "misfit is") == text;
}

/* What no blur can have made is warned of, where photons are counted. */
static void misfits(abbe_context *context) {
    float source[N], target[N];
    int at, known, warnings = 0;
    for (at = 0; at < N; at++) {
        source[at] = (at / X + at % X) % 2 ? 1000.0f : 0.0f;
    }
    OK(abbe_context_set_log(context, count_misfits, &warnings, ABBE_LEVEL_WARNING));
    for (known = 0; known < 2; known++) {
        char *json;
        abbe_plan *plan = make_plan(context, 3);
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
        OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
        if (known) {
            OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_PHOTON_GAIN, 1.0));
        }
        OK(abbe_plan_commit(plan));
        OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
        json = report_of(plan);
        if (known) {
            CHECK(number_of(json, "misfit") > 100.0);
        } else {
            CHECK(strstr(json, "\"misfit\":null") && strstr(json, "\"photon_gain\":null"));
        }
        CHECK(warnings == known);
        free(json);
        abbe_plan_destroy(plan);
    }
    OK(abbe_context_set_log(context, NULL, NULL, 0));
}

/* Channels and time points are images of their own, wherever their axes stand. */
static void channels(abbe_context *context) {
    static const char *const orders[] = {"czyx", "zyxc", "zcyx"};
    const int64_t shapes[3][4] = {{2, Z, Y, X}, {Z, Y, X, 2}, {Z, 2, Y, X}};
    const size_t strides_c[3] = {N, 1, Y * X}, strides_z[3] = {Y * X, Y * X * 2, Y * X * 2};
    const size_t strides_yx[3] = {1, 2, 1};
    uint16_t source[N], both[2 * N];
    float expected[N], other[N], target[2 * N];
    size_t order, at;
    fill(source);
    reference(context, source, expected);
    for (order = 0; order < 3; order++) {
        abbe_plan *plan = make_plan(context, 3);
        size_t wrong = 0, at_c0, at_c1;
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, orders[order], shapes[order], NULL, 0));
        OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
        OK(abbe_plan_commit(plan));
        for (at = 0; at < N; at++) {
            at_c0 = at / (Y * X) * strides_z[order] + at % (Y * X) * strides_yx[order];
            both[at_c0] = source[at];
            both[at_c0 + strides_c[order]] = source[N - 1 - at]; /* The second channel is the first, turned round. */
        }
        OK(abbe_plan_execute(plan, both, sizeof both, target, sizeof target));
        for (at = 0; at < N; at++) {
            at_c0 = at / (Y * X) * strides_z[order] + at % (Y * X) * strides_yx[order];
            at_c1 = at_c0 + strides_c[order];
            wrong += target[at_c0] != expected[at];
            other[N - 1 - at] = target[at_c1];
        }
        CHECK(wrong == 0);
        for (at = 0; at < N; at++) { /* The kernel is symmetric: so is the result, but for rounding. */
            CHECK(fabs((double)other[at] - (double)expected[at]) <= 1e-3 * (double)expected[at] + 1e-2);
        }
        abbe_plan_destroy(plan);
    }
}

/* One plan, images of several sizes in turn, down to a single sample. */
static void reuse(abbe_context *context) {
    const int64_t sizes[5][3] = {{1, 1, 1}, {Z, Y, X}, {1, 1, X}, {1, Y, 1}, {2, 2, 2}};
    uint16_t source[N];
    float expected[N], target[N];
    size_t round;
    abbe_plan *plan = make_plan(context, 3);
    fill(source);
    reference(context, source, expected);
    for (round = 0; round < 10; round++) {
        const int64_t *size = sizes[round % 5];
        const size_t count = (size_t)(size[0] * size[1] * size[2]);
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", size, NULL, 0));
        OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
        OK(abbe_plan_commit(plan));
        target[0] = -1.0f;
        OK(abbe_plan_execute(plan, source, count * 2, target, count * 4));
        CHECK(target[0] >= 0.0f);
        CHECK(count != N || memcmp(target, expected, sizeof expected) == 0);
    }
    abbe_plan_destroy(plan);
}

/* Light too faint for single precision is refused; a little more is restored, and no light is none. */
static void faint_images(abbe_context *context) {
    enum { SIDE = 32, COUNT = SIDE * SIDE };
    static const float brightness[3] = {1e-40f, 1e-30f, 0.0f};
    const int64_t extents[2] = {SIDE, SIDE};
    static float image[COUNT], result[COUNT];
    abbe_plan *plan = make_plan(context, 2);
    int at, level;
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", extents, NULL, 0));
    OK(abbe_plan_commit(plan));
    for (level = 0; level < 3; level++) {
        double in = 0.0, out = 0.0;
        for (at = 0; at < COUNT; at++) {
            image[at] = (float)(1 + noise((unsigned)at) % 9) * brightness[level];
            result[at] = 5.0f;
            in += (double)image[at];
        }
        if (level == 0) {
            FAILS(ABBE_ERROR_ARGUMENT, "multiply", abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
            CHECK(result[0] == 5.0f && result[COUNT - 1] == 5.0f);
            continue;
        }
        OK(abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
        for (at = 0; at < COUNT; at++) {
            out += (double)result[at];
        }
        CHECK(fabs(out - in) <= 0.1 * in);
    }
    abbe_plan_destroy(plan);
}

/* Samples that were not measured: whatever they are, the result is the same, and they may stay as they are. */
static void masks(abbe_context *context) {
    uint16_t source[N], spoilt[N], kept[N];
    float expected[N], found[N];
    uint8_t mask[N];
    int64_t other[3] = {Z, Y, X + 1};
    unsigned at;
    abbe_plan *plan = make_plan(context, 3);
    fill(source);
    for (at = 0; at < N; at++) {
        mask[at] = (uint8_t)(at % 17 != 5);
        spoilt[at] = mask[at] ? source[at] : 65535;
    }
    FAILS(ABBE_ERROR_STATE, "abbe_plan_set_input", abbe_plan_set_mask(plan, mask, N));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "mask has 389 bytes", abbe_plan_set_mask(plan, mask, N - 1));
    memset(kept, 0, sizeof kept);
    FAILS(ABBE_ERROR_ARGUMENT, "0 everywhere", abbe_plan_set_mask(plan, kept, N));
    OK(abbe_plan_set_mask(plan, mask, N));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, N * 2, expected, N * 4));
    OK(abbe_plan_execute(plan, spoilt, N * 2, found, N * 4));
    CHECK(memcmp(expected, found, N * 4) == 0);
    CHECK(found[5] < 10000.0f);

    /* They stay as they are on request, in place too; a mask is kept until the extents are others. */
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_NOT_MEASURED, ABBE_NOT_MEASURED_UNTOUCHED));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_U16, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, spoilt, N * 2, kept, N * 2));
    OK(abbe_plan_execute(plan, spoilt, N * 2, spoilt, N * 2));
    CHECK(memcmp(spoilt, kept, N * 2) == 0);
    CHECK(kept[5] == 65535 && kept[5 + 17] == 65535 && kept[6] < 65535);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", other, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "mask has 390 bytes", abbe_plan_set_mask(plan, mask, N));
    OK(abbe_plan_set_mask(plan, NULL, 0));
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    FAILS(ABBE_ERROR_HANDLE, "", abbe_plan_set_mask(plan, mask, N));
}

int main(void) {
    abbe_context *context = make_context(2);
    faint_images(context);
    sizes(context);
    overlaps(context);
    strides(context);
    refused_layouts(context);
    targets_keep_their_type(context);
    odd_axes_are_warned_of(context);
    sample_types(context);
    misfits(context);
    channels(context);
    masks(context);
    reuse(context);
    abbe_context_destroy(context);
    return finish();
}
