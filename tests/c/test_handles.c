/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Handles that are NULL, stale, foreign or of the wrong kind, and every order of destruction.
 */
#include "check.h"

/* Every function that takes a handle, given one that is no good. */
static void every_function_refuses(void *bad) {
    abbe_context *context = (abbe_context *)bad;
    abbe_psf *psf = (abbe_psf *)bad, *new_psf = NULL;
    abbe_model *model = (abbe_model *)bad, *new_model = NULL;
    abbe_plan *plan = (abbe_plan *)bad, *new_plan = NULL;
    int64_t shape[3] = {4, 4, 4}, whole = 77;
    float samples[64] = {1.0f};
    double real = 77;
    int32_t dimensions = 77;
    char text[16] = "before";
    size_t needed = 77;

    EXPECT(ABBE_ERROR_HANDLE, abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, 1));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_set_f64(context, ABBE_CONTEXT_THREADS, 1));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_set_text(context, ABBE_CONTEXT_THREADS, "1"));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_set_log(context, NULL, NULL, 0));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_unset(context, ABBE_CONTEXT_THREADS));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &new_psf));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_set_i64(psf, ABBE_PSF_PIXEL_NM, 1));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 1));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_set_text(psf, ABBE_PSF_PIXEL_NM, "1"));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_set_samples(psf, samples, 3, shape));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_extent(psf, 3, shape));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_sample(psf, samples, 3, shape));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_report(psf, text, sizeof text, &needed));
    EXPECT(ABBE_ERROR_HANDLE, abbe_model_load(context, "none.onnx", &new_model));
    EXPECT(ABBE_ERROR_HANDLE, abbe_model_load_memory(context, samples, sizeof samples, &new_model));
    EXPECT(ABBE_ERROR_HANDLE, abbe_model_describe(model, text, sizeof text, &needed));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_model(plan, model));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_model_input(plan, "psf", samples, 3, shape));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_create(context, &new_plan));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_select_step(plan, 0));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_psf(plan, psf));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 1));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_f64(plan, ABBE_DECONVOLVE_ITERATIONS, 1));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_text(plan, ABBE_DECONVOLVE_ITERATIONS, "1"));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_output_shape(plan, shape, 3, &dimensions));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_progress(plan, NULL, NULL));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_commit(plan));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_execute(plan, samples, sizeof samples, samples, sizeof samples));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_get_i64(plan, ABBE_PLAN_INPUT_BYTES, &whole));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_get_f64(plan, ABBE_PLAN_PROGRESS, &real));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_report(plan, text, sizeof text, &needed));
    abbe_plan_cancel(plan);
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);

    /* Outputs are written only on ABBE_OK. */
    CHECK(!new_psf && !new_plan && !new_model && whole == 77 && real == 77 && dimensions == 77 && needed == 77);
    CHECK(strcmp(text, "before") == 0 && shape[0] == 4 && samples[0] == 1.0f);
}

static void bad_handles(void) {
    abbe_context *context = NULL;
    every_function_refuses(NULL);
    every_function_refuses((void *)(uintptr_t)1);
    every_function_refuses((void *)(uintptr_t)0xDEADBEEF);
    every_function_refuses((void *)UINTPTR_MAX);
    every_function_refuses(&context); /* An address of this program. */
    OK(abbe_context_create(&context));
    abbe_context_destroy(context);
    every_function_refuses(context); /* Stale. */
}

static void wrong_kinds(void) {
    abbe_context *context = make_context(1);
    abbe_psf *psf = make_psf(context, 3);
    abbe_plan *plan = NULL;
    int64_t bytes;
    OK(abbe_plan_create(context, &plan));
    FAILS(ABBE_ERROR_HANDLE, "another kind", abbe_plan_commit((abbe_plan *)(void *)context));
    FAILS(ABBE_ERROR_HANDLE, "another kind", abbe_psf_set_f64((abbe_psf *)(void *)plan, ABBE_PSF_PIXEL_NM, 100));
    FAILS(ABBE_ERROR_HANDLE, "another kind", abbe_plan_get_i64((abbe_plan *)(void *)psf, ABBE_PLAN_INPUT_BYTES, &bytes));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_set_psf(plan, (abbe_psf *)(void *)context));
    /* Destroying as the wrong kind destroys nothing. */
    abbe_plan_destroy((abbe_plan *)(void *)context);
    abbe_context_destroy((abbe_context *)(void *)psf);
    OK(abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, 1));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100));
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
}

/* A plan works as long as it lives, whatever became of what it was made from. */
static void parents_before_children(void) {
    const int64_t shape[3] = {3, 8, 9};
    float source[216], target[216];
    unsigned at;
    abbe_context *context = make_context(2);
    abbe_psf *psf = make_psf(context, 3);
    abbe_plan *plan = NULL;
    for (at = 0; at < 216; at++) {
        source[at] = (float)noise(at);
    }
    OK(abbe_plan_create(context, &plan));
    abbe_context_destroy(context);
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    abbe_psf_destroy(psf);
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    abbe_plan_destroy(plan);
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
}

static void double_destroy_spares_the_next(void) {
    abbe_context *first = make_context(1), *second;
    abbe_context_destroy(first);
    second = make_context(1); /* May take the first one's place. */
    CHECK(first != second);
    abbe_context_destroy(first);
    OK(abbe_context_set_i64(second, ABBE_CONTEXT_THREADS, 2));
    EXPECT(ABBE_ERROR_HANDLE, abbe_context_set_i64(first, ABBE_CONTEXT_THREADS, 2));
    abbe_context_destroy(second);
    abbe_context_destroy(second);
}

static void null_targets(void) {
    abbe_context *context = make_context(1);
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_context_create(NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_psf_create(context, ABBE_PSF_GAUSSIAN, NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_plan_create(context, NULL));
    abbe_context_destroy(context);
}

/* What is no network is refused, from files and from memory. */
static void bad_models(void) {
    static const unsigned char garbage[64] = {'P', 'K', 3, 4, 255, 255, 255, 255};
    abbe_context *context = make_context(1);
    abbe_model *model = NULL;
    EXPECT(ABBE_ERROR_IO, abbe_model_load(context, "no/such/file.onnx", &model));
    EXPECT(ABBE_ERROR_MODEL, abbe_model_load_memory(context, garbage, sizeof garbage, &model));
    EXPECT(ABBE_ERROR_MODEL, abbe_model_load_memory(context, garbage, 0, &model));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_model_load_memory(context, NULL, 10, &model));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_model_load(context, NULL, &model));
    FAILS(ABBE_ERROR_ARGUMENT, "NULL", abbe_model_load(context, "no/such/file.onnx", NULL));
    CHECK(model == NULL);
    abbe_context_destroy(context);
}

static void many(void) {
    abbe_context *contexts[200];
    int round, at;
    for (round = 0; round < 3; round++) {
        for (at = 0; at < 200; at++) {
            OK(abbe_context_create(&contexts[at]));
        }
        for (at = 0; at < 200; at++) {
            abbe_context_destroy(contexts[(at * 7) % 200]);
        }
    }
}

int main(void) {
    bad_handles();
    wrong_kinds();
    parents_before_children();
    double_destroy_spares_the_next();
    null_targets();
    bad_models();
    many();
    return finish();
}
