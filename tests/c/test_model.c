/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Networks in plans: whose statistics normalise a series, devices that are not there, files that are none. Networks
 * that run need ONNX Runtime, named in ABBE_ONNXRUNTIME; without it those parts are left out.
 */
#include "check.h"

/* y = x for images x of [n, 1, h, w], as the onnx package writes it (opset 17). */
static const unsigned char identity[] = {
    8,  8,  18, 0,  58, 92, 10, 16, 10, 1,  120, 18, 1,   121, 34,  8,  73,  100, 101, 110, 116, 105, 116, 121, 18, 8,
    105, 100, 101, 110, 116, 105, 116, 121, 90, 30, 10, 1, 120, 18, 25, 10, 23, 8,   1,   18,  19,  10,  3,   18, 1,  110,
    10, 2,  8,  1,  10, 3,  18, 1,  104, 10, 3,  18, 1,   119, 98,  30, 10,  1,   121, 18,  25,  10,  23,  8,  1,  18,
    19, 10, 3,  18, 1,  110, 10, 2, 8,  1,  10,  3,  18,  1,   104, 10, 3,   18,  1,   119, 66,  4,   10,  0,  16, 17};

/* y = Conv(x, k) with a border of zeros, for images x of [n, 1, h, w] and kernels k of [1, 1, 3, 3]. */
static const unsigned char blur[] = {
    8,   8,  58,  132, 1,   10,  34, 10, 1,   120, 10, 1,   107, 18,  1,   121, 34,  4,  67, 111, 110, 118, 42,  17,
    10,  4,  112, 97,  100, 115, 64, 1,  64,  1,   64, 1,   64,  1,   160, 1,   7,   18, 1,  103, 90,  30,  10,  1,
    120, 18, 25,  10,  23,  8,   1,  18, 19,  10,  3,  18,  1,   110, 10,  2,   8,   1,  10, 3,   18,  1,   104, 10,
    3,   18, 1,   119, 90,  27,  10, 1,  107, 18,  22, 10,  20,  8,   1,   18,  16,  10, 2,  8,   1,   10,  2,   8,
    1,   10, 2,   8,   3,   10,  2,  8,  3,   98,  30, 10,  1,   121, 18,  25,  10,  23, 8,  1,   18,  19,  10,  3,
    18,  1,  110, 10,  2,   8,   1,  10, 3,   18,  1,  104, 10,  3,   18,  1,   119, 66, 4,  10,  0,   16,  17};

enum { NT = 5, NY = 24, NX = 40, IMAGE = NY * NX, N = NT * IMAGE };
static uint16_t source[N];
static float target[N];

static abbe_model *make_model(abbe_context *context) {
    abbe_model *model = NULL;
    OK(abbe_model_load_memory(context, identity, sizeof identity, &model));
    return model;
}

/* A plan of a network that gives back what it gets, in its own units; statistics as stated. */
static abbe_plan *make_identity(abbe_context *context, int64_t normalisation, int64_t statistics) {
    abbe_plan *plan = NULL;
    abbe_model *model = make_model(context);
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    OK(abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_NORMALISATION, normalisation));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_STATISTICS, statistics));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_INTENSITIES, ABBE_INTENSITIES_NETWORK));
    abbe_model_destroy(model);
    return plan;
}

static void set_series(abbe_plan *plan, int64_t times) {
    int64_t shape[3] = {0, NY, NX};
    shape[0] = times;
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "tyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
}

