/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Plans as JSON: what is loaded does the same to the bit, what was given in files of its own is told of, and no text that is
 * something else makes a plan.
 */
#include "check.h"

enum { N = 5 * 12 * 14 };
#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const int64_t shape[3] = {5, 12, 14};
static char log_text[8192];

static void keep(void *user, int32_t level, const char *text) {
    (void)user;
    if (level == ABBE_LEVEL_WARNING) {
        strncat(log_text, text, sizeof log_text - strlen(log_text) - 2);
        strcat(log_text, "\n");
    }
}

static char *saved(const abbe_plan *plan) {
    size_t needed = 0;
    char *text;
    OK(abbe_plan_save_json(plan, NULL, 0, &needed));
    text = (char *)malloc(needed);
    OK(abbe_plan_save_json(plan, text, needed, NULL));
    CHECK(strlen(text) + 1 == needed);
    return text;
}

static void run(abbe_plan *plan, const float *source, float *target) {
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, source, N * sizeof *source, target, N * sizeof *target));
}

/** A plan with settings of every sort: whole and real numbers, choices, and numbers that no short decimal is equal to. */
static abbe_plan *described(abbe_context *context) {
    abbe_plan *plan = NULL;
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, ABBE_PSF_WIDEFIELD, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.0 / 3.0 + 0.5));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 500.0 + 0.1));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100.0 / 3.0 * 4.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 300.0));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 1 << 28));
    OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    OK(abbe_plan_set_i64(plan, ABBE_BACKGROUND_MODE, ABBE_BACKGROUND_CONSTANT));
    OK(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 0.1 + 0.2));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_TOTAL_VARIATION));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 4));
    OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_TOTAL_VARIATION, 0.001 / 3.0));
    abbe_psf_destroy(psf);
    return plan;
}

static void the_same_to_the_bit(abbe_context *context, const float *source) {
    float target[N], again[N];
    abbe_plan *plan = described(context), *other = NULL, *third = NULL;
    char *text = saved(plan), *more, *report;
    size_t needed = 0;
    OK(abbe_plan_load_json(context, text, &other));
    CHECK(log_text[0] == '\0'); /* Nothing is left to be given. */
    more = saved(other);
    CHECK(strcmp(text, more) == 0);
    run(plan, source, target);
    run(other, source, again);
    CHECK(memcmp(target, again, sizeof target) == 0);
    /* A report holds the same. */
    OK(abbe_plan_report(plan, NULL, 0, &needed));
    report = (char *)malloc(needed);
    OK(abbe_plan_report(plan, report, needed, NULL));
    CHECK(strstr(report, text) != NULL);
    OK(abbe_plan_load_json(context, report, &third));
    run(third, source, again);
    CHECK(memcmp(target, again, sizeof target) == 0);
    /* It is a plan like others. */
    OK(abbe_plan_select_step(third, 1));
    OK(abbe_plan_set_i64(third, ABBE_DECONVOLVE_ITERATIONS, 5));
    run(third, source, again);
    CHECK(memcmp(target, again, sizeof target) != 0);
    free(text);
    free(more);
    free(report);
    abbe_plan_destroy(plan);
    abbe_plan_destroy(other);
    abbe_plan_destroy(third);
}

