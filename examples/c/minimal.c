/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The program of README: widefield optics, one stack of 16 bit integers, in place.
 */
#include <stdio.h>
#include <abbe/abbe.h>

int sharpen_in_place(uint16_t *stack, int64_t planes, int64_t rows, int64_t columns);

int sharpen_in_place(uint16_t *stack, int64_t planes, int64_t rows, int64_t columns) {
    abbe_context *context = NULL; abbe_psf *psf = NULL; abbe_plan *plan = NULL;
    int64_t shape[3] = {planes, rows, columns};
    size_t bytes = (size_t)(planes * rows * columns) * sizeof *stack;
    char text[1024];
    int ok = !abbe_context_create(&context) && !abbe_psf_create(context, ABBE_PSF_WIDEFIELD, &psf)
        && !abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.4) && !abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 525)
        && !abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 65) && !abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 200)
        && !abbe_psf_set_f64(psf, ABBE_PSF_IMMERSION_INDEX, 1.515)
        && !abbe_plan_create(context, &plan) && !abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE)
        && !abbe_plan_set_psf(plan, psf) && !abbe_plan_add_step(plan, ABBE_STEP_OUTPUT)
        && !abbe_plan_set_input(plan, ABBE_DTYPE_U16, "zyx", shape, NULL, 0) && !abbe_plan_commit(plan)
        && !abbe_plan_execute(plan, stack, bytes, stack, bytes);
    if (!ok) { abbe_error_text(NULL, text, sizeof text); fprintf(stderr, "%s\n", text); }
    abbe_plan_destroy(plan); abbe_psf_destroy(psf); abbe_context_destroy(context);
    return ok;
}

int main(void) {
    static uint16_t stack[16 * 32 * 32];
    stack[(8 * 32 + 16) * 32 + 16] = 1000;
    return sharpen_in_place(stack, 16, 32, 32) ? 0 : 1;
}
