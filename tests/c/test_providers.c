/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Execution providers of ONNX Runtime that are libraries of their own: what is none is refused, and what is not there is
 * an error or a fallback that is told. What needs ONNX Runtime, named in ABBE_ONNXRUNTIME, is left out without it.
 */
#include "check.h"

/* y = x for images x of [n, 1, h, w], as the onnx package writes it (opset 17). */
static const unsigned char identity[] = {
    8,  8,  18, 0,  58, 92, 10, 16, 10, 1,  120, 18, 1,   121, 34,  8,  73,  100, 101, 110, 116, 105, 116, 121, 18, 8,
    105, 100, 101, 110, 116, 105, 116, 121, 90, 30, 10, 1, 120, 18, 25, 10, 23, 8,   1,   18,  19,  10,  3,   18, 1,  110,
    10, 2,  8,  1,  10, 3,  18, 1,  104, 10, 3,  18, 1,   119, 98,  30, 10,  1,   121, 18,  25,  10,  23,  8,  1,  18,
    19, 10, 3,  18, 1,  110, 10, 2, 8,  1,  10,  3,  18,  1,   104, 10, 3,   18,  1,   119, 66,  4,   10,  0,  16, 17};

static abbe_plan *make_plan_of_identity(abbe_context *context) {
    const int64_t shape[2] = {24, 40};
    abbe_model *model = NULL;
    abbe_plan *plan = NULL;
    OK(abbe_model_load_memory(context, identity, sizeof identity, &model));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    OK(abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    abbe_model_destroy(model);
    return plan;
}

static void without_a_runtime(void) {
    abbe_context *context = make_context(1);
    char json[16];
    size_t needed = 0;
    OK(abbe_context_set_text(context, ABBE_CONTEXT_ONNXRUNTIME, "/no/such/folder"));
    FAILS(ABBE_ERROR_DEVICE, "context.onnxruntime is /no/such/folder", abbe_context_register_provider(context, "a", "b"));
    FAILS(ABBE_ERROR_DEVICE, "context.onnxruntime is /no/such/folder",
          abbe_context_devices(context, json, sizeof json, &needed));
    FAILS(ABBE_ERROR_ARGUMENT, "name is NULL", abbe_context_register_provider(context, NULL, "b"));
    FAILS(ABBE_ERROR_ARGUMENT, "path is NULL", abbe_context_register_provider(context, "a", NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "name has 0 bytes", abbe_context_register_provider(context, "", "b"));
    FAILS(ABBE_ERROR_STATE, "context.onnxruntime is set", abbe_context_adopt_onnxruntime(context, json));
    OK(abbe_context_unset(context, ABBE_CONTEXT_ONNXRUNTIME));
    FAILS(ABBE_ERROR_ARGUMENT, "api_base is NULL", abbe_context_adopt_onnxruntime(context, NULL));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_register_provider(NULL, "a", "b"));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_devices(NULL, json, sizeof json, &needed));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_adopt_onnxruntime(NULL, json));
    abbe_context_destroy(context);
}

static void files_that_are_none(const char *own) {
    char text[4096];
    abbe_context *context = make_context(1);
    FILE *file;
    snprintf(text, sizeof text, "%s.txt", own);
    file = fopen(text, "w");
    CHECK(file && fputs("CreateEpFactories", file) >= 0 && !fclose(file));
    FAILS(ABBE_ERROR_DEVICE, "path is /no/such/provider.so; it must be an execution provider's library",
          abbe_context_register_provider(context, "none", "/no/such/provider.so"));
    FAILS(ABBE_ERROR_DEVICE, "is no execution provider; it does not export CreateEpFactories",
          abbe_context_register_provider(context, "none", own));
    FAILS(ABBE_ERROR_DEVICE, "is no library of any system", abbe_context_register_provider(context, "none", text));
    FAILS(ABBE_ERROR_DEVICE, "cannot be read", abbe_context_register_provider(context, "none", "."));
#ifndef _WIN32
    FAILS(ABBE_ERROR_DEVICE, "it is no file", abbe_context_register_provider(context, "none", "/dev/zero"));
#endif
    CHECK(!remove(text));
    abbe_context_destroy(context);
}

