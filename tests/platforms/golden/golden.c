/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * One image on every platform: deconvolved to integers, whose checksum is printed, and to numbers, which are written to
 * the file RESULT as 32-bit floating point; behind them, where MODEL is given, what the network makes of the image.
 *
 *   golden RESULT [MODEL]
 */
#include <stdio.h>
#include <string.h>

#include <abbe/abbe.h>

enum { NZ = 4, NY = 40, NX = 32, N = NZ * NY * NX };
static uint8_t image[N], integers[N];
static float numbers[N], plane[NY * NX];

static int failed(const char *what) {
    char text[1024];
    abbe_error_text(NULL, text, sizeof text);
    printf("%s: %s\n", what, text);
    return 1;
}

/* Bars and points on a background, in integers only, so that every machine makes the same. With the noise that starts at 6
 * no sample of the result is nearer than 4e-4 to where its integer would be another; vector instructions change it by 6e-5. */
static void draw(void) {
    unsigned z, y, x;
    for (z = 0; z < NZ; z++) {
        for (y = 0; y < NY; y++) {
            for (x = 0; x < NX; x++) {
                const unsigned bar = x % 10 < 3 && y > 10 && y < 36, point = z == 2 && y % 16 == 5 && x % 16 == 11;
                const unsigned at = (z * NY + y) * NX + x;
                image[at] = (uint8_t)(2 + 9 * bar * (z + 1) / NZ + 22 * point + ((at + 6) * 2654435761u >> 30));
            }
        }
    }
}

static int deconvolve(abbe_context *context, abbe_dtype dtype, void *result, size_t bytes) {
    const int64_t shape[3] = {NZ, NY, NX};
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    const int wrong = abbe_psf_create(context, ABBE_PSF_WIDEFIELD, &psf) ||
        abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.2) || abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 520) ||
        abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100) || abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 300) ||
        abbe_psf_set_f64(psf, ABBE_PSF_IMMERSION_INDEX, 1.333) || abbe_plan_create(context, &plan) ||
        abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE) || abbe_plan_set_psf(plan, psf) ||
        abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY) ||
        abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ITERATIONS, 10) ||
        abbe_plan_set_input(plan, ABBE_DTYPE_U8, "zyx", shape, NULL, 0) ||
        abbe_plan_set_output(plan, dtype, NULL, 0) || abbe_plan_commit(plan) ||
        abbe_plan_execute(plan, image, sizeof image, result, bytes);
    const int status = wrong ? failed("deconvolution") : 0;
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    return status;
}

static int denoise(abbe_context *context, const char *path) {
    const int64_t shape[2] = {NY, NX};
    abbe_model *model = NULL;
    abbe_plan *plan = NULL;
    const int wrong = abbe_model_load(context, path, &model) || abbe_plan_create(context, &plan) ||
        abbe_plan_add_step(plan, ABBE_STEP_MODEL) || abbe_plan_set_model(plan, model) ||
        abbe_plan_set_input(plan, ABBE_DTYPE_U8, "yx", shape, NULL, 0) ||
        abbe_plan_set_output(plan, ABBE_DTYPE_F32, NULL, 0) || abbe_plan_commit(plan) ||
        abbe_plan_execute(plan, image + 2 * NY * NX, NY * NX, plane, sizeof plane);
    const int status = wrong ? failed("network") : 0;
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
    return status;
}

int main(int count, char **arguments) {
    const char *path = count > 2 ? arguments[2] : NULL;
    abbe_context *context = NULL;
    FILE *file = count > 1 ? fopen(arguments[1], "wb") : NULL;
    uint64_t sum = UINT64_C(14695981039346656037);
    int at, status = 1;
    if (!file) {
        printf("golden RESULT [MODEL]\n");
        return 1;
    }
    draw();
    if (abbe_context_create(&context) || abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, 2)) {
        status = failed("context");
    } else {
        status = deconvolve(context, ABBE_DTYPE_U8, integers, sizeof integers) ||
            deconvolve(context, ABBE_DTYPE_F32, numbers, sizeof numbers) || (path && denoise(context, path));
    }
    abbe_context_destroy(context);
    /* FNV-1a. */
    for (at = 0; at < N; at++) {
        sum = (sum ^ integers[at]) * UINT64_C(1099511628211);
    }
    fwrite(numbers, sizeof numbers, 1, file);
    if (path) {
        fwrite(plane, sizeof plane, 1, file);
    }
    fclose(file);
    printf("checksum %08x%08x\n", (unsigned)(sum >> 32), (unsigned)sum);
    return status;
}
