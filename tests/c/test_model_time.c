/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Networks that read several time points together, and outputs that are no images. It needs ONNX Runtime, named in
 * ABBE_ONNXRUNTIME.
 */
#include "check.h"

/* y = a + 2 b + 4 c for the three channels of an image, as the onnx package writes it (opset 17), and four outputs of an
   image x: "mean", x; "sigma", its magnitude; "p", its logistic function; "k", 1 where it is below 0, whole numbers. */
static const unsigned char sum_of_three[] = {
    8, 8, 58, 113, 10, 15, 10, 1, 120, 10, 1, 119, 18, 1, 121, 34, 4, 67, 111, 110, 118, 18, 1, 103, 42, 27, 8, 1, 8,
    3, 8, 1, 8, 1, 16, 1, 66, 1, 119, 74, 12, 0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 128, 64, 90, 30, 10, 1, 120, 18, 25,
    10, 23, 8, 1, 18, 19, 10, 3, 18, 1, 110, 10, 2, 8, 3, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119, 98, 30, 10, 1, 121,
    18, 25, 10, 23, 8, 1, 18, 19, 10, 3, 18, 1, 110, 10, 2, 8, 1, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119, 66, 4, 10, 0,
    16, 17};
static const unsigned char four_outputs[] = {
    8, 8, 58, 185, 2, 10, 19, 10, 1, 120, 18, 4, 109, 101, 97, 110, 34, 8, 73, 100, 101, 110, 116, 105, 116, 121, 10,
    15, 10, 1, 120, 18, 5, 115, 105, 103, 109, 97, 34, 3, 65, 98, 115, 10, 15, 10, 1, 120, 18, 1, 112, 34, 7, 83, 105,
    103, 109, 111, 105, 100, 10, 15, 10, 1, 120, 10, 1, 119, 18, 1, 116, 34, 4, 67, 111, 110, 118, 10, 44, 10, 1, 116,
    18, 1, 107, 34, 6, 65, 114, 103, 77, 97, 120, 42, 11, 10, 4, 97, 120, 105, 115, 24, 1, 160, 1, 2, 42, 15, 10, 8,
    107, 101, 101, 112, 100, 105, 109, 115, 24, 1, 160, 1, 2, 18, 1, 103, 42, 23, 8, 2, 8, 1, 8, 1, 8, 1, 16, 1, 66,
    1, 119, 74, 8, 0, 0, 128, 63, 0, 0, 128, 191, 90, 30, 10, 1, 120, 18, 25, 10, 23, 8, 1, 18, 19, 10, 3, 18, 1, 110,
    10, 2, 8, 1, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119, 98, 33, 10, 4, 109, 101, 97, 110, 18, 25, 10, 23, 8, 1, 18, 19,
    10, 3, 18, 1, 110, 10, 2, 8, 1, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119, 98, 34, 10, 5, 115, 105, 103, 109, 97, 18,
    25, 10, 23, 8, 1, 18, 19, 10, 3, 18, 1, 110, 10, 2, 8, 1, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119, 98, 30, 10, 1,
    112, 18, 25, 10, 23, 8, 1, 18, 19, 10, 3, 18, 1, 110, 10, 2, 8, 1, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119, 98, 30,
    10, 1, 107, 18, 25, 10, 23, 8, 7, 18, 19, 10, 3, 18, 1, 110, 10, 2, 8, 1, 10, 3, 18, 1, 104, 10, 3, 18, 1, 119,
    66, 4, 10, 0, 16, 17};

enum { NT = 5, NY = 12, NX = 16, IMAGE = NY * NX, N = NT * IMAGE, TIMES = 3 };
static float source[N], target[4 * N];

static abbe_plan *make_network(abbe_context *context, const unsigned char *bytes, size_t size) {
    abbe_plan *plan = NULL;
    abbe_model *model = NULL;
    OK(abbe_model_load_memory(context, bytes, size, &model));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    OK(abbe_plan_set_model(plan, model));
    abbe_model_destroy(model);
    return plan;
}

/* The time point of a series that stands at `at`, outside it by reflection. */
static int reflected(int at) { return at < 0 ? -at : at < NT ? at : 2 * (NT - 1) - at; }

