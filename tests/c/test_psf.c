/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Point spread functions from the header alone: a model fitted to a noisy bead, what was found, and what is refused.
 */
#include "check.h"

enum { PLANES = 21, SIDE = 25, SAMPLES = PLANES * SIDE * SIDE };
static const int64_t shape[3] = {PLANES, SIDE, SIDE};

/** A model of a water objective with the voxels of the bead. */
static abbe_psf *make_model(abbe_context *context, int32_t kind, double aperture) {
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, kind, &psf));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, aperture));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_IMMERSION_INDEX, 1.333));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 520.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 80.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 200.0));
    return psf;
}

static double real_of(const abbe_psf *psf, abbe_param param) {
    double value = (double)NAN;
    OK(abbe_psf_get_f64(psf, param, &value));
    return value;
}

/** A number from 0 to 1. */
static double uniform(void) {
    static uint64_t state = UINT64_C(88172645463325252);
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / 9007199254740992.0;
}

/** Knuth's Poisson numbers. */
static double poisson(double mean) {
    const double limit = exp(-mean);
    double count = 0.0, product = uniform();
    while (product > limit) {
        count += 1.0;
        product *= uniform();
    }
    return count;
}

/** 10,000 photons of a model at NA 1.15, focused 100 nm deeper, a pixel further along x, on 0.2 photons per voxel. */
static abbe_psf *make_bead(abbe_context *context, int32_t kind) {
    static const int64_t wide[3] = {PLANES, SIDE, SIDE + 2};
    float *samples = (float *)calloc((size_t)PLANES * SIDE * (SIDE + 2), sizeof *samples);
    float *counts = (float *)calloc(SAMPLES, sizeof *counts);
    int at;
    abbe_psf *bead = NULL;
    abbe_psf *truth = make_model(context, kind, 1.15);
    OK(abbe_psf_set_f64(truth, ABBE_PSF_DEFOCUS_NM, 100.0));
    OK(abbe_psf_sample(truth, samples, 3, wide));
    for (at = 0; at < SAMPLES; at++) {
        counts[at] = (float)poisson(1e4 * (double)samples[at / SIDE * (SIDE + 2) + at % SIDE] + 0.2);
    }
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &bead));
    OK(abbe_psf_set_samples(bead, counts, 3, shape));
    abbe_psf_destroy(truth);
    free(samples);
    free(counts);
    return bead;
}

static void models_are_fitted(abbe_context *context) {
    static const int32_t kinds[] = {ABBE_PSF_WIDEFIELD, ABBE_PSF_VECTORIAL};
    size_t at;
    for (at = 0; at < sizeof kinds / sizeof kinds[0]; at++) {
        abbe_psf *bead = make_bead(context, kinds[at]);
        abbe_psf *psf = make_model(context, kinds[at], 1.05);
        size_t needed = 0;
        char *json;
        OK(abbe_psf_fit(psf, bead));
        CHECK(fabs(real_of(psf, ABBE_PSF_NUMERICAL_APERTURE) / 1.15 - 1.0) < 0.01);
        CHECK(fabs(real_of(psf, ABBE_PSF_FIT_DEFOCUS_NM) - 100.0) < 20.0);
        /* Cut from a grid two columns wider, whose middle is one column further right. */
        CHECK(fabs(real_of(psf, ABBE_PSF_FIT_SHIFT_X_PX) - 1.0) < 0.05);
        CHECK(fabs(real_of(psf, ABBE_PSF_FIT_SHIFT_Y_PX)) < 0.05);
        CHECK(fabs(real_of(psf, ABBE_PSF_SPHERICAL_NM)) < 10.0);
        CHECK(fabs(real_of(psf, ABBE_PSF_FIT_CHI_SQUARE) - 1.0) < 0.1);
        /* Where the bead was is no property of the model. */
        CHECK(real_of(psf, ABBE_PSF_DEFOCUS_NM) == 0.0);
        OK(abbe_psf_report(psf, NULL, 0, &needed));
        json = (char *)calloc(needed, 1);
        OK(abbe_psf_report(psf, json, needed, &needed));
        CHECK(strstr(json, "\"fit\":{") != NULL && strstr(json, "\"error\":0.00") != NULL);
        CHECK(fabs(number_of(json, "counts") - 1e4) < 500.0);
        free(json);
        abbe_psf_destroy(psf);
        abbe_psf_destroy(bead);
    }
}

