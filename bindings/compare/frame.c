/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The C host of compare.py: prepares one plan, then executes it once for each line on standard input and answers one line.
 */
#include <abbe/abbe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(abbe_status status) {
    if (status != ABBE_OK) {
        char text[1000];
        abbe_error_text(NULL, text, sizeof text);
        fprintf(stderr, "%s\n", text);
        exit(1);
    }
}

int main(int count, char **arguments) {
    abbe_context *context = NULL;
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    int64_t shape[2] = {atol(arguments[2]), atol(arguments[2])};
    size_t samples = (size_t)(shape[0] * shape[1]), index;
    uint16_t *source = malloc(2 * samples), *target = malloc(2 * samples);
    char line[8];
    if (count != 3 || source == NULL || target == NULL) {
        return 2;
    }
    for (index = 0; index < samples; index++) {
        source[index] = (uint16_t)(200 + index * 7919 % 97);
    }
    check(abbe_context_create(&context));
    check(abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, 1));
    check(abbe_plan_create(context, &plan));
    if (strcmp(arguments[1], "background") == 0) {
        check(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
        check(abbe_plan_set_i64(plan, ABBE_BACKGROUND_MODE, ABBE_BACKGROUND_CONSTANT));
        check(abbe_plan_set_f64(plan, ABBE_BACKGROUND_VALUE, 100));
    } else {
        check(abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf));
        check(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 65));
        check(abbe_psf_set_f64(psf, ABBE_PSF_SIGMA_NM, 130));
        check(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE));
        check(abbe_plan_set_psf(plan, psf));
        check(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY));
        check(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS));
        check(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 3));
    }
    check(abbe_plan_set_input(plan, ABBE_DTYPE_U16, "yx", shape, NULL, 0));
    check(abbe_plan_commit(plan));
    while (fgets(line, sizeof line, stdin) != NULL) {
        check(abbe_plan_execute(plan, source, 2 * samples, target, 2 * samples));
        printf("%u\n", (unsigned)target[samples / 2]);
        fflush(stdout);
    }
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
    return 0;
}
