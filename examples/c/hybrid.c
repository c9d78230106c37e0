/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host of libabbe that denoises and deconvolves a TIFF stack in one call, with a network where it is given one, else
 * without.
 *
 *   hybrid noisy.tif sharp.tif 65 200
 *   hybrid noisy.tif sharp.tif 65 200 abbe-denoise.zip libonnxruntime.so.1.28.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abbe/abbe.h>

#include "stack.h"

/* Says why a call failed, where it did. */
static int failed(abbe_status status) {
    char text[512];
    if (status == ABBE_OK) {
        return 0;
    }
    abbe_error_text(NULL, text, sizeof text);
    fprintf(stderr, "%s\n", text);
    return 1;
}

int main(int argc, char **argv) {
    struct stack before = {{0}, 0, NULL, 0}, after = {{0}, 0, NULL, 0};
    abbe_context *context = NULL;
    abbe_model *model = NULL;
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    const char *said;
    char report[16384];
    int bad;
    if (argc < 5) {
        fprintf(stderr, "usage: hybrid INPUT.tif OUTPUT.tif PIXEL_NM STEP_NM [PACKAGE [ONNXRUNTIME]]\n");
        return EXIT_FAILURE;
    }
    bad = stack_read(argv[1], &before) != 0 || stack_make(before.shape, ABBE_DTYPE_F32, &after) != 0 ||
          failed(abbe_context_create(&context)) ||
          (argc > 6 && failed(abbe_context_set_text(context, ABBE_CONTEXT_ONNXRUNTIME, argv[6]))) ||
          failed(abbe_psf_create(context, ABBE_PSF_WIDEFIELD, &psf)) ||
          failed(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.4)) ||
          failed(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 525.0)) ||
          failed(abbe_psf_set_f64(psf, ABBE_PSF_IMMERSION_INDEX, 1.515)) ||
          failed(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, atof(argv[3]))) ||
          failed(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, atof(argv[4]))) || failed(abbe_plan_create(context, &plan)) ||
          failed(abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE)) || failed(abbe_plan_set_psf(plan, psf)) ||
          failed(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_HYBRID)) ||
          (argc > 5 && (failed(abbe_model_load(context, argv[5], &model)) || failed(abbe_plan_set_model(plan, model)))) ||
          failed(abbe_plan_set_input(plan, before.dtype, "zyx", before.shape, NULL, 0)) ||
          failed(abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0)) || failed(abbe_plan_commit(plan)) ||
          failed(abbe_plan_execute(plan, before.samples, before.bytes, after.samples, after.bytes)) ||
          stack_write(argv[2], &after) != 0 || failed(abbe_plan_report(plan, report, sizeof report, NULL));
    said = bad ? NULL : strstr(report, "\"hybrid\":{");
    if (said) {
        /* Whether the photons held out were in favour of the denoiser. */
        printf("%.*s\n", (int)(strchr(said, '}') - said + 1), said);
    }
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    abbe_model_destroy(model);
    abbe_context_destroy(context);
    stack_free(&after);
    stack_free(&before);
    return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
