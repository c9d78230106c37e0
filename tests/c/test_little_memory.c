/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A process that has less and less memory left: every call comes to a status, and the process lives.
 */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "check.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long address_space_kib(void) {
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%ld", &pages) == 1);
    if (file) {
        fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* 0: done; 1: libabbe had too little memory and said so; 2: anything else. */
static int whole_work(int64_t threads) {
    const int64_t shape[3] = {6, 70, 60}; /* Large buffers, and many small parts. */
    static uint16_t image[6 * 70 * 60];
    static float beads[12 * 90 * 90];
    static const int64_t bead_shape[3] = {12, 90, 90}, kernel_shape[3] = {5, 15, 15};
    float kernel[5 * 15 * 15];
    abbe_psf *measured = NULL;
    char report[8192];
    abbe_context *context = NULL;
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    abbe_status status = abbe_context_create(&context);
    image[12345] = 1000;
    if (!status) status = abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, threads);
    if (!status) status = abbe_psf_create(context, ABBE_PSF_WIDEFIELD, &psf);
    if (!status) status = abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.2);
    if (!status) status = abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 520);
    if (!status) status = abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100);
    if (!status) status = abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 250);
    if (!status) status = abbe_plan_create(context, &plan);
    if (!status) status = abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND);
    if (!status) status = abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE);
    if (!status) status = abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 2);
    if (!status) status = abbe_plan_set_psf(plan, psf);
    if (!status) status = abbe_plan_add_step(plan, ABBE_STEP_DENOISE);
    if (!status) status = abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0);
    if (!status) status = abbe_plan_commit(plan);
    if (!status) status = abbe_plan_execute(plan, image, sizeof image, image, sizeof image);
    if (!status) status = abbe_plan_report(plan, report, sizeof report, NULL);
    beads[(6 * 90 + 45) * 90 + 45] = beads[(6 * 90 + 45) * 90 + 46] = beads[(6 * 90 + 45) * 90 + 44] = 100.0f;
    if (!status) status = abbe_psf_create(context, ABBE_PSF_MEASURED, &measured);
    if (!status) status = abbe_psf_set_samples(measured, beads, 3, bead_shape);
    if (!status) status = abbe_psf_sample(measured, kernel, 3, kernel_shape);
    abbe_psf_destroy(measured);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
    if (status && status != ABBE_ERROR_MEMORY) {
        printf("%d: %s\n", (int)status, error_text());
        return 2;
    }
    return status ? 1 : 0;
}

/* Each limit in a process of its own, so that none lives off what another was given. */
static int with_limit(int64_t threads, long kib) {
    int state = 0;
    const pid_t child = fork();
    if (child == 0) {
        struct rlimit limit;
        getrlimit(RLIMIT_AS, &limit);
        limit.rlim_cur = (rlim_t)(address_space_kib() + kib) * 1024;
        setrlimit(RLIMIT_AS, &limit);
        state = whole_work(threads);
        fflush(stdout);
        _exit(state);
    }
    CHECK(child > 0 && waitpid(child, &state, 0) == child);
    if (!WIFEXITED(state)) {
        printf("%ld KiB and %d threads: killed by signal %d\n", kib, (int)threads, WTERMSIG(state));
        return 2;
    }
    return WEXITSTATUS(state);
}

int main(void) {
    int64_t threads;
    if (small_only()) {
        return 0; /* Valgrind needs the memory itself. */
    }
    for (threads = 1; threads <= 2; threads++) {
        int refused = 0, state = 1;
        long kib;
        for (kib = 0; kib < 400000 && state == 1; kib += kib < 40000 ? 192 : 8192) {
            state = with_limit(threads, kib);
            refused += state == 1;
        }
        CHECK(state == 0);
        CHECK(refused > 3);
    }
    return finish();
}
