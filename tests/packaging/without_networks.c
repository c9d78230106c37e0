/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A library that was built without networks: what needs them says so, and the rest works as ever.
 */
#include "check.h"

#define ABSENT(call) FAILS(ABBE_ERROR_UNSUPPORTED, "this libabbe was built without networks", call)

int main(void) {
    const int64_t shape[2] = {8, 8};
    abbe_context *context = make_context(1);
    abbe_model *model = NULL;
    abbe_plan *plan = NULL;
    float image[64];
    char json[64];
    int at;
    size_t needed = 0;
    ABSENT(abbe_model_load(context, "models/abbe-denoise.zip", &model));
    ABSENT(abbe_model_load_memory(context, shape, sizeof shape, &model));
    ABSENT(abbe_context_register_provider(context, "a", "b"));
    ABSENT(abbe_context_devices(context, json, sizeof json, &needed));
    ABSENT(abbe_context_adopt_onnxruntime(context, context));
    FAILS(ABBE_ERROR_ARGUMENT, "model is NULL", abbe_model_load(context, "a", NULL));
    CHECK(model == NULL);
    EXPECT(ABBE_ERROR_HANDLE, abbe_model_describe(model, json, sizeof json, &needed));
    EXPECT(ABBE_ERROR_HANDLE, abbe_model_selftest(model, json, sizeof json, &needed));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    FAILS(ABBE_ERROR_STATE, "the model step has no network", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);

    /* The network that is built in is part of every library. */
    for (at = 0; at < 64; at++) {
        image[at] = (float)(100 + at * 37 % 11);
    }
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_i64(plan, ABBE_DENOISE_METHOD, ABBE_DENOISE_METHOD_NETWORK));
    OK(abbe_plan_set_f64(plan, ABBE_DENOISE_GAIN, 1.0));
    OK(abbe_plan_set_f64(plan, ABBE_DENOISE_OFFSET, 0.0));
    OK(abbe_plan_set_f64(plan, ABBE_DENOISE_READ_NOISE, 1.0));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, image, sizeof image));
    CHECK(image[0] != 100.0F && image[0] > 90.0F && image[0] < 120.0F);
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
    abbe_context_destroy(context);
    return finish();
}