static int ascending(const void *a, const void *b) {
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* The percentile between neighbours, by sorting. */
static double percentile(const uint16_t *samples, size_t count, double percent) {
    uint16_t *sorted = (uint16_t *)malloc(count * sizeof *sorted);
    const double place = percent / 100 * (double)(count - 1);
    const size_t at = (size_t)place;
    double value;
    memcpy(sorted, samples, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, ascending);
    value = sorted[at];
    if (at + 1 < count) {
        value += (sorted[at + 1] - value) * (place - (double)at);
    }
    free(sorted);
    return value;
}

/* The largest distance of the images from `(source - offset) / gain`. */
static double distance(size_t first, size_t count, double offset, double gain) {
    double worst = 0;
    size_t at;
    for (at = first; at < first + count; at++) {
        const double away = fabs(target[at] - (source[at] - offset) / gain);
        worst = away > worst || away != away ? away : worst;
    }
    return worst;
}

static void moments(const uint16_t *samples, size_t count, double *mean, double *deviation) {
    double sum = 0, squares = 0;
    size_t at;
    for (at = 0; at < count; at++) {
        sum += samples[at];
    }
    *mean = sum / (double)count;
    for (at = 0; at < count; at++) {
        squares += (samples[at] - *mean) * (samples[at] - *mean);
    }
    *deviation = sqrt(squares / (double)count) + 1e-6;
}

static int32_t cancel_at_third(void *user, double done) {
    int *calls = (int *)user;
    (void)done;
    return ++*calls == 3 ? ABBE_CANCEL : ABBE_CONTINUE;
}

static int32_t rising(void *user, double done) {
    double *last = (double *)user;
    CHECK(done >= *last && done <= 1);
    *last = done;
    return ABBE_CONTINUE;
}

/* One mean and deviation, or one pair of percentiles, for all time points of an execute. */
static void statistics_of_a_series(abbe_context *context) {
    double mean, deviation, low, high, last = 0;
    abbe_plan *plan = make_identity(context, ABBE_NORMALISATION_MEAN_STD, ABBE_STATISTICS_SERIES);
    int round, calls = 0;
    char *report;
    size_t at;

    set_series(plan, NT);
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_set_progress(plan, rising, &last));
    for (round = 0; round < 2; round++) {
        OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
        moments(source, N, &mean, &deviation);
        CHECK(distance(0, N, mean, deviation) < 1e-5);
        last = 0;
    }
    report = report_of(plan);
    CHECK(fabs(number_of(report, "offset") - mean) < 1e-3 && fabs(number_of(report, "gain") - deviation) < 1e-3);
    free(report);

    /* Whatever was cancelled, the next execute measures anew. */
    OK(abbe_plan_set_progress(plan, cancel_at_third, &calls));
    memset(target, 0, sizeof target);
    EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    for (at = 0; at < N; at++) {
        CHECK(target[at] == 0);
    }
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    for (at = 0; at < N; at++) {
        source[at] = (uint16_t)(source[at] + 900);
    }
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    moments(source, N, &mean, &deviation);
    CHECK(distance(0, N, mean, deviation) < 1e-5);
    abbe_plan_destroy(plan);

    plan = make_identity(context, ABBE_NORMALISATION_PERCENTILE, ABBE_STATISTICS_SERIES);
    OK(abbe_plan_set_f64(plan, ABBE_MODEL_LOW_PERCENTILE, 3));
    OK(abbe_plan_set_f64(plan, ABBE_MODEL_HIGH_PERCENTILE, 97.7));
    set_series(plan, NT);
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    low = percentile(source, N, 3);
    high = percentile(source, N, 97.7);
    CHECK(distance(0, N, low, high - low) < 1e-5);
    abbe_plan_destroy(plan);
}

/* Each image its own, or the first one's for all. */
static void statistics_of_images(abbe_context *context) {
    double mean, deviation;
    abbe_plan *plan = make_identity(context, ABBE_NORMALISATION_MEAN_STD, ABBE_STATISTICS_IMAGE);
    int time;
    set_series(plan, NT);
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    for (time = 0; time < NT; time++) {
        moments(source + time * IMAGE, IMAGE, &mean, &deviation);
        CHECK(distance((size_t)time * IMAGE, IMAGE, mean, deviation) < 1e-5);
    }
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_STATISTICS, ABBE_STATISTICS_FIRST));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    moments(source, IMAGE, &mean, &deviation);
    CHECK(distance(0, N, mean, deviation) < 1e-5);
    abbe_plan_destroy(plan);
}

/* What the network sees counts, not what the plan reads; and each channel has its own. */
static void statistics_behind_other_steps(abbe_context *context) {
    abbe_plan *plan = NULL;
    abbe_model *model = make_model(context);
    const int64_t shape[4] = {2, 2, NY, NX};
    const size_t bytes = 4 * IMAGE * sizeof *source;
    uint16_t channel[2 * IMAGE];
    double mean, deviation;
    char *report;
    const char *entry;
    int c, entries = 0;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    OK(abbe_plan_set_i64(plan, ABBE_BACKGROUND_MODE, ABBE_BACKGROUND_CONSTANT));
    OK(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 100));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    OK(abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_NORMALISATION, ABBE_NORMALISATION_MEAN_STD));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_STATISTICS, ABBE_STATISTICS_SERIES));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_INTENSITIES, ABBE_INTENSITIES_NETWORK));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "tcyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, bytes, target, 4 * IMAGE * sizeof *target));
    for (c = 0; c < 2; c++) {
        memcpy(channel, source + c * IMAGE, IMAGE * sizeof *source);
        memcpy(channel + IMAGE, source + (2 + c) * IMAGE, IMAGE * sizeof *source);
        moments(channel, 2 * IMAGE, &mean, &deviation);
        CHECK(distance((size_t)c * IMAGE, IMAGE, mean, deviation) < 1e-5);
        CHECK(distance((size_t)(2 + c) * IMAGE, IMAGE, mean, deviation) < 1e-5);
    }
    /* What a step does for the statistics only is not reported: one entry for each image and step. */
    report = report_of(plan);
    for (entry = report; (entry = strstr(entry, "\"negative\"")) != NULL; entry++) {
        entries++;
    }
    CHECK(entries == 4);
    free(report);
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
}

