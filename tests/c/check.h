/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the tests of the C interface share. Everything here is C99 and C++11 at once.
 */
#ifndef ABBE_TEST_CHECK_H
#define ABBE_TEST_CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abbe/abbe.h>

static int failures = 0;

/** Counts and prints a condition that does not hold. */
#define CHECK(condition)                                                                                              \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                            \
            failures++;                                                                                               \
        }                                                                                                             \
    } while (0)

/** The call must come to that status. */
#define EXPECT(status, call)                                                                                          \
    do {                                                                                                              \
        const abbe_status got_ = (call);                                                                              \
        if (got_ != (status)) {                                                                                       \
            printf("%s:%d: %s gives %d (%s), not %d\n", __FILE__, __LINE__, #call, (int)got_, error_text(),           \
                   (int)(status));                                                                                    \
            failures++;                                                                                               \
        }                                                                                                             \
    } while (0)

/** The call must succeed. */
#define OK(call) EXPECT(ABBE_OK, call)

/** The call must fail with that status and a text that holds `part`. */
#define FAILS(status, part, call)                                                                                     \
    do {                                                                                                              \
        EXPECT(status, call);                                                                                         \
        if (!strstr(error_text(), part)) {                                                                            \
            printf("%s:%d: %s says \"%s\", not \"%s\"\n", __FILE__, __LINE__, #call, error_text(), part);             \
            failures++;                                                                                               \
        }                                                                                                             \
    } while (0)

/** The last error text of this thread; the buffer is used again by the next call on any thread. */
static inline const char *error_text(void) {
    static char text[1024];
    abbe_error_text(NULL, text, sizeof text);
    return text;
}

/** Whether the test should take small images: under valgrind. */
static inline int small_only(void) { return getenv("ABBE_TEST_SMALL") != NULL; }

/** Deterministic noise, 0 to 999. */
static inline unsigned noise(unsigned at) {
    at = (at ^ 61u) * 2654435761u;
    at = (at ^ (at >> 15)) * 2246822519u;
    return (at ^ (at >> 13)) % 1000u;
}

static inline abbe_context *make_context(int64_t threads) {
    abbe_context *context = NULL;
    OK(abbe_context_create(&context));
    OK(abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, threads));
    return context;
}

/** A point spread function of a kind: a water lens of NA 1.2 at 520 nm, on pixels of that size. */
static inline abbe_psf *make_water_optics(abbe_context *context, int32_t kind, double pixel_nm) {
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, kind, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.2));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_IMMERSION_INDEX, 1.333));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 520.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, pixel_nm));
    return psf;
}

/** A measured kernel of 3 x 3 x 3 samples, or 3 x 3 for two dimensions. */
static inline abbe_psf *make_psf(abbe_context *context, int32_t dimensions) {
    static const float line[3] = {0.25f, 0.5f, 0.25f};
    const int64_t shape[3] = {3, 3, 3};
    float samples[27];
    int at;
    abbe_psf *psf = NULL;
    for (at = 0; at < 27; at++) {
        samples[at] = line[at / 9] * line[at / 3 % 3] * line[at % 3];
    }
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &psf));
    OK(abbe_psf_set_samples(psf, samples, dimensions, shape));
    return psf;
}

/** An uncommitted plan of one deconvolution with make_psf(), few iterations; input and output are still to be set. */
static inline abbe_plan *make_plan(abbe_context *context, int32_t dimensions) {
    abbe_plan *plan = NULL;
    abbe_psf *psf = make_psf(context, dimensions);
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    /* The automatic choice follows the noise of each image; these tests compare images that must not matter to it. */
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 4));
    abbe_psf_destroy(psf); /* The plan keeps it alive. */
    return plan;
}

/** A committed plan for a packed stack. */
static inline abbe_plan *make_ready(abbe_context *context, abbe_dtype from, abbe_dtype to, const int64_t shape[3]) {
    abbe_plan *plan = make_plan(context, 3);
    OK(abbe_plan_set_input(plan, from, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_output(plan, to, NULL, 0));
    OK(abbe_plan_commit(plan));
    return plan;
}

/** The whole report of a plan; to be freed. */
static inline char *report_of(const abbe_plan *plan) {
    size_t needed = 0;
    char *json;
    OK(abbe_plan_report(plan, NULL, 0, &needed));
    json = (char *)calloc(needed + 1, 1);
    OK(abbe_plan_report(plan, json, needed, &needed));
    return json;
}

/** The number after `"key":` in a report, NaN where there is none. */
static inline double number_of(const char *json, const char *key) {
    char quoted[64];
    const char *found;
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    found = strstr(json, quoted);
    return found ? strtod(found + strlen(quoted), NULL) : (double)NAN;
}

/** To be the end of main(). */
static inline int finish(void) {
    printf(failures ? "%d failures\n" : "ok\n", failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
