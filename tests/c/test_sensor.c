/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Maps of a sensor's pixels: measured, given to a plan, taken back.
 */
#include "check.h"

enum { ROWS = 6, COLUMNS = 9, PIXELS = ROWS * COLUMNS, DARK = 40, FLAT = 40 };

int main(void) {
    static uint16_t frames[(DARK + FLAT) * PIXELS];
    static float maps[3 * PIXELS], result[PIXELS], huge[2 * PIXELS];
    static uint16_t plane[PIXELS];
    static char report[16384], saved[16384];
    const int64_t shape[3] = {3, ROWS, COLUMNS}, *pixels = shape + 1, two[3] = {2, ROWS, COLUMNS};
    abbe_context *context = NULL;
    abbe_plan *plan = NULL;
    int frame, at;
    OK(abbe_context_create(&context));

    /* Every other frame 3 above and 3 below; in light 200 more, and 20 above and below. The last pixel sees none. */
    for (frame = 0; frame < DARK + FLAT; frame++) {
        for (at = 0; at < PIXELS; at++) {
            const int light = frame >= DARK && at != PIXELS - 1;
            frames[frame * PIXELS + at] = (uint16_t)(100 + at + 200 * light + (frame % 2 ? 1 : -1) * (light ? 20 : 3));
        }
    }
    OK(abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, DARK, 1, FLAT, 3, shape, maps));
    for (at = 0; at < PIXELS; at++) {
        /* Of n values that are d above and below: d² n / (n - 1). */
        const double unit = DARK / (DARK - 1.0), gain = (400 - 9) * unit / 200;
        CHECK(fabs(maps[at] - (100 + at)) < 1e-4);
        CHECK(fabs(maps[PIXELS + at] - 9 * unit) < 1e-4);
        CHECK(fabs(maps[2 * PIXELS + at] - (at == PIXELS - 1 ? 0.0 : gain)) < 1e-4);
    }
    OK(abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, DARK, 0, 0, 3, two, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "shape begins with 3; it must be 2",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, DARK, 0, 0, 3, shape, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "must fit",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames - 1, DARK, 1, FLAT, 3, shape, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "must fit",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, INT64_MAX, 1, FLAT, 3, shape, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "dark frames are 1",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, 1, 1, FLAT, 3, shape, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "dark_frames is -1",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, -1, 1, FLAT, 3, shape, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "ndim is 2",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, DARK, 1, FLAT, 2, shape, maps));
    FAILS(ABBE_ERROR_ARGUMENT, "samples",
          abbe_sensor_measure(context, ABBE_DTYPE_U16, frames, sizeof frames, DARK, 1, FLAT, 3, shape, NULL));
    for (at = 0; at < 2 * PIXELS; at++) {
        huge[at] = at % 2 ? 3e38f : 0.0f;
    }
    FAILS(ABBE_ERROR_ARGUMENT, "frame 0 holds a sample of 3e38; all must be within -1e9 to 1e9",
          abbe_sensor_measure(context, ABBE_DTYPE_F32, huge, sizeof huge, 2, 0, 0, 3, two, maps));

    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_CAMERA));
    OK(abbe_plan_set_sensor_map(plan, ABBE_SENSOR_MAP_OFFSET, maps, 2, pixels));
    OK(abbe_plan_set_sensor_map(plan, ABBE_SENSOR_MAP_VARIANCE, maps + PIXELS, 2, pixels));
    OK(abbe_plan_set_sensor_map(plan, ABBE_SENSOR_MAP_GAIN, maps + 2 * PIXELS, 2, pixels));
    FAILS(ABBE_ERROR_ARGUMENT, "sensor_map is 77", abbe_plan_set_sensor_map(plan, 77, maps, 2, pixels));
    FAILS(ABBE_ERROR_ARGUMENT, "ndim is 3", abbe_plan_set_sensor_map(plan, ABBE_SENSOR_MAP_GAIN, maps, 3, shape));
    FAILS(ABBE_ERROR_STATE, "only flat_field takes a map of even light",
          abbe_plan_set_sensor_map(plan, ABBE_SENSOR_MAP_FLAT, maps, 2, pixels));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", pixels, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    OK(abbe_plan_commit(plan));
    for (at = 0; at < PIXELS; at++) {
        plane[at] = (uint16_t)(100 + at + 400);
    }
    OK(abbe_plan_execute(plan, plane, sizeof plane, result, sizeof result));
    for (at = 0; at < PIXELS; at++) {
        /* The dead pixel, too, has as much as its neighbour. */
        CHECK(fabs(result[at] - 400 / maps[2 * PIXELS]) < 1e-2);
    }
    OK(abbe_plan_report(plan, report, sizeof report, NULL));
    CHECK(strstr(report, "\"dead_pixels\":1") != NULL);
    OK(abbe_plan_save_json(plan, saved, sizeof saved, NULL));
    CHECK(strstr(saved, "\"maps\":{\"gain\":{\"sha256\":") != NULL);

    /* Taken back, a map leaves the number, of which there is none. */
    OK(abbe_plan_set_sensor_map(plan, ABBE_SENSOR_MAP_GAIN, NULL, 0, NULL));
    FAILS(ABBE_ERROR_STATE, "has no gain; set plan.camera_gain", abbe_plan_commit(plan));
    OK(abbe_plan_set_f64(plan, ABBE_PLAN_CAMERA_GAIN, 2.0));
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    plan = NULL;
    OK(abbe_plan_load_json(context, saved, &plan));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", pixels, NULL, 0));
    FAILS(ABBE_ERROR_STATE, "has no offset", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    abbe_context_destroy(context);
    return finish();
}