/* Where a series cannot be known, a plan says so before it is committed. */
static void series_that_cannot_be_known(abbe_context *context) {
    const int64_t stack[3] = {NT, NY, NX};
    abbe_plan *plan = make_identity(context, ABBE_NORMALISATION_MEAN_STD, ABBE_STATISTICS_SERIES);
    abbe_psf *psf = make_psf(context, 2);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", stack, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "needs an axis t", abbe_plan_commit(plan));
    /* A series of one image is one. */
    set_series(plan, 1);
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);

    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_WARM_START, 1));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    {
        abbe_model *model = make_model(context);
        OK(abbe_plan_set_model(plan, model));
        abbe_model_destroy(model);
    }
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_STATISTICS, ABBE_STATISTICS_SERIES));
    set_series(plan, NT);
    FAILS(ABBE_ERROR_ARGUMENT, "warm_start", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
}

/* A network that gives what is no number leaves the target as it was. */
static void targets_of_failures_stay(abbe_context *context) {
    abbe_plan *plan = make_identity(context, ABBE_NORMALISATION_FIXED, ABBE_STATISTICS_IMAGE);
    static float huge[IMAGE];
    const int64_t shape[2] = {NY, NX};
    size_t at;
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_set_f64(plan, ABBE_MODEL_GAIN, 1e-9));
    OK(abbe_plan_commit(plan));
    for (at = 0; at < IMAGE; at++) {
        huge[at] = at == 17 ? 1e38f : 1.0f; /* Infinity to the network. */
        target[at] = 7;
    }
    FAILS(ABBE_ERROR_MODEL, "not finite", abbe_plan_execute(plan, huge, sizeof huge, target, sizeof huge));
    for (at = 0; at < IMAGE; at++) {
        CHECK(target[at] == 7);
    }
    huge[17] = 2.0f;
    OK(abbe_plan_execute(plan, huge, sizeof huge, target, sizeof huge));
    CHECK(fabs(target[17] / 2e9 - 1) < 1e-6);
    abbe_plan_destroy(plan);
}

/* A kernel with extents of its own goes to the input of its name. */
static void an_input_of_its_own(abbe_context *context) {
    static const float kernel[9] = {0.5f, 0, 0, 0.25f, 1, 0, 0, 0, 2};
    const int64_t shape[4] = {1, 1, 3, 3}, image[2] = {NY, NX};
    abbe_plan *plan = NULL;
    abbe_model *model = NULL;
    int y, x, i, j;
    double worst = 0;
    OK(abbe_model_load_memory(context, blur, sizeof blur, &model));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    FAILS(ABBE_ERROR_STATE, "abbe_plan_set_model()", abbe_plan_set_model_input(plan, "k", kernel, 4, shape));
    OK(abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", image, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "name is \"psf\"", abbe_plan_set_model_input(plan, "psf", kernel, 4, shape));
    FAILS(ABBE_ERROR_ARGUMENT, "[1, 1, 3, 3]", abbe_plan_set_model_input(plan, "k", kernel, 3, shape));
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_plan_set_model_input(plan, "k", NULL, 4, shape));
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_plan_set_model_input(plan, "k", kernel, 4, NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "ndim is -1", abbe_plan_set_model_input(plan, "k", kernel, -1, shape));
    OK(abbe_plan_set_model_input(plan, "k", kernel, 4, shape));
    FAILS(ABBE_ERROR_ARGUMENT, "reads no other image", abbe_plan_set_model_input(plan, "x", kernel, 4, shape));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, IMAGE * sizeof *source, target, IMAGE * sizeof *target));
    for (y = 0; y < NY; y++) {
        for (x = 0; x < NX; x++) {
            double sum = 0;
            for (j = -1; j <= 1; j++) {
                for (i = -1; i <= 1; i++) {
                    const int inside = y + j >= 0 && y + j < NY && x + i >= 0 && x + i < NX;
                    sum += inside ? (double)kernel[(j + 1) * 3 + i + 1] * source[(y + j) * NX + x + i] : 0;
                }
            }
            worst = fmax(worst, fabs(target[y * NX + x] - sum) / 65535);
        }
    }
    CHECK(worst < 1e-6);
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
}

