/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Point spread functions that cannot be meant: impossible optics and pinholes are errors that name the parameter, and
 * every fault of measured samples is named in the report, and refused where the policy says so.
 */
#include "check.h"

enum { PLANES = 25, SIDE = 41, PLANE = SIDE * SIDE, SAMPLES = PLANES * PLANE };
static const int64_t shape[3] = {PLANES, SIDE, SIDE};
static const int64_t small[3] = {9, 15, 15};
static float target[SAMPLES];

static abbe_psf *make_optics(abbe_context *context, int32_t kind) {
    abbe_psf *psf = make_water_optics(context, kind, 80.0);
    OK(abbe_psf_set_f64(psf, ABBE_PSF_EXCITATION_NM, 488.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 200.0));
    return psf;
}

/** The kernel cannot be sampled with that value. */
static void sample_fails(abbe_psf *psf, abbe_param param, double value, const char *part) {
    OK(abbe_psf_set_f64(psf, param, value));
    FAILS(ABBE_ERROR_ARGUMENT, part, abbe_psf_sample(psf, target, 3, small));
}

/** The kernel is sampled, and its report asks for the unit of that value. */
static void sample_is_doubted(abbe_psf *psf, abbe_param param, double value) {
    char json[8192];
    size_t needed = 0;
    OK(abbe_psf_set_f64(psf, param, value));
    OK(abbe_psf_sample(psf, target, 3, small));
    OK(abbe_psf_report(psf, json, sizeof json, &needed));
    CHECK(strstr(json, "check its unit") != NULL);
}

/** The kernel is finite, and its report says that hardly an image is left. */
static void aberrated(abbe_psf *psf) {
    char json[4096];
    size_t needed = 0;
    int at;
    OK(abbe_psf_sample(psf, target, 3, small));
    OK(abbe_psf_report(psf, json, sizeof json, &needed));
    CHECK(strstr(json, "\"code\":\"aberrated\"") != NULL);
    for (at = 0; at < 9 * 15 * 15; at++) {
        CHECK(target[at] >= 0.0f && target[at] < 1.0f);
    }
}

static void impossible_optics(abbe_context *context) {
    static const abbe_param lengths[] = {ABBE_PSF_WAVELENGTH_NM, ABBE_PSF_PIXEL_NM, ABBE_PSF_STEP_NM,
                                         ABBE_PSF_EXCITATION_NM, ABBE_PSF_SHEET_THICKNESS_NM, ABBE_PSF_SIGMA_NM,
                                         ABBE_PSF_SIGMA_AXIAL_NM, ABBE_PSF_WORKING_DISTANCE_NM,
                                         ABBE_PSF_SAMPLES_PIXEL_NM, ABBE_PSF_SAMPLES_STEP_NM};
    static const double bad[] = {0.0, -1.0, -0.0, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e12};
    static const int32_t kinds[] = {ABBE_PSF_GAUSSIAN, ABBE_PSF_WIDEFIELD, ABBE_PSF_BORN_WOLF, ABBE_PSF_VECTORIAL,
                                    ABBE_PSF_CONFOCAL, ABBE_PSF_TWO_PHOTON, ABBE_PSF_SPINNING_DISK,
                                    ABBE_PSF_LIGHT_SHEET};
    abbe_psf *psf;
    size_t at, value;
    for (at = 0; at < sizeof kinds / sizeof kinds[0]; at++) {
        psf = make_optics(context, kinds[at]);
        OK(abbe_psf_set_f64(psf, ABBE_PSF_SHEET_THICKNESS_NM, 2000.0));
        sample_fails(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.333, "psf.numerical_aperture is 1.333");
        sample_fails(psf, ABBE_PSF_NUMERICAL_APERTURE, 1.6, "psf.numerical_aperture is 1.6");
        abbe_psf_destroy(psf);
    }
    psf = make_optics(context, ABBE_PSF_WIDEFIELD);
    for (at = 0; at < sizeof lengths / sizeof lengths[0]; at++) {
        for (value = 0; value < sizeof bad / sizeof bad[0]; value++) {
            FAILS(ABBE_ERROR_ARGUMENT, "psf.", abbe_psf_set_f64(psf, lengths[at], bad[value]));
        }
    }
    FAILS(ABBE_ERROR_ARGUMENT, "psf.depth_nm", abbe_psf_set_f64(psf, ABBE_PSF_DEPTH_NM, -5.0));
    FAILS(ABBE_ERROR_ARGUMENT, "psf.coverslip_nm", abbe_psf_set_f64(psf, ABBE_PSF_COVERSLIP_NM, 1e9));
    abbe_psf_destroy(psf);

    psf = make_optics(context, ABBE_PSF_VECTORIAL);
    sample_is_doubted(psf, ABBE_PSF_PIXEL_NM, 600.0);
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 80.0));
    sample_is_doubted(psf, ABBE_PSF_STEP_NM, 5000.0);
    OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 200.0));
    /* A millimetre deep in a sample of another index, and a coverslip of two millimetres: possible, but no image. */
    OK(abbe_psf_set_f64(psf, ABBE_PSF_SAMPLE_INDEX, 1.5));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DEPTH_NM, 1e6));
    aberrated(psf);
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DEPTH_NM, 0.0));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_COVERSLIP_NM, 2e6));
    aberrated(psf);
    /* Ten centimetres of another immersion than the design's: the phase cannot be meant. */
    OK(abbe_psf_set_f64(psf, ABBE_PSF_DESIGN_IMMERSION_INDEX, 1.515));
    sample_fails(psf, ABBE_PSF_WORKING_DISTANCE_NM, 1e8, "check psf.depth_nm");
    abbe_psf_destroy(psf);
}