static void devices_are_listed(void) {
    abbe_context *context = make_context(1);
    char json[8192] = "", little[8];
    size_t needed = 0;
    OK(abbe_context_devices(context, NULL, 0, &needed));
    CHECK(needed > 40 && needed <= sizeof json);
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_context_devices(context, little, sizeof little, &needed));
    OK(abbe_context_devices(context, json, sizeof json, &needed));
    CHECK(strlen(json) + 1 == needed);
    CHECK(strstr(json, "\"provider\":\"CPUExecutionProvider\"") && strstr(json, "\"kind\":\"cpu\""));
    CHECK(strstr(json, "\"onnxruntime\":\"1.") && strstr(json, "\"built_in\":["));
    abbe_context_destroy(context);
}

static void a_provider_that_is_not_there(void) {
    abbe_context *context = make_context(1);
    static float image[24 * 40], result[24 * 40];
    abbe_plan *plan = make_plan_of_identity(context);
    char *json;
    size_t at;
    for (at = 0; at < 24 * 40; at++) {
        image[at] = (float)noise((unsigned)at);
    }
    OK(abbe_context_set_text(context, ABBE_CONTEXT_PROVIDER, "NoSuchExecutionProvider"));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
    CHECK(!memcmp(image, result, sizeof image));
    json = report_of(plan);
    CHECK(strstr(json, "\"fallback\":\"context.provider is NoSuchExecutionProvider; ONNX Runtime "));
    CHECK(strstr(json, "\"device\":\"cpu\""));
    CHECK(strstr(json, "the network runs on the CPU: context.provider is NoSuchExecutionProvider"));
    free(json);
    /* What is meant is there: its place is not taken by another. */
    OK(abbe_context_set_text(context, ABBE_CONTEXT_PROVIDER, "CpuExecutionProvider"));
    abbe_plan_destroy(plan);
    plan = make_plan_of_identity(context);
    FAILS(ABBE_ERROR_ARGUMENT, "context.provider is CpuExecutionProvider; it must be a name as abbe_context_devices() lists it, "
          "like CPUExecutionProvider", abbe_plan_commit(plan));
    OK(abbe_context_set_text(context, ABBE_CONTEXT_PROVIDER, "NoSuchExecutionProvider"));

    OK(abbe_context_set_i64(context, ABBE_CONTEXT_FALLBACK, 0));
    abbe_plan_destroy(plan);
    plan = make_plan_of_identity(context);
    FAILS(ABBE_ERROR_DEVICE, "has devices of CPUExecutionProvider; give its library to abbe_context_register_provider() first",
          abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_DEVICE, "set context.fallback to 1 to run on the CPU", abbe_plan_commit(plan));
    OK(abbe_context_set_text(context, ABBE_CONTEXT_PROVIDER_OPTIONS, "threads"));
    FAILS(ABBE_ERROR_ARGUMENT, "context.provider_options has \"threads\"; each option must be key=value",
          abbe_plan_commit(plan));
    OK(abbe_context_unset(context, ABBE_CONTEXT_PROVIDER_OPTIONS));
    OK(abbe_context_set_i64(context, ABBE_CONTEXT_DEVICE, ABBE_DEVICE_CPU));
    FAILS(ABBE_ERROR_ARGUMENT, "only one of them can choose the device", abbe_plan_commit(plan));
    OK(abbe_context_unset(context, ABBE_CONTEXT_PROVIDER));
    OK(abbe_plan_commit(plan));
    /* What is listed can be chosen. */
    OK(abbe_context_unset(context, ABBE_CONTEXT_DEVICE));
    OK(abbe_context_set_text(context, ABBE_CONTEXT_PROVIDER, "CPUExecutionProvider"));
    abbe_plan_destroy(plan);
    plan = make_plan_of_identity(context);
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    abbe_context_destroy(context);
}

int main(int argc, char **argv) {
    const char *runtime = getenv("ABBE_ONNXRUNTIME");
    without_a_runtime();
    if (small_only()) {
        printf("valgrind knows nothing of ONNX Runtime's own threads and leaks: left out there\n");
    } else if (argc > 0 && runtime && runtime[0]) {
        files_that_are_none(argv[0]);
        devices_are_listed();
        a_provider_that_is_not_there();
    } else {
        printf("SKIPPED: ONNX Runtime is not there; set ABBE_ONNXRUNTIME\n");
    }
    return finish();
}
