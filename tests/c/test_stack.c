/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Threads with small stacks, as hosts have: every call gets along with 64 KiB, or the least that the system gives, and a file that is nested deeper than
 * any is refused.
 */
#if !defined(_GNU_SOURCE)
#  define _GNU_SOURCE
#endif
#include "check.h"

#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STACK = 65536, NZ = 6, NY = 30, NX = 32, N = NZ * NY * NX };
static char folder[] = "/tmp/abbe-stack-XXXXXX", file[64];

/* A description with so many lists in each other. */
static void write_nested(int depth, const char *open, const char *close) {
    FILE *yaml = fopen(file, "w");
    int at;
    CHECK(yaml);
    if (!yaml) {
        return;
    }
    fprintf(yaml, "format_version: 0.5.3\nname: nested\nconfig: ");
    for (at = 0; at < depth; at++) {
        fputs(open, yaml);
    }
    for (at = 0; at < depth; at++) {
        fputs(close, yaml);
    }
    fputs("\n", yaml);
    CHECK(fclose(yaml) == 0);
}

static void packages(abbe_context *context) {
    static const int depths[3] = {40, 64, 20000};
    int at;
    for (at = 0; at < 6; at++) {
        abbe_model *model = NULL;
        write_nested(depths[at / 2], at % 2 ? "{a: " : "[", at % 2 ? "}" : "]");
        EXPECT(ABBE_ERROR_MODEL, abbe_model_load(context, folder, &model));
        CHECK(model == NULL);
    }
}

static void *work(void *user) {
    static const int32_t kinds[3] = {ABBE_PSF_VECTORIAL, ABBE_PSF_SPINNING_DISK, ABBE_PSF_LIGHT_SHEET};
    static float image[N];
    const int64_t shape[3] = {NZ, NY, NX};
    abbe_context *context = (abbe_context *)user;
    char *json;
    int at;
    for (at = 0; at < N; at++) {
        image[at] = (float)(20 + noise((unsigned)at));
    }
    for (at = 0; at < (small_only() ? 1 : 3); at++) {
        abbe_psf *psf = make_water_optics(context, kinds[at], 100.0);
        abbe_plan *plan = NULL;
        OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 300.0));
        OK(abbe_psf_set_f64(psf, ABBE_PSF_EXCITATION_NM, 488.0));
        OK(abbe_psf_set_f64(psf, ABBE_PSF_SHEET_THICKNESS_NM, 2000.0));
        OK(abbe_plan_create(context, &plan));
        OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
        OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
        OK(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
        OK(abbe_plan_set_psf(plan, psf));
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
        OK(abbe_plan_commit(plan));
        OK(abbe_plan_execute(plan, image, sizeof image, image, sizeof image));
        json = report_of(plan);
        free(json);
        abbe_plan_destroy(plan);
        abbe_psf_destroy(psf);
    }
    packages(context);
    return NULL;
}

int main(void) {
    pthread_attr_t attributes;
    pthread_t thread;
    abbe_context *context = make_context(2);
    /* aarch64's C library gives no thread less than 128 KiB. */
    const long least = sysconf(_SC_THREAD_STACK_MIN);
    const size_t stack = least > STACK ? (size_t)least : (size_t)STACK;
    CHECK(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/rdf.yaml", folder);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstacksize(&attributes, stack) == 0);
    CHECK(pthread_create(&thread, &attributes, work, context) == 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    remove(file);
    rmdir(folder);
    abbe_context_destroy(context);
    return finish();
}
