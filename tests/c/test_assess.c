/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * How far a result can be believed: metrics, an assessment with a point spread function and a plan, and what goes wrong.
 */
#include "check.h"

enum { SIDE = 64, COUNT = SIDE * SIDE };
static float truth[COUNT], raw[COUNT], result[COUNT], map[COUNT];
static const int64_t shape[2] = {SIDE, SIDE};
static char report[1 << 16];

/** Blurred dots with the noise of photons. */
static void draw(void) {
    int at, y, x;
    for (at = 0; at < COUNT; at++) {
        double light = 30.0, normal = -6.0;
        int part, dot;
        for (dot = 0; dot < 12; dot++) {
            y = (int)(noise((unsigned)(dot * 2 + 1)) % SIDE) - at / SIDE;
            x = (int)(noise((unsigned)(dot * 2 + 2)) % SIDE) - at % SIDE;
            light += 300.0 * exp(-0.5 * (y * y + x * x) / 4.0);
        }
        for (part = 0; part < 12; part++) {
            normal += noise((unsigned)(at * 12 + part)) / 1000.0;
        }
        truth[at] = (float)light;
        raw[at] = (float)(light + sqrt(light) * normal);
    }
}

static void metrics(abbe_context *context) {
    double value = 0.0;
    OK(abbe_metric_measure(context, ABBE_METRIC_PSNR, truth, truth, 2, shape, 255.0, &value));
    CHECK(isinf(value) && value > 0.0);
    OK(abbe_metric_measure(context, ABBE_METRIC_SSIM, truth, truth, 2, shape, 0.0, &value));
    CHECK(fabs(value - 1.0) < 1e-9);
    OK(abbe_metric_measure(context, ABBE_METRIC_RSP, raw, truth, 2, shape, 0.0, &value));
    CHECK(value > 0.5 && value < 1.0);
    FAILS(ABBE_ERROR_ARGUMENT, "is constant",
          abbe_metric_measure(context, ABBE_METRIC_FRC_RESOLUTION, map, truth, 2, shape, 0.0, &value));
    FAILS(ABBE_ERROR_ARGUMENT, "range is 1e300;",
          abbe_metric_measure(context, ABBE_METRIC_PSNR, raw, truth, 2, shape, 1e300, &value));
    FAILS(ABBE_ERROR_ARGUMENT, "metric is 99", abbe_metric_measure(context, 99, raw, truth, 2, shape, 0.0, &value));
    FAILS(ABBE_ERROR_ARGUMENT, "range is -1",
          abbe_metric_measure(context, ABBE_METRIC_PSNR, raw, truth, 2, shape, -1.0, &value));
    FAILS(ABBE_ERROR_ARGUMENT, "value is NULL",
          abbe_metric_measure(context, ABBE_METRIC_PSNR, raw, truth, 2, shape, 0.0, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_metric_measure(context, ABBE_METRIC_PSNR, NULL, truth, 2, shape, 0.0, &value));
    CHECK(fabs(value) < 1.0);
}

static int32_t cancel(void *user, double fraction) {
    (void)fraction;
    ++*(int *)user;
    return ABBE_CANCEL;
}

static void whole(abbe_context *context) {
    abbe_assess *assess = NULL;
    abbe_plan *plan = NULL;
    int64_t bytes = 0;
    double done = 0.0;
    size_t needed = 0;
    int calls = 0;
    const int64_t other[2] = {SIDE, SIDE / 2};
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_assess_create(context, &assess));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_GAIN, 1.0));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_OFFSET, 0.0));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_READ_NOISE, 0.0));
    OK(abbe_assess_set_i64(assess, ABBE_ASSESS_SPLITS, 2));
    FAILS(ABBE_ERROR_STATE, "no raw image", abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RAW, raw, 2, shape));
    FAILS(ABBE_ERROR_STATE, "no result image", abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, raw, 2, other));
    FAILS(ABBE_ERROR_ARGUMENT, "extents of raw", abbe_assess_run(assess, NULL, NULL));
    FAILS(ABBE_ERROR_STATE, "abbe_assess_run()", abbe_assess_report(assess, NULL, 0, &needed));
    OK(abbe_assess_set_plan(assess, plan));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, truth, 2, shape));
    FAILS(ABBE_ERROR_STATE, "not committed", abbe_assess_run(assess, NULL, NULL));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, raw, sizeof raw, result, sizeof result));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, result, 2, shape));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_REFERENCE, truth, 2, shape));
    EXPECT(ABBE_ERROR_CANCELLED, abbe_assess_run(assess, cancel, &calls));
    CHECK(calls == 1);
    OK(abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_get_i64(assess, ABBE_ASSESS_WORKSPACE_BYTES, &bytes));
    CHECK(bytes > COUNT * 4);
    OK(abbe_assess_get_f64(assess, ABBE_ASSESS_PROGRESS, &done));
    CHECK(done == 1.0);
    OK(abbe_assess_report(assess, report, sizeof report, &needed));
    CHECK(strstr(report, "\"squirrel\"") && strstr(report, "\"frc_raw\"") && strstr(report, "\"halves\""));
    CHECK(strstr(report, "\"reference\"") && strstr(report, "\"micro_ssim\"") && !strstr(report, "\"support\""));
    OK(abbe_assess_map(assess, ABBE_MAP_SPREAD, map, 2, shape));
    CHECK(map[COUNT / 2] > 0.0f && map[COUNT / 2] < 100.0f);
    FAILS(ABBE_ERROR_ARGUMENT, "shape is", abbe_assess_map(assess, ABBE_MAP_ERROR, map, 2, other));
    FAILS(ABBE_ERROR_ARGUMENT, "map is 9", abbe_assess_map(assess, 9, map, 2, shape));
    OK(abbe_assess_set_i64(assess, ABBE_ASSESS_MEMORY_CAP_BYTES, 1000));
    FAILS(ABBE_ERROR_MEMORY, "assess.memory_cap_bytes is 1000", abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_unset(assess, ABBE_ASSESS_MEMORY_CAP_BYTES));
    OK(abbe_assess_set_plan(assess, NULL));
    OK(abbe_assess_run(assess, NULL, NULL));
    FAILS(ABBE_ERROR_STATE, "abbe_assess_set_plan", abbe_assess_map(assess, ABBE_MAP_SPREAD, map, 2, shape));
    map[5] = (float)NAN;
    FAILS(ABBE_ERROR_ARGUMENT, "set assess.not_a_number to not_measured", abbe_assess_set_image(assess, ABBE_IMAGE_RAW, map, 2, shape));
    abbe_plan_destroy(plan);
    abbe_assess_destroy(assess);
    abbe_assess_cancel(assess);
    EXPECT(ABBE_ERROR_HANDLE, abbe_assess_run(assess, NULL, NULL));
}