/* A cap below the smallest tile is an error that names the least. */
static void caps_below_one_tile(abbe_context *context) {
    abbe_plan *plan = make_identity(context, ABBE_NORMALISATION_NONE, ABBE_STATISTICS_IMAGE);
    int64_t least = 0;
    set_series(plan, 1);
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 1));
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &least));
    FAILS(ABBE_ERROR_MEMORY, "plan.memory_cap_bytes is 1", abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, least - 1));
    FAILS(ABBE_ERROR_MEMORY, "holds at least", abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, least));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    CHECK(distance(0, IMAGE, 0, 1) == 0);
    abbe_plan_destroy(plan);
}

/* A device that is not there is an error that says what to do, or the processor with the reason in the report. */
static void devices_that_are_not_there(void) {
    static const struct {
        int64_t device;
        const char *name;
    } devices[] = {{ABBE_DEVICE_CUDA, "CUDA"}, {ABBE_DEVICE_TENSORRT, "TensorRT"}};
    size_t at;
    for (at = 0; at < 2; at++) {
        abbe_context *context = make_context(1);
        abbe_plan *plan = make_identity(context, ABBE_NORMALISATION_NONE, ABBE_STATISTICS_IMAGE);
        abbe_status status;
        char *report;
        set_series(plan, 1);
        OK(abbe_context_set_i64(context, ABBE_CONTEXT_DEVICE, devices[at].device));
        OK(abbe_context_set_i64(context, ABBE_CONTEXT_FALLBACK, 0));
        status = abbe_plan_commit(plan);
        if (status == ABBE_OK) {
            printf("SKIPPED: this machine has %s; that it is missing cannot be tested\n", devices[at].name);
        } else {
            FAILS(ABBE_ERROR_DEVICE, devices[at].name, abbe_plan_commit(plan));
            FAILS(ABBE_ERROR_DEVICE, "set context.fallback to 1", abbe_plan_commit(plan));
            EXPECT(ABBE_ERROR_STATE, abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
            OK(abbe_context_set_i64(context, ABBE_CONTEXT_FALLBACK, 1));
            OK(abbe_plan_commit(plan));
            OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
            CHECK(distance(0, IMAGE, 0, 1) == 0);
            report = report_of(plan);
            CHECK(strstr(report, "\"device\":\"cpu\"") && strstr(report, devices[at].name));
            free(report);
        }
        abbe_plan_destroy(plan);
        abbe_context_destroy(context);
    }
}

/* No cut-off or changed file does harm; most are refused. */
static void files_that_are_none(abbe_context *context) {
    unsigned char bytes[sizeof identity];
    size_t size, at;
    unsigned refused = 0;
    abbe_model *model = NULL;
    for (size = 0; size < sizeof identity; size++) {
        if (abbe_model_load_memory(context, identity, size, &model)) {
            CHECK(error_text()[0] != 0);
            refused++;
        }
        abbe_model_destroy(model);
        model = NULL;
    }
    CHECK(refused > sizeof identity / 2);
    for (at = 0; at < 4000; at++) {
        size_t needed;
        memcpy(bytes, identity, sizeof bytes);
        bytes[noise((unsigned)at) % sizeof bytes] = (unsigned char)noise((unsigned)at + 77777u);
        bytes[noise((unsigned)at + 5000u) % sizeof bytes] ^= (unsigned char)(1u << noise((unsigned)at + 6000u) % 8);
        if (!abbe_model_load_memory(context, bytes, sizeof bytes, &model)) {
            OK(abbe_model_describe(model, NULL, 0, &needed));
        }
        abbe_model_destroy(model);
        model = NULL;
    }
}

int main(void) {
    abbe_context *context = make_context(2);
    const char *runtime = getenv("ABBE_ONNXRUNTIME");
    unsigned at;
    for (at = 0; at < N; at++) {
        /* Time points of growing brightness. */
        source[at] = (uint16_t)(200 + noise(at) * (1 + at / IMAGE));
    }
    files_that_are_none(context);
    if (!runtime || !runtime[0]) {
        printf("SKIPPED: ONNX Runtime is not there; set ABBE_ONNXRUNTIME\n");
    } else if (!small_only()) { /* ONNX Runtime takes valgrind too long. */
        series_that_cannot_be_known(context);
        statistics_of_a_series(context);
        statistics_of_images(context);
        statistics_behind_other_steps(context);
        targets_of_failures_stay(context);
    an_input_of_its_own(context);
        caps_below_one_tile(context);
        devices_that_are_not_there();
    }
    abbe_context_destroy(context);
    return finish();
}