static void impossible_pinholes(abbe_context *context) {
    abbe_psf *psf = make_optics(context, ABBE_PSF_CONFOCAL);
    double sum = 0.0;
    int at;
    FAILS(ABBE_ERROR_ARGUMENT, "psf.pinhole_airy is 0", abbe_psf_set_f64(psf, ABBE_PSF_PINHOLE_AIRY, 0.0));
    FAILS(ABBE_ERROR_ARGUMENT, "psf.pinhole_airy", abbe_psf_set_f64(psf, ABBE_PSF_PINHOLE_AIRY, (double)INFINITY));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PINHOLE_AIRY, 0.05));
    OK(abbe_psf_sample(psf, target, 3, small));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_PINHOLE_AIRY, 20.0));
    OK(abbe_psf_sample(psf, target, 3, small));
    for (at = 0; at < 9 * 15 * 15; at++) {
        sum += (double)target[at];
        CHECK(target[at] >= 0.0f);
    }
    CHECK(fabs(sum - 1.0) < 1e-5);
    abbe_psf_destroy(psf);
}

/** A Gaussian bead of 1000 counts moved by (z, y, x), brighter by `floor`. */
static void bead(float *samples, const double by[3], double floor) {
    int at;
    for (at = 0; at < SAMPLES; at++) {
        const double z = (at / PLANE - PLANES / 2 - by[0]) * 200.0 / 270.0;
        const double y = (at / SIDE % SIDE - SIDE / 2 - by[1]) * 80.0 / 92.0;
        const double x = (at % SIDE - SIDE / 2 - by[2]) * 80.0 / 92.0;
        samples[at] = (float)(1000.0 * exp(-0.5 * (z * z + y * y + x * x)) + floor);
    }
}

static void named(abbe_context *context, const float *samples, const char *code) {
    abbe_psf *psf = make_optics(context, ABBE_PSF_MEASURED);
    char quoted[40];
    size_t needed = 0;
    int64_t policy;
    snprintf(quoted, sizeof quoted, "\"code\":\"%s\"", code);
    if (strcmp(code, "negative") == 0) {
        OK(abbe_psf_set_f64(psf, ABBE_PSF_BACKGROUND, 0.0));
    }
    OK(abbe_psf_set_samples(psf, samples, 3, shape));
    for (policy = ABBE_POLICY_REPAIR; policy <= ABBE_POLICY_WARN; policy++) {
        char *json;
        int at;
        OK(abbe_psf_set_i64(psf, ABBE_PSF_POLICY, policy));
        OK(abbe_psf_sample(psf, target, 3, shape));
        OK(abbe_psf_report(psf, NULL, 0, &needed));
        json = (char *)calloc(needed, 1);
        OK(abbe_psf_report(psf, json, needed, &needed));
        if ((strstr(json, quoted) != NULL) != (*code != '\0')) {
            printf("%s: %s\n", code, json);
            failures++;
        }
        /* That the excitation has no effect here is a note. */
        CHECK(*code != '\0' || strstr(json, "\"severity\":\"warning\"") == NULL);
        free(json);
        for (at = 0; at < SAMPLES; at++) {
            if (!(target[at] >= 0.0f && target[at] <= 1.0f)) {
                printf("%s: sample %d is %f\n", code, at, (double)target[at]);
                failures++;
                break;
            }
        }
    }
    OK(abbe_psf_set_i64(psf, ABBE_PSF_POLICY, ABBE_POLICY_REFUSE));
    if (*code) {
        FAILS(ABBE_ERROR_ARGUMENT, "psf is refused", abbe_psf_sample(psf, target, 3, shape));
    } else {
        OK(abbe_psf_sample(psf, target, 3, shape));
    }
    abbe_psf_destroy(psf);
}