/** What a mask takes out changes no number and no map; a plan states its camera. */
static void masks_and_cameras(abbe_context *context) {
    static uint8_t mask[COUNT];
    static char other[1 << 16];
    static float again[COUNT];
    abbe_assess *assess = NULL;
    abbe_plan *plan = NULL;
    size_t needed = 0;
    int at, round;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_set_f64(plan, ABBE_PLAN_CAMERA_GAIN, 1.25));
    OK(abbe_plan_set_f64(plan, ABBE_PLAN_CAMERA_OFFSET, 3.0));
    OK(abbe_plan_set_f64(plan, ABBE_PLAN_CAMERA_READ_NOISE, 0.5));
    OK(abbe_plan_commit(plan));
    OK(abbe_assess_create(context, &assess));
    FAILS(ABBE_ERROR_ARGUMENT, "must be one of assess.*", abbe_assess_set_i64(assess, ABBE_DECONVOLVE_ITERATIONS, 3));
    FAILS(ABBE_ERROR_ARGUMENT, "assess.gain is 1e300;", abbe_assess_set_f64(assess, ABBE_ASSESS_GAIN, 1e300));
    FAILS(ABBE_ERROR_ARGUMENT, "mask is 0 everywhere", abbe_assess_set_mask(assess, mask, sizeof mask));
    for (at = 0; at < COUNT; at++) {
        mask[at] = !(at / SIDE >= 20 && at / SIDE < 30 && at % SIDE >= 40 && at % SIDE < 52);
        result[at] = raw[at];
    }
    OK(abbe_assess_set_mask(assess, mask, sizeof mask));
    OK(abbe_assess_set_i64(assess, ABBE_ASSESS_SPLITS, 2));
    OK(abbe_assess_set_plan(assess, plan));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_REFERENCE, truth, 2, shape));
    for (round = 0; round < 3; round++) {
        for (at = 0; at < COUNT; at++) {
            if (!mask[at]) {
                result[at] = round == 0 ? 0.0f : round == 1 ? (float)NAN : 3e38f;
            }
        }
        OK(abbe_assess_set_image(assess, ABBE_IMAGE_RAW, result, 2, shape));
        OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, result, 2, shape));
        OK(abbe_assess_run(assess, NULL, NULL));
        OK(abbe_assess_report(assess, round == 0 ? report : other, sizeof report, &needed));
        OK(abbe_assess_map(assess, ABBE_MAP_SUSPICION, round == 0 ? map : again, 2, shape));
        if (round > 0) {
            /* All but the time that it took. */
            const char *before = strstr(report, "\"shape\""), *after = strstr(other, "\"shape\"");
            CHECK(before && after && strcmp(before, after) == 0);
            CHECK(strncmp(report, other, (size_t)(strstr(other, "\"seconds\"") - other)) == 0);
            CHECK(memcmp(map, again, sizeof map) == 0);
        }
    }
    CHECK(strstr(report, "\"gain\":1.25") && strstr(report, "\"offset\":3.0") && strstr(report, "\"read_noise\":0.5"));
    CHECK(isnan(map[25 * SIDE + 45]) && !isnan(map[40 * SIDE + 45]));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_GAIN, 1.5));
    OK(abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_report(assess, report, sizeof report, &needed));
    CHECK(strstr(report, "\"gain\":1.5,") && strstr(report, "\"offset\":3.0"));
    OK(abbe_assess_set_mask(assess, mask, 5));
    FAILS(ABBE_ERROR_ARGUMENT, "mask has 5 bytes", (result[at = 45] = (float)NAN,
          abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, result, 2, shape)));
    OK(abbe_assess_set_mask(assess, NULL, 0));
    OK(abbe_assess_set_i64(assess, ABBE_ASSESS_NOT_A_NUMBER, ABBE_NOT_A_NUMBER_NOT_MEASURED));
    for (at = 0; at < COUNT; at++) {
        result[at] = mask[at] ? raw[at] : (float)NAN;
    }
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RAW, raw, 2, shape));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, result, 2, shape));
    OK(abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_map(assess, ABBE_MAP_ERROR, map, 2, shape));
    CHECK(isnan(map[25 * SIDE + 45]) && !isnan(map[40 * SIDE + 45]));
    OK(abbe_assess_set_mask(assess, mask, 5));
    FAILS(ABBE_ERROR_ARGUMENT, "mask has 5 bytes", abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_set_mask(assess, NULL, 0));
    for (at = 0; at < COUNT; at++) {
        result[at] = at % 2 ? 3.4e38f : -3.4e38f;
    }
    FAILS(ABBE_ERROR_ARGUMENT, "1e15", abbe_assess_set_image(assess, ABBE_IMAGE_RAW, result, 2, shape));
    abbe_plan_destroy(plan);
    abbe_assess_destroy(assess);
}

