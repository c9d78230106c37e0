/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Plans that do not fit in memory: a status, and everything goes on.
 */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "check.h"

#include <sys/resource.h>

static void works(abbe_context *context) {
    const int64_t shape[3] = {3, 5, 7};
    uint16_t source[105] = {1000}, target[105];
    abbe_plan *plan = make_ready(context, ABBE_DTYPE_U16, ABBE_DTYPE_U16, shape);
    OK(abbe_plan_execute(plan, source, sizeof source, target, sizeof target));
    abbe_plan_destroy(plan);
}

/* What a point spread function takes while it is computed is within the cap too, and refused before it is taken. */
static void kernels_keep_to_the_cap(abbe_context *context) {
    const int64_t shape[3] = {16, 128, 128};
    abbe_psf *psf = make_water_optics(context, ABBE_PSF_VECTORIAL, 100.0);
    abbe_plan *plan = NULL;
    int64_t bytes = 0;
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 250.0));
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, "noll 5:900 8:900"));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
    OK(abbe_plan_set_psf(plan, psf));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 80000000));
    FAILS(ABBE_ERROR_MEMORY, "psf.zernike", abbe_plan_commit(plan));
    FAILS(ABBE_ERROR_MEMORY, "psf.zernike", abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes));
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, ""));
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
}

int main(void) {
    const int64_t absurd[3] = {1 << 16, 1 << 17, 1 << 17}, large[3] = {256, 2048, 2048}, small[3] = {4, 9, 11};
    struct rlimit limit;
    abbe_context *context = make_context(2);
    abbe_plan *plan = make_plan(context, 3);
    int64_t bytes = 0;
    char least[64];
    works(context);
    /* 4 PiB: no machine has that. */
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", absurd, NULL, 0));
    FAILS(ABBE_ERROR_MEMORY, "bytes", abbe_plan_commit(plan));
    works(context);
    if (!small_only()) {
        /* 4 GiB of samples where the process may have 2: what the system refuses. */
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", large, NULL, 0));
        CHECK(getrlimit(RLIMIT_AS, &limit) == 0);
        limit.rlim_cur = (rlim_t)2 << 30;
        CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
        EXPECT(ABBE_ERROR_MEMORY, abbe_plan_commit(plan));
        works(context);
    }
    /* The plan itself is of use again. */
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", small, NULL, 0));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, 1000));
    FAILS(ABBE_ERROR_MEMORY, "memory_cap", abbe_plan_commit(plan));
    /* The least that works can be asked, and is in the text. */
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes));
    snprintf(least, sizeof least, "at least %lld", (long long)bytes);
    FAILS(ABBE_ERROR_MEMORY, least, abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, bytes - 1));
    FAILS(ABBE_ERROR_MEMORY, least, abbe_plan_commit(plan));
    OK(abbe_plan_set_i64(plan, ABBE_PLAN_MEMORY_CAP_BYTES, bytes));
    OK(abbe_plan_commit(plan));
    abbe_plan_destroy(plan);
    kernels_keep_to_the_cap(context);
    abbe_context_destroy(context);
    return finish();
}