static void every_fault_has_a_name(abbe_context *context) {
    static const double nowhere[3] = {0.0, 0.0, 0.0}, off[3] = {2.0, -4.0, 5.0}, edge[3] = {0.0, 0.0, 17.0};
    float *samples = (float *)calloc(SAMPLES, sizeof *samples);
    float *other = (float *)calloc(SAMPLES, sizeof *other);
    int at;
    bead(samples, nowhere, 0.0);
    named(context, samples, "");
    bead(samples, off, 0.0);
    named(context, samples, "off_centre");
    bead(samples, edge, 0.0); /* Three pixels from the border. */
    named(context, samples, "truncated");
    bead(samples, nowhere, 37.0);
    named(context, samples, "background");
    bead(samples, nowhere, 0.0);
    for (at = 0; at < SAMPLES; at++) {
        samples[at] -= at % 2 ? 0.0f : 1.0f;
    }
    named(context, samples, "negative");
    bead(samples, nowhere, 0.0);
    for (at = 0; at < SAMPLES; at++) {
        samples[at] = samples[at] > 700.0f ? 700.0f : samples[at];
    }
    named(context, samples, "saturated");
    for (at = 0; at < PLANES; at++) {
        const double along[3] = {0.0, 0.0, (at - PLANES / 2) * 0.5};
        bead(other, along, 0.0);
        memcpy(samples + at * PLANE, other + at * PLANE, PLANE * sizeof *samples);
    }
    named(context, samples, "tilted");
    {
        const double ghost[3] = {0.0, 0.0, 6.0};
        bead(samples, nowhere, 0.0);
        bead(other, ghost, 0.0);
        for (at = 0; at < SAMPLES; at++) {
            samples[at] += 0.6f * other[at];
        }
        named(context, samples, "asymmetric");
    }
    bead(samples, nowhere, 0.0);
    for (at = 0; at < SAMPLES; at++) {
        const double y = at / SIDE % SIDE - SIDE / 2, width = 92.0 / 80.0;
        samples[at] *= (float)exp(0.5 * y * y / (width * width) * (1.0 - 1.0 / 2.25)); /* Half as wide again along y. */
    }
    named(context, samples, "elliptical");
    for (at = 0; at < SAMPLES; at++) {
        samples[at] = at % SIDE == SIDE / 2 && at / SIDE % SIDE == SIDE / 2 ? samples[at] : 0.0f;
    }
    named(context, samples, "width_xy");
    for (at = 0; at < SAMPLES; at++) {
        samples[at] = 0.0f;
    }
    bead(other, nowhere, 0.0);
    memcpy(samples + PLANES / 2 * PLANE, other + PLANES / 2 * PLANE, PLANE * sizeof *samples);
    named(context, samples, "width_z");
    free(samples);
    free(other);
}

static void samples_that_are_none(abbe_context *context) {
    static const int64_t three[3] = {3, 3, 3}, five[2] = {5, 5};
    static const float hill[9] = {0.5f, 1.0f, 0.5f, 1.0f, 2.0f, 1.0f, 0.5f, 1.0f, 0.5f};
    float cube[27] = {0};
    size_t needed = 0;
    char json[4096];
    abbe_psf *psf = make_optics(context, ABBE_PSF_MEASURED);
    FAILS(ABBE_ERROR_STATE, "psf samples are not set", abbe_psf_sample(psf, target, 3, small));
    OK(abbe_psf_set_samples(psf, cube, 3, three));
    FAILS(ABBE_ERROR_ARGUMENT, "sum to nothing", abbe_psf_sample(psf, target, 3, small));
    cube[13] = (float)NAN;
    FAILS(ABBE_ERROR_ARGUMENT, "[1, 1, 1] is NaN", abbe_psf_set_samples(psf, cube, 3, three));
    cube[13] = (float)INFINITY;
    FAILS(ABBE_ERROR_ARGUMENT, "inf", abbe_psf_set_samples(psf, cube, 3, three));
    cube[13] = -7.0f;
    OK(abbe_psf_set_samples(psf, cube, 3, three));
    FAILS(ABBE_ERROR_ARGUMENT, "bright, not dark", abbe_psf_sample(psf, target, 3, small));
    OK(abbe_psf_set_samples(psf, hill, 2, three));
    OK(abbe_psf_set_f64(psf, ABBE_PSF_BACKGROUND, 0.0));
    FAILS(ABBE_ERROR_ARGUMENT, "one plane", abbe_psf_sample(psf, target, 3, small));
    OK(abbe_psf_sample(psf, target, 2, five));
    OK(abbe_psf_report(psf, json, sizeof json, &needed));
    CHECK(strstr(json, "\"too_small\"") != NULL && strstr(json, "\"truncated\"") != NULL);
    abbe_psf_destroy(psf);
}

