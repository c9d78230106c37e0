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
    char json[64];
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
    abbe_model_destroy(model);
    abbe_context_destroy(context);
    return finish();
}
