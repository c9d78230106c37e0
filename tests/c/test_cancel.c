/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Whoever cancels loses nothing: an execute that returns ABBE_ERROR_CANCELLED has left the target as it was, at whatever
 * moment it was asked to stop, and one that has written its result returns ABBE_OK. In place, the target is the image.
 */
#include "check.h"

#include <pthread.h>

enum { NY = 40, NX = 48, N = NY * NX, BYTES = N * 4 };
static const int64_t shape[2] = {NY, NX};
static float source[N], result[N], image[N];

/* Cancels in call `at`, by its answer or by abbe_plan_cancel(). */
struct listener {
    abbe_plan *plan;
    int calls, at, by_function;
};

static int32_t listen(void *user, double fraction) {
    struct listener *listener = (struct listener *)user;
    (void)fraction;
    if (++listener->calls != listener->at) {
        return ABBE_CONTINUE;
    }
    if (!listener->by_function) {
        return ABBE_CANCEL;
    }
    abbe_plan_cancel(listener->plan);
    return ABBE_CONTINUE;
}

static void *cancel_always(void *user) {
    struct listener *listener = (struct listener *)user;
    while (!__atomic_load_n(&listener->by_function, __ATOMIC_SEQ_CST)) {
        abbe_plan_cancel(listener->plan);
    }
    return NULL;
}

/* In every call of the progress function, and again and again from another thread. */
static void every_moment(abbe_plan *plan, int storms) {
    struct listener listener = {plan, 0, 0, 0};
    pthread_t thread;
    int calls, at, storm;
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_set_progress(plan, listen, &listener));
    memcpy(image, source, BYTES);
    OK(abbe_plan_execute(plan, image, BYTES, image, BYTES));
    memcpy(result, image, BYTES);
    calls = listener.calls;
    CHECK(calls > 0);
    for (at = 0; at < 2 * calls; at++) {
        listener.calls = 0;
        listener.at = at / 2 + 1;
        listener.by_function = at % 2;
        memcpy(image, source, BYTES);
        EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute(plan, image, BYTES, image, BYTES));
        CHECK(memcmp(image, source, BYTES) == 0);
    }
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    listener.by_function = 0;
    CHECK(pthread_create(&thread, NULL, cancel_always, &listener) == 0);
    for (storm = 0; storm < storms; storm++) {
        abbe_status status;
        memcpy(image, source, BYTES);
        status = abbe_plan_execute(plan, image, BYTES, image, BYTES);
        CHECK(status == ABBE_OK || status == ABBE_ERROR_CANCELLED);
        CHECK(memcmp(image, status == ABBE_OK ? result : source, BYTES) == 0);
    }
    __atomic_store_n(&listener.by_function, 1, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    abbe_plan_destroy(plan);
}

/* `steps` of 'b'ackground, 'n'oise, 'd'econvolution. */
static abbe_plan *chain(abbe_context *context, const char *steps, int64_t algorithm) {
    abbe_psf *psf = make_psf(context, 2);
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    for (; *steps; steps++) {
        OK(abbe_plan_add_step(plan, *steps == 'b'   ? ABBE_STEP_BACKGROUND
                                    : *steps == 'n' ? ABBE_STEP_DENOISE
                                                    : ABBE_STEP_DECONVOLVE));
        if (*steps == 'd') {
            OK(abbe_plan_set_psf(plan, psf));
            OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, algorithm));
            OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 3));
            if (small_only() && algorithm == ABBE_ALGORITHM_AUTOMATIC) {
                OK(abbe_plan_set_f64(plan, ABBE_DECONVOLVE_DENOISING, 0.0)); /* a network takes minutes there */
            }
        }
    }
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    abbe_psf_destroy(psf);
    return plan;
}

/* One after another, an image of a series is whole: the source or the result, never a part of each. */
static void series(abbe_context *context) {
    enum { COUNT = 4 };
    const int64_t shapes[3] = {COUNT, NY, NX};
    static float images[COUNT * N], results[COUNT * N];
    struct listener listener = {NULL, 0, 0, 0};
    abbe_plan *plan = chain(context, "d", ABBE_ALGORITHM_RICHARDSON_LUCY);
    int at, calls, one;
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "tyx", shapes, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_set_progress(plan, listen, &listener));
    for (one = 0; one < COUNT; one++) {
        memcpy(results + one * N, source, BYTES);
    }
    OK(abbe_plan_execute(plan, results, sizeof results, results, sizeof results));
    calls = listener.calls;
    for (at = 1; at <= calls; at++) {
        char *report;
        int done = 0, same = 0;
        listener.calls = 0;
        listener.at = at;
        for (one = 0; one < COUNT; one++) {
            memcpy(images + one * N, source, BYTES);
        }
        EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute(plan, images, sizeof images, images, sizeof images));
        while (done < COUNT && memcmp(images + done * N, results + done * N, BYTES) == 0) {
            done++;
        }
        while (done + same < COUNT && memcmp(images + (done + same) * N, source, BYTES) == 0) {
            same++;
        }
        report = report_of(plan);
        CHECK(done < COUNT && done + same == COUNT && number_of(report, "images") == done);
        free(report);
    }
    abbe_plan_destroy(plan);
}

