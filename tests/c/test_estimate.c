/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The defocus of a plane found from an image of points that the estimate knows nothing of, and how it is stopped.
 */
#include "check.h"

enum { SIDE = 64, WIDE = 2 * SIDE - 1 };
static float image[SIDE * SIDE];
static float kernel[WIDE * WIDE];
static const int64_t shape[2] = {SIDE, SIDE}, wide[2] = {WIDE, WIDE};

/** Points as `psf` shows them, with the noise of a few hundred photons. */
static void draw(const abbe_psf *psf) {
    int at, y, x;
    uint32_t state = 12345u;
    OK(abbe_psf_sample(psf, kernel, 2, wide));
    for (at = 0; at < SIDE * SIDE; at++) {
        image[at] = 20.0f;
    }
    for (at = 0; at < 40; at++) {
        int py, px;
        state = state * 1664525u + 1013904223u;
        py = (int)(state >> 24) % SIDE;
        px = (int)(state >> 8 & 0xffff) % SIDE;
        for (y = 0; y < SIDE; y++) {
            for (x = 0; x < SIDE; x++) {
                image[y * SIDE + x] += 10000.0f * kernel[(y - py + SIDE - 1) * WIDE + x - px + SIDE - 1];
            }
        }
    }
    for (at = 0; at < SIDE * SIDE; at++) {
        double normal = -6.0;
        int part;
        for (part = 0; part < 12; part++) {
            state = state * 1664525u + 1013904223u;
            normal += (double)(state >> 8) / 16777216.0;
        }
        image[at] = (float)floor(image[at] + sqrt(image[at]) * normal + 0.5);
    }
}

static int32_t cancel_later(void *user, double fraction) {
    int *calls = (int *)user;
    CHECK(fraction >= 0.0 && fraction <= 1.0);
    return ++*calls < 20 ? ABBE_CONTINUE : ABBE_CANCEL;
}

/** Uses the psf it is told of, which must neither hang nor break. */
static int32_t meddle(void *user, double fraction) {
    abbe_psf *psf = (abbe_psf *)user;
    double value = 0.0;
    (void)fraction;
    EXPECT(ABBE_ERROR_STATE, abbe_psf_estimate(psf, image, 2, shape, NULL, NULL));
    OK(abbe_psf_get_f64(psf, ABBE_PSF_DEFOCUS_NM, &value));
    CHECK(value == 250.0);
    abbe_psf_cancel(psf);
    return ABBE_CONTINUE;
}

static void defocus_is_found(abbe_context *context) {
    abbe_psf *psf = make_water_optics(context, ABBE_PSF_WIDEFIELD, 100.0);
    double found = 0.0;
    size_t needed = 0;
    char json[2048];
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DEFOCUS_NM, 600.0));
    draw(psf);
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DEFOCUS_NM, 450.0));
    if (!small_only()) {
        OK(abbe_psf_estimate(psf, image, 2, shape, NULL, NULL));
        OK(abbe_psf_get_f64(psf, ABBE_PSF_DEFOCUS_NM, &found));
        OK(abbe_psf_report(psf, json, sizeof json, &needed));
        printf("defocus %.1f, truth 600: %s\n", found, json);
        CHECK(fabs(fabs(found) - 600.0) < 40.0); /* The sign is not told where the model is symmetric. */
        CHECK(strstr(json, "\"estimate\":{") != NULL && strstr(json, "\"findings\":[]") != NULL);
    }
    abbe_psf_destroy(psf);
}

static void estimates_stop(abbe_context *context) {
    abbe_psf *psf = make_water_optics(context, ABBE_PSF_WIDEFIELD, 100.0);
    double value = 0.0;
    int calls = 0;
    size_t needed = 0;
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DEFOCUS_NM, 250.0));
    EXPECT(ABBE_ERROR_CANCELLED, abbe_psf_estimate(psf, image, 2, shape, cancel_later, &calls));
    CHECK(calls == 20);
    EXPECT(ABBE_ERROR_CANCELLED, abbe_psf_estimate(psf, image, 2, shape, meddle, psf));
    OK(abbe_psf_get_f64(psf, ABBE_PSF_DEFOCUS_NM, &value));
    CHECK(value == 250.0);
    EXPECT(ABBE_ERROR_STATE, abbe_psf_report(psf, NULL, 0, &needed));
    abbe_psf_cancel(NULL);
    abbe_psf_cancel(psf);
    abbe_psf_destroy(psf);
    abbe_psf_cancel(psf);
}

static void what_cannot_be_estimated_is_said(abbe_context *context) {
    static const int64_t five[2] = {5, 5}, none[2] = {0, 5};
    static float few[25] = {0};
    abbe_psf *psf = make_water_optics(context, ABBE_PSF_MEASURED, 100.0);
    FAILS(ABBE_ERROR_ARGUMENT, "measured", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    abbe_psf_destroy(psf);
    psf = make_water_optics(context, ABBE_PSF_GAUSSIAN, 100.0);
    FAILS(ABBE_ERROR_ARGUMENT, "gaussian", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    abbe_psf_destroy(psf);
    psf = make_water_optics(context, ABBE_PSF_VECTORIAL, 100.0);
    FAILS(ABBE_ERROR_ARGUMENT, "all 0", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    few[3] = (float)NAN;
    FAILS(ABBE_ERROR_ARGUMENT, "not finite", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    few[3] = 1e30f;
    FAILS(ABBE_ERROR_ARGUMENT, "", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_estimate(psf, NULL, 2, five, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_estimate(psf, few, 4, five, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_estimate(psf, few, 2, none, NULL, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_estimate(psf, few, 2, NULL, NULL, NULL));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_estimate(NULL, few, 2, five, NULL, NULL));
    OK(abbe_psf_set_text(psf, ABBE_PSF_FIT, "numerical_aperture"));
    FAILS(ABBE_ERROR_ARGUMENT, "\"numerical_aperture\"", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    OK(abbe_psf_unset(psf, ABBE_PSF_FIT));
    OK(abbe_psf_unset(psf, ABBE_PSF_PIXEL_NM));
    FAILS(ABBE_ERROR_STATE, "psf.pixel_nm", abbe_psf_estimate(psf, few, 2, five, NULL, NULL));
    abbe_psf_destroy(psf);
}

int main(void) {
    abbe_context *context = make_context(2);
    defocus_is_found(context);
    estimates_stop(context);
    what_cannot_be_estimated_is_said(context);
    abbe_context_destroy(context);
    return finish();
}