static double away_from_the_sum(const float *series) {
    double worst = 0;
    int t, at;
    for (t = 0; t < NT; t++) {
        for (at = 0; at < IMAGE; at++) {
            const double sum = series[reflected(t - 1) * IMAGE + at] + 2.0 * series[t * IMAGE + at] +
                               4.0 * series[reflected(t + 1) * IMAGE + at];
            const double away = fabs(target[t * IMAGE + at] - sum);
            worst = away > worst || away != away ? away : worst;
        }
    }
    return worst;
}

/* Each time point is the middle one of three; a series of two is refused, and so are numbers that do not fit. */
static void time_points_together(abbe_context *context) {
    const int64_t shape[3] = {NT, NY, NX}, two[3] = {2, NY, NX};
    abbe_plan *plan = make_network(context, sum_of_three, sizeof sum_of_three);
    char *report;
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_FRAMES, TIMES));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof source));
    CHECK(away_from_the_sum(source) < 1e-3);
    report = report_of(plan);
    CHECK(strstr(report, "\"time_points\":3"));
    free(report);
    /* The same again, in place. */
    memcpy(target, source, sizeof source);
    OK(abbe_plan_execute(plan, target, sizeof source, target, sizeof source));
    CHECK(away_from_the_sum(source) < 1e-3);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tyx", two, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "reads 3 time points together", abbe_plan_commit(plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape + 1, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "reads 3 time points together", abbe_plan_commit(plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tyx", shape, NULL, 0));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_FRAMES, 2));
    FAILS(ABBE_ERROR_ARGUMENT, "reads 3 channels", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
}

/* What the samples of the output at `at` must be for an intensity. */
static double expected(int at, double intensity) {
    const double value = (intensity - 100) / 50;
    return at == 0   ? intensity
           : at == 1 ? fabs(value) * 50
           : at == 2 ? 1 / (1 + exp(-value))
                     : (double)(value < 0);
}

/* The offset of the camera goes back to intensities only. */
static void kinds_of_outputs(abbe_context *context) {
    const int64_t shape[3] = {1, NY, NX};
    abbe_plan *plan = make_network(context, four_outputs, sizeof four_outputs);
    double worst = 0;
    int output, at;
    char *report;
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_NORMALISATION, ABBE_NORMALISATION_FIXED));
    OK(abbe_plan_set_f64(plan, ABBE_MODEL_OFFSET, 100));
    OK(abbe_plan_set_f64(plan, ABBE_MODEL_GAIN, 50));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_OUTPUT, -1));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "cyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, IMAGE * sizeof *source, target, 4 * IMAGE * sizeof *target));
    for (output = 0; output < 4; output++) {
        for (at = 0; at < IMAGE; at++) {
            const double away = fabs(target[output * IMAGE + at] - expected(output, source[at]));
            worst = away > worst || away != away ? away : worst;
        }
    }
    CHECK(worst < 1e-3);
    report = report_of(plan);
    CHECK(strstr(report, "\"uncertainty\"") && strstr(report, "\"probability\"") && strstr(report, "\"labels\""));
    free(report);
    /* The host knows better. */
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_OUTPUT, 1));
    OK(abbe_plan_set_i64(plan, ABBE_MODEL_OUTPUT_KIND, ABBE_OUTPUT_KIND_IMAGE));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, IMAGE * sizeof *source, target, IMAGE * sizeof *target));
    CHECK(fabs(target[7] - (expected(1, source[7]) + 100)) < 1e-3);
    abbe_plan_destroy(plan);
}

int main(void) {
    abbe_context *context = make_context(2);
    const char *runtime = getenv("ABBE_ONNXRUNTIME");
    unsigned at;
    for (at = 0; at < N; at++) {
        source[at] = (float)noise(at);
    }
    if (!runtime || !runtime[0]) {
        printf("SKIPPED: ONNX Runtime is not there; set ABBE_ONNXRUNTIME\n");
    } else if (!small_only()) { /* ONNX Runtime takes valgrind too long. */
        time_points_together(context);
        kinds_of_outputs(context);
    }
    abbe_context_destroy(context);
    return finish();
}