/* Point spread functions: every call that computes one is stopped, wherever it is, and changes nothing. */
struct optics {
    abbe_psf *psf;
    abbe_plan *plan;
    int done;
};

static void *cancel_optics(void *user) {
    struct optics *optics = (struct optics *)user;
    while (!__atomic_load_n(&optics->done, __ATOMIC_SEQ_CST)) {
        abbe_psf_cancel(optics->psf);
        abbe_plan_cancel(optics->plan);
    }
    return NULL;
}

static abbe_status compute(struct optics *optics, abbe_psf *measured, int call, float *kernel) {
    const int64_t extents[3] = {7, 15, 15};
    int64_t number = 0, found[3] = {0, 0, 0};
    switch (call) {
    case 0:
        return abbe_psf_sample(optics->psf, kernel, 3, extents);
    case 1:
        return abbe_psf_extent(optics->psf, 3, found);
    case 2:
        return abbe_psf_fit(optics->psf, measured);
    case 3:
        return abbe_plan_get_i64(optics->plan, ABBE_PLAN_WORKSPACE_BYTES, &number);
    default:
        return abbe_plan_commit(optics->plan);
    }
}

static void kernels(abbe_context *context, int32_t kind, const char *zernike) {
    enum { KERNEL = 7 * 15 * 15 };
    static float kernel[KERNEL], first[KERNEL], before[KERNEL];
    const int64_t extents[3] = {7, 15, 15};
    struct optics optics = {NULL, NULL, 0};
    abbe_psf *psf = make_water_optics(context, kind, 100.0), *measured = NULL;
    pthread_t thread;
    int call;
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 300.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_EXCITATION_NM, 488.0));
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, zernike));
    OK(abbe_psf_sample(psf, first, 3, extents));
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &measured));
    OK(abbe_psf_set_samples(measured, first, 3, extents));
    optics.psf = psf;
    OK(abbe_plan_create(context, &optics.plan));
    OK(abbe_plan_add_step(optics.plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(optics.plan, psf));
    OK(abbe_plan_set_input(optics.plan, ABBE_DTYPE_F32, "zyx", extents, NULL, 0));
    CHECK(pthread_create(&thread, NULL, cancel_optics, &optics) == 0);
    for (call = 0; call < 5; call++) {
        abbe_status status;
        int tries = 0;
        memset(kernel, 0x22, sizeof kernel);
        memcpy(before, kernel, sizeof kernel);
        /* The other thread may still be on its way. */
        while ((status = compute(&optics, measured, call, kernel)) == ABBE_OK && tries++ < 1000) {
        }
        CHECK(status == ABBE_ERROR_CANCELLED);
        CHECK(tries > 0 || memcmp(kernel, before, sizeof kernel) == 0);
    }
    __atomic_store_n(&optics.done, 1, __ATOMIC_SEQ_CST);
    pthread_join(thread, NULL);
    /* The next ones are as if nothing had been. */
    OK(abbe_psf_sample(psf, kernel, 3, extents));
    CHECK(memcmp(kernel, first, sizeof kernel) == 0);
    OK(abbe_plan_commit(optics.plan));
    abbe_plan_destroy(optics.plan);
    abbe_psf_destroy(psf);
    abbe_psf_destroy(measured);
}

int main(void) {
    static const int64_t algorithms[] = {
        ABBE_ALGORITHM_AUTOMATIC,        ABBE_ALGORITHM_RICHARDSON_LUCY,     ABBE_ALGORITHM_HEAVY_BALL,
        ABBE_ALGORITHM_BIGGS_ANDREWS,    ABBE_ALGORITHM_GOLD_MEINEL,         ABBE_ALGORITHM_LANDWEBER,
        ABBE_ALGORITHM_WIENER,           ABBE_ALGORITHM_BLIND_RICHARDSON_LUCY,
    };
    static const char *const chains[] = {"b", "n", "bd", "bn", "bnd"};
    const int storms = small_only() ? 10 : 100;
    abbe_context *context = make_context(1);
    size_t at;
    unsigned sample;
    for (sample = 0; sample < N; sample++) {
        source[sample] = 20.0f + (float)noise(sample);
    }
    for (at = 0; at < sizeof algorithms / sizeof algorithms[0]; at++) {
        every_moment(chain(context, "d", algorithms[at]), storms);
    }
    for (at = 0; at < sizeof chains / sizeof chains[0]; at++) {
        every_moment(chain(context, chains[at], ABBE_ALGORITHM_RICHARDSON_LUCY), storms);
    }
    series(context);
    kernels(context, ABBE_PSF_WIDEFIELD, "");
    if (!small_only()) {
        kernels(context, ABBE_PSF_SPINNING_DISK, "noll 5:20 8:20");
    }
    /* An image without light is one of zeros. */
    memset(source, 0, sizeof source);
    every_moment(chain(context, "d", ABBE_ALGORITHM_RICHARDSON_LUCY), storms);
    abbe_context_destroy(context);
    return finish();
}