/** A result of twice the samples is refused, and with assess.align seen on the grid of the raw image. */
static void other_grids(abbe_context *context) {
    static float finer[4 * COUNT], map_of_finer[4 * COUNT];
    const int64_t twice[2] = {2 * SIDE, 2 * SIDE}, tall[2] = {2 * SIDE, SIDE};
    abbe_assess *assess = NULL;
    size_t needed = 0;
    int at;
    for (at = 0; at < 4 * COUNT; at++) {
        finer[at] = truth[at / (4 * SIDE) * SIDE + at % (2 * SIDE) / 2];
    }
    OK(abbe_assess_create(context, &assess));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RAW, raw, 2, shape));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, finer, 2, twice));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_REFERENCE, truth, 2, shape));
    FAILS(ABBE_ERROR_ARGUMENT, "set assess.align to 1", abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_set_i64(assess, ABBE_ASSESS_ALIGN, 1));
    OK(abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_report(assess, report, sizeof report, &needed));
    CHECK(strstr(report, "\"scale\":[1.0,2.0,2.0]") && strstr(report, "\"scale\":[1.0,0.5,0.5]"));
    OK(abbe_assess_map(assess, ABBE_MAP_ERROR, map_of_finer, 2, twice));
    FAILS(ABBE_ERROR_ARGUMENT, "shape is", abbe_assess_map(assess, ABBE_MAP_ERROR, map, 2, shape));
    CHECK(map_of_finer[COUNT] >= 0.0f && map_of_finer[COUNT] < 200.0f);
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, finer, 2, tall));
    FAILS(ABBE_ERROR_ARGUMENT, "the same along y and x; it is [1.0000, 2.0000, 1.0000]; bring both to one grid", abbe_assess_run(assess, NULL, NULL));
    abbe_assess_destroy(assess);
}

static void a_dot_that_was_added_is_found(abbe_context *context) {
    abbe_assess *assess = NULL;
    int y, x, at, inside = 0, outside = 0;
    OK(abbe_assess_create(context, &assess));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_GAIN, 1.0));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_OFFSET, 0.0));
    OK(abbe_assess_set_f64(assess, ABBE_ASSESS_READ_NOISE, 0.0));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RAW, raw, 2, shape));
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, truth, 2, shape));
    OK(abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_map(assess, ABBE_MAP_SUSPICION, map, 2, shape));
    for (at = 0; at < COUNT; at++) {
        outside += map[at] > 1.0f;
        result[at] = truth[at];
    }
    CHECK(outside == 0);
    for (at = 0; at < COUNT; at++) {
        y = at / SIDE - 48;
        x = at % SIDE - 16;
        result[at] += (float)(60.0 * exp(-0.5 * (y * y + x * x) / 4.0));
    }
    OK(abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, result, 2, shape));
    OK(abbe_assess_run(assess, NULL, NULL));
    OK(abbe_assess_map(assess, ABBE_MAP_SUSPICION, map, 2, shape));
    inside = map[48 * SIDE + 16] > 1.0f;
    CHECK(inside == 1);
    abbe_assess_destroy(assess);
}

int main(void) {
    abbe_context *context = make_context(2);
    draw();
    metrics(context);
    whole(context);
    masks_and_cameras(context);
    other_grids(context);
    a_dot_that_was_added_is_found(context);
    abbe_context_destroy(context);
    return failures != 0;
}