/* What would take for ever is refused, whatever the text; terms of 0 are none. */
static void aberrations_without_end(abbe_context *context) {
    static const int32_t kinds[] = {ABBE_PSF_BORN_WOLF, ABBE_PSF_VECTORIAL, ABBE_PSF_CONFOCAL, ABBE_PSF_TWO_PHOTON,
                                    ABBE_PSF_SPINNING_DISK, ABBE_PSF_LIGHT_SHEET};
    const int64_t shape[2] = {15, 15};
    float kernel[225], plain[225];
    size_t at;
    abbe_psf *psf = make_optics(context, ABBE_PSF_WIDEFIELD);
    OK(abbe_psf_sample(psf, plain, 2, shape));
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, "noll 7:0 230:0 11:0"));
    OK(abbe_psf_sample(psf, kernel, 2, shape));
    CHECK(memcmp(plain, kernel, sizeof plain) == 0);
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, "noll 230:5000"));
    FAILS(ABBE_ERROR_ARGUMENT, "psf.zernike", abbe_psf_sample(psf, kernel, 2, shape));
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, "noll 66:1000"));
    FAILS(ABBE_ERROR_ARGUMENT, "angular orders", abbe_psf_sample(psf, kernel, 2, shape));
    OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, "noll 7:35"));
    OK(abbe_psf_sample(psf, kernel, 2, shape));
    CHECK(memcmp(plain, kernel, sizeof plain) != 0);
    abbe_psf_destroy(psf);
    for (at = 0; at < sizeof kinds / sizeof kinds[0]; at++) { /* Every optical kind takes them. */
        psf = make_optics(context, kinds[at]);
        OK(abbe_psf_set_f64(psf, ABBE_PSF_SHEET_THICKNESS_NM, 2000.0));
        OK(abbe_psf_sample(psf, plain, 2, shape));
        OK(abbe_psf_set_text(psf, ABBE_PSF_ZERNIKE, "ansi 7:35 12:20"));
        OK(abbe_psf_sample(psf, kernel, 2, shape));
        CHECK(memcmp(plain, kernel, sizeof plain) != 0);
        abbe_psf_destroy(psf);
    }
}

/* Beads larger than their image. */
static void large_beads(abbe_context *context) {
    const int64_t shape[3] = {7, 7, 7};
    float samples[343], kernel[343];
    int at, dimensions;
    for (at = 0; at < 343; at++) {
        const double z = at / 49 - 3, y = at / 7 % 7 - 3, x = at % 7 - 3;
        samples[at] = (float)exp(-0.3 * (x * x + y * y + z * z));
    }
    for (dimensions = 2; dimensions <= 3; dimensions++) {
        double bead;
        for (bead = 400.0; bead <= 10000.0; bead *= 1.5) {
            abbe_status status;
            abbe_psf *psf = make_optics(context, ABBE_PSF_MEASURED);
            OK(abbe_psf_set_f64(psf, ABBE_PSF_BEAD_NM, bead));
            OK(abbe_psf_set_samples(psf, samples, dimensions, shape));
            status = abbe_psf_sample(psf, kernel, dimensions, shape);
            CHECK(status == ABBE_OK || status == ABBE_ERROR_ARGUMENT);
            abbe_psf_destroy(psf);
        }
    }
}

int main(void) {
    abbe_context *context = make_context(1);
    impossible_optics(context);
    every_fault_has_a_name(context);
    samples_that_are_none(context);
    aberrations_without_end(context);
    if (!small_only()) { /* Valgrind would take minutes. */
        impossible_pinholes(context);
        large_beads(context);
    }
    abbe_context_destroy(context);
    return finish();
}