static void files_of_their_own(abbe_context *context, const float *source) {
    static const int64_t extents[3] = {1, 3, 3};
    const float samples[9] = {0, 1, 0, 1, 4, 1, 0, 1, 0}, altered[9] = {0, 1, 0, 1, 5, 1, 0, 1, 0};
    unsigned char mask[N];
    float target[N], again[N];
    abbe_plan *plan = NULL, *other = NULL;
    abbe_psf *psf = NULL;
    char *text;
    memset(mask, 1, sizeof mask);
    mask[7] = 0;
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &psf));
    OK(abbe_psf_set_samples(psf, samples, 3, extents));
    OK(abbe_psf_set_i64(psf, ABBE_PSF_CENTRE, ABBE_CENTRE_NONE));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 3));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_mask(plan, mask, sizeof mask));
    text = saved(plan);
    CHECK(strstr(text, "\"sha256\"") != NULL && strstr(text, "\"mask\"") != NULL);
    log_text[0] = '\0';
    OK(abbe_plan_load_json(context, text, &other));
    CHECK(strstr(log_text, "abbe_plan_set_psf()") != NULL && strstr(log_text, "abbe_plan_set_mask()") != NULL);
    CHECK(strstr(log_text, "\"psf.centre\":\"none\"") != NULL);
    log_text[0] = '\0';
    OK(abbe_plan_set_input(other, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    FAILS(ABBE_ERROR_STATE, "abbe_plan_set_psf()", abbe_plan_commit(other));
    OK(abbe_plan_set_psf(other, psf));
    OK(abbe_plan_set_mask(other, mask, sizeof mask));
    run(plan, source, target);
    run(other, source, again);
    CHECK(memcmp(target, again, sizeof target) == 0);
    CHECK(strstr(log_text, "saved with") == NULL);
    /* What is given again is compared with what there was. */
    mask[8] = 0;
    OK(abbe_plan_set_mask(other, mask, sizeof mask));
    OK(abbe_psf_set_i64(psf, ABBE_PSF_CENTRE, ABBE_CENTRE_NOMINAL));
    run(other, source, again);
    CHECK(strstr(log_text, "the mask is not the one that the plan was saved with: sha256 is") != NULL);
    CHECK(strstr(log_text, "function of step 0 is not the one that the plan was saved with: psf.centre is \"nominal\", and was \"none\"") != NULL);
    OK(abbe_psf_set_i64(psf, ABBE_PSF_CENTRE, ABBE_CENTRE_NONE));
    OK(abbe_plan_set_mask(other, NULL, 0));
    OK(abbe_psf_set_samples(psf, altered, 3, extents));
    log_text[0] = '\0';
    run(other, source, again);
    CHECK(strstr(log_text, "the mask is not the one that the plan was saved with: it is null") != NULL);
    CHECK(strstr(log_text, "function of step 0 is not the one that the plan was saved with: sha256 is") != NULL);
    free(text);
    abbe_plan_destroy(plan);
    abbe_plan_destroy(other);
    abbe_psf_destroy(psf);
}

static void what_is_no_plan(abbe_context *context) {
    static const struct {
        const char *text, *says;
    } wrong[] = {
        {"", "no JSON"},
        {"[1, 2", "no JSON"},
        {"[]", "format"},
        {"null", "format"},
        {"{\"format\": \"1\", \"steps\": []}", "format"},
        {"{\"format\": 1}", "steps"},
        {"{\"format\": 1, \"steps\": {}}", "steps"},
        {"{\"format\": 1, \"steps\": [], \"speed\": 3}", "speed"},
        {"{\"format\": 1, \"steps\": [1]}", "step 0"},
        {"{\"format\": 1, \"steps\": [{}]}", "step"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolv\"}]}", "deconvolve"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"denoise\", \"psf\": {\"kind\": \"gaussian\"}}]}", "point spread function"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"psf\": {\"kind\": \"disk\"}}]}", "vectorial"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"deconvolve.iteration\": 3}}]}",
         "deconvolve.iterations"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"denoise.strength\": 3}}]}", "denoise.strength"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"deconvolve.iterations\": 2.5}}]}",
         "deconvolve.iterations"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"deconvolve.iterations\": -1}}]}",
         "deconvolve.iterations is -1"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"deconvolve.algorithm\": 1}}]}",
         "richardson_lucy"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"deconvolve.iterations\": null}}]}", "null"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": 3}]}", "settings"},
        {"{\"format\": 1, \"steps\": [], \"settings\": {\"plan.workspace_bytes\": 3}}", "fact"},
        {"{\"format\": 1, \"steps\": null}", "json, steps is null; it must be a list"},
        {"{\"format\": 1, \"steps\": [], \"settings\": []}", "json, settings is []; it must be an object"},
        {"{\"format\": 1, \"steps\": [], \"settings\": {\"plan.memory_cap_bytes\": 1e25}}",
         "plan.memory_cap_bytes is 1e+25; it must be a whole number, 0 to 9223372036854775807 bytes"},
        {"{\"format\": 1, \"steps\": [], \"settings\": {\"plan.camera_gain\": \"2\"}}", "plan.camera_gain is \"2\"; it must be a real number"},
        {"{\"plan\": 3}", "format"},
        {"{\"format\": 0, \"steps\": []}", "format 0"},
        {"{\"format\": 1, \"format\": 1, \"steps\": []}", "twice"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"settings\": {\"deconvolve.iterations\": 3, \"deconvolve.iterations\": 5}}]}",
         "\"deconvolve.iterations\" stands twice"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"model\", \"model\": 3}]}", "step 0, model is 3; it must be an object"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"model\", \"model\": {\"sha256\": \"12\"}}]}", "64 hexadecimal digits"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"model\", \"model\": {\"sha256\": \"" SHA "\", \"path\": 3}}]}", "path is 3"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"model\", \"model\": {\"sha256\": \"" SHA "\", \"device\": 3}}]}", "device"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"model\", \"model\": {\"sha256\": \"" SHA "\", \"inputs\": {\"psf\": 1}}}]}",
         "psf is 1; it must be an object"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"background\", \"model\": {\"sha256\": \"" SHA "\"}}]}", "the chosen step is background"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"denoise\", \"psf\": {\"kind\": \"measured\"}}]}", "the chosen step is denoise"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"psf\": {\"kind\": \"gaussian\", \"samples\": {}}}]}",
         "has samples and is of kind gaussian"},
        {"{\"format\": 1, \"steps\": [{\"step\": \"deconvolve\", \"psf\": {\"kind\": \"measured\", \"samples\": {\"sha256\": \"" SHA
         "\", \"shape\": [1, 0, 3]}}}]}",
         "shape is [1,0,3]"},
        {"{\"format\": 1, \"steps\": [], \"mask\": true}", "mask is true; it must be an object"},
        {"{\"format\": 1, \"steps\": [], \"mask\": {}}", "64 hexadecimal digits"},
        /* A NUL does not end the text early. */
        {"{\"format\": 1, \"steps\": [{\"step\": \"model\", \"model\": {\"sha256\": \"" SHA "\", \"inputs\": {\"\\u0000psf\": 1}}}]}",
         "\\0psf is 1; it must be an object"},
    };
    size_t at;
    abbe_plan *plan = NULL;
    for (at = 0; at < sizeof wrong / sizeof wrong[0]; at++) {
        FAILS(ABBE_ERROR_ARGUMENT, wrong[at].says, abbe_plan_load_json(context, wrong[at].text, &plan));
        CHECK(plan == NULL);
    }
    FAILS(ABBE_ERROR_UNSUPPORTED, "format", abbe_plan_load_json(context, "{\"format\": 99, \"steps\": []}", &plan));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_load_json(context, NULL, &plan));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_load_json(context, "{\"format\": 1, \"steps\": []}", NULL));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_load_json(NULL, "{\"format\": 1, \"steps\": []}", &plan));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_save_json(NULL, NULL, 0, NULL));
    OK(abbe_plan_load_json(context, "{\"format\": 1, \"steps\": []}", &plan));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_plan_save_json(plan, NULL, 0, NULL));
    abbe_plan_destroy(plan);
}

int main(void) {
    float source[N];
    unsigned at;
    abbe_context *context = NULL;
    for (at = 0; at < N; at++) {
        source[at] = (float)noise(at);
    }
    OK(abbe_context_create(&context));
    OK(abbe_context_set_log(context, keep, NULL, ABBE_LEVEL_WARNING));
    the_same_to_the_bit(context, source);
    files_of_their_own(context, source);
    what_is_no_plan(context);
    abbe_context_destroy(context);
    return finish();
}
