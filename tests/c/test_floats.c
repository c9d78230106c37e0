/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The host's floating-point environment: what it rounds to, what it traps and what it makes of subnormal numbers changes
 * no result and ends nothing, and it has all of that again when a call returns or calls a function of the host.
 */
#include "check.h"

#include <fenv.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

enum { NZ = 5, NY = 24, NX = 20, N = NZ * NY * NX, KERNEL = 9 * 9 * 9, MODES = 4 };
static const int modes[MODES] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
static const int64_t shape[3] = {NZ, NY, NX};
static float source[N];

/* What calls leave behind: results, and the environment as the progress function finds it. */
struct outcome {
    float kernels[9][KERNEL], images[4][N];
    unsigned char rounded[4];
    int mode, calls;
    unsigned control, seen;
};
static struct outcome usual, other;

static unsigned control(void) {
#if defined(__x86_64__)
    return _mm_getcsr();
#else
    return 0;
#endif
}

static int32_t listen(void *user, double fraction) {
    struct outcome *outcome = (struct outcome *)user;
    (void)fraction;
    outcome->calls++;
    outcome->mode = fegetround();
    outcome->seen = control();
    return ABBE_CONTINUE;
}

static void kernels(abbe_context *context, struct outcome *outcome) {
    static const int32_t kinds[9] = {ABBE_PSF_GAUSSIAN,   ABBE_PSF_WIDEFIELD,     ABBE_PSF_CONFOCAL,
                                     ABBE_PSF_BORN_WOLF,  ABBE_PSF_VECTORIAL,     ABBE_PSF_TWO_PHOTON,
                                     ABBE_PSF_SPINNING_DISK, ABBE_PSF_LIGHT_SHEET, ABBE_PSF_MOTION};
    const int64_t extents[3] = {9, 9, 9};
    int at;
    for (at = 0; at < 9; at++) {
        abbe_psf *psf = NULL;
        if (kinds[at] == ABBE_PSF_MOTION) {
            OK(abbe_psf_create(context, ABBE_PSF_MOTION, &psf));
            OK(abbe_psf_set_f64(psf, ABBE_PSF_MOTION_LENGTH_PX, 3.3));
        } else {
            psf = make_water_optics(context, kinds[at], 100.0);
            OK(abbe_psf_set_f64(psf, ABBE_PSF_STEP_NM, 300.0));
            OK(abbe_psf_set_f64(psf, ABBE_PSF_EXCITATION_NM, 488.0));
            OK(abbe_psf_set_f64(psf, ABBE_PSF_SHEET_THICKNESS_NM, 2000.0));
        }
        OK(abbe_psf_sample(psf, outcome->kernels[at], 3, extents));
        abbe_psf_destroy(psf);
    }
}

static void images(abbe_context *context, struct outcome *outcome) {
    static const int64_t algorithms[4] = {ABBE_ALGORITHM_AUTOMATIC, ABBE_ALGORITHM_TOTAL_VARIATION,
                                          ABBE_ALGORITHM_GOLD_MEINEL, ABBE_ALGORITHM_WIENER};
    int at;
    for (at = 0; at < 4; at++) {
        abbe_plan *plan = make_plan(context, 3);
        OK(abbe_plan_set_i64(plan, ABBE_DECONVOLVE_ALGORITHM, algorithms[at]));
        OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
        OK(abbe_plan_set_progress(plan, listen, outcome));
        OK(abbe_plan_commit(plan));
        OK(abbe_plan_execute(plan, source, sizeof source, outcome->images[at], sizeof source));
        abbe_plan_destroy(plan);
    }
}

static void whole_numbers(abbe_context *context, struct outcome *outcome) {
    const int64_t four[2] = {1, 4};
    const float samples[4] = {10.25f, 10.5f, 10.75f, 11.25f};
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_BACKGROUND));
    OK(abbe_plan_set_i64(plan, ABBE_BACKGROUND_MODE, ABBE_BACKGROUND_CONSTANT));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", four, NULL, 0));
    OK(abbe_plan_set_output(plan, ABBE_DTYPE_U8, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, samples, sizeof samples, outcome->rounded, sizeof outcome->rounded));
    abbe_plan_destroy(plan);
}

/* With threads that are started before the environment changes, or after. */
static void all(abbe_context *context, struct outcome *outcome) {
    memset(outcome, 0, sizeof *outcome);
    kernels(context, outcome);
    images(context, outcome);
    whole_numbers(context, outcome);
    outcome->control = control();
}

static void same(int mode) {
    CHECK(memcmp(usual.kernels, other.kernels, sizeof usual.kernels) == 0);
    CHECK(memcmp(usual.images, other.images, sizeof usual.images) == 0);
    CHECK(memcmp(usual.rounded, other.rounded, sizeof usual.rounded) == 0);
    CHECK(fegetround() == mode && other.mode == mode && other.calls == usual.calls);
}

static void rounding(abbe_context *before) {
    int at, after;
    for (at = 0; at < MODES; at++) {
        for (after = 0; after < 2; after++) {
            abbe_context *context = after ? make_context(2) : before;
            CHECK(fesetround(modes[at]) == 0);
            feclearexcept(FE_ALL_EXCEPT);
            all(context, &other);
            same(modes[at]);
            CHECK(fetestexcept(FE_ALL_EXCEPT) == 0);
            CHECK(fesetround(FE_TONEAREST) == 0);
            if (after) {
                abbe_context_destroy(context);
            }
        }
    }
    CHECK(usual.rounded[0] == 10 && usual.rounded[1] == 10 && usual.rounded[2] == 11 && usual.rounded[3] == 11);
}

#if defined(__x86_64__)
/* Traps of invalid operations, divisions by zero and overflows; subnormal numbers that count as 0, as sources and as
 * results; exceptions that have occurred, which are kept. */
static void traps(abbe_context *context) {
    const unsigned plain = _mm_getcsr(), flushing = 0x8040u, trapping = 0x0080u | 0x0200u | 0x0400u, occurred = 0x0020u;
    const unsigned wanted = ((plain & ~0x3fu & ~trapping) | flushing | occurred);
    _mm_setcsr(wanted);
    all(context, &other);
    _mm_setcsr(plain);
    CHECK(other.control == wanted && other.seen == wanted);
    same(FE_TONEAREST);
}
#endif

int main(void) {
    abbe_context *context = make_context(2);
    unsigned at;
    for (at = 0; at < N; at++) {
        source[at] = (float)(10 + noise(at));
    }
    all(context, &usual);
    rounding(context);
#if defined(__x86_64__)
    if (!small_only()) { /* Valgrind knows no traps. */
        traps(context);
    }
#endif
    abbe_context_destroy(context);
    return finish();
}