static void what_cannot_be_fitted_is_refused(abbe_context *context) {
    static const float flat[SIDE * SIDE] = {0};
    int64_t whole = 0;
    double real = 0.0;
    abbe_psf *bead = make_bead(context, ABBE_PSF_WIDEFIELD);
    abbe_psf *psf = make_model(context, ABBE_PSF_WIDEFIELD, 1.05);
    abbe_psf *empty = NULL, *motion = NULL;
    FAILS(ABBE_ERROR_STATE, "abbe_psf_fit", abbe_psf_get_f64(psf, ABBE_PSF_FIT_CHI_SQUARE, &real));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_fit(NULL, bead));
    EXPECT(ABBE_ERROR_HANDLE, abbe_psf_fit(psf, NULL));
    FAILS(ABBE_ERROR_ARGUMENT, "measured", abbe_psf_fit(psf, psf));
    FAILS(ABBE_ERROR_ARGUMENT, "kind is measured", abbe_psf_fit(bead, bead));
    OK(abbe_psf_create(context, ABBE_PSF_MOTION, &motion));
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &empty));
    OK(abbe_psf_set_f64(motion, ABBE_PSF_PIXEL_NM, 80.0));
    OK(abbe_psf_set_f64(motion, ABBE_PSF_STEP_NM, 200.0));
    FAILS(ABBE_ERROR_ARGUMENT, "motion", abbe_psf_fit(motion, bead));
    FAILS(ABBE_ERROR_STATE, "samples are not set", abbe_psf_fit(psf, empty));
    OK(abbe_psf_set_samples(empty, flat, 2, shape + 1));
    FAILS(ABBE_ERROR_ARGUMENT, "all 0", abbe_psf_fit(psf, empty));
    OK(abbe_psf_set_text(psf, ABBE_PSF_FIT, "numerical_aperture wavelength"));
    FAILS(ABBE_ERROR_ARGUMENT, "\"wavelength\"", abbe_psf_fit(psf, bead));
    OK(abbe_psf_set_text(psf, ABBE_PSF_FIT, ""));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 8000.0));
    FAILS(ABBE_ERROR_ARGUMENT, "psf.pixel_nm", abbe_psf_fit(psf, bead));
    CHECK(real_of(psf, ABBE_PSF_NUMERICAL_APERTURE) == 1.05); /* Nothing was changed. */

    OK(abbe_psf_get_i64(psf, ABBE_PSF_CENTRE, &whole));
    CHECK(whole == ABBE_CENTRE_BEST_FOCUS);
    FAILS(ABBE_ERROR_ARGUMENT, "real number", abbe_psf_get_f64(psf, ABBE_PSF_CENTRE, &real));
    FAILS(ABBE_ERROR_ARGUMENT, "whole number", abbe_psf_get_i64(psf, ABBE_PSF_PIXEL_NM, &whole));
    FAILS(ABBE_ERROR_STATE, "psf.sigma_nm", abbe_psf_get_f64(psf, ABBE_PSF_SIGMA_NM, &real));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_get_f64(psf, ABBE_PSF_PIXEL_NM, NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_psf_get_f64(psf, ABBE_PLAN_PROGRESS, &real));
    FAILS(ABBE_ERROR_ARGUMENT, "fact", abbe_psf_set_f64(psf, ABBE_PSF_FIT_CHI_SQUARE, 1.0));
    abbe_psf_destroy(motion);
    abbe_psf_destroy(empty);
    abbe_psf_destroy(psf);
    abbe_psf_destroy(bead);
}

/* Extents are odd, and hold all of samples whose extents are even: the last of each axis is 0. */
static void even_samples_have_odd_extents(abbe_context *context) {
    static const float samples[32] = {0, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0, 1, 1, 0, 0, 0, 0, 0};
    const int64_t given[3] = {2, 4, 4};
    int64_t found[3] = {0, 0, 0};
    float kernel[3 * 5 * 5];
    int at;
    abbe_psf *psf = NULL;
    OK(abbe_psf_create(context, ABBE_PSF_MEASURED, &psf));
    OK(abbe_psf_set_samples(psf, samples, 3, given));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_BACKGROUND, 0.0));
    OK(abbe_psf_set_i64(psf, ABBE_PSF_CENTRE, ABBE_CENTRE_NONE));
    OK(abbe_psf_extent(psf, 3, found));
    CHECK(found[0] == 3 && found[1] == 5 && found[2] == 5);
    OK(abbe_psf_sample(psf, kernel, 3, found));
    for (at = 0; at < 75; at++) {
        const int z = at / 25, y = at / 5 % 5, x = at % 5;
        const float expected = z < 2 && y < 4 && x < 4 ? samples[(z * 4 + y) * 4 + x] / 9.0f : 0.0f;
        CHECK(fabsf(kernel[at] - expected) < 1e-6f);
    }
    abbe_psf_destroy(psf);
}

int main(void) {
    abbe_context *context = make_context(2);
    even_samples_have_odd_extents(context);
    models_are_fitted(context);
    what_cannot_be_fitted_is_refused(context);
    abbe_context_destroy(context);
    return finish();
}
