/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A whole host of libabbe: opens a TIFF stack, states the optics in physical units or takes a measured point spread
 * function, deconvolves with a progress bar, and writes a TIFF stack and a picture of before and after.
 *
 *   sharpen stack.tif sharp.tif --picture both.png --na 1.4 --wavelength 525 --pixel 65 --step 200
 *   sharpen stack.tif sharp.tif --psf beads.tif --iterations 100 --truth truth.tif
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <abbe/abbe.h>

#include "failed.h"
#include "stack.h"

struct options {
    const char *input, *output, *picture, *psf, *truth, *report;
    const char *optics[8]; /* Values of the parameters below, NULL where not given. */
    const char *iterations, *threads;
};

/* Options that state the optics; every one is a parameter of the point spread function. */
static const struct {
    const char *option;
    abbe_param param;
    const char *meaning;
} optics[] = {
    {"--na", ABBE_PSF_NUMERICAL_APERTURE, "numerical aperture"},
    {"--wavelength", ABBE_PSF_WAVELENGTH_NM, "emission wavelength in nm"},
    {"--pixel", ABBE_PSF_PIXEL_NM, "pixel in nm, in the sample"},
    {"--step", ABBE_PSF_STEP_NM, "distance of planes in nm"},
    {"--immersion", ABBE_PSF_IMMERSION_INDEX, "refractive index of the immersion medium"},
};
enum { OPTICS = sizeof optics / sizeof optics[0] };

static int usage(void) {
    int at;
    fprintf(stderr, "usage: sharpen INPUT.tif OUTPUT.tif [options]\n"
                    "  --psf FILE         measured point spread function, a TIFF stack; or state the optics:\n");
    for (at = 0; at < OPTICS; at++) {
        fprintf(stderr, "  %-18s %s\n", optics[at].option, optics[at].meaning);
    }
    fprintf(stderr, "  --iterations N     so many of Richardson-Lucy; else libabbe chooses\n"
                    "  --threads N        so many CPU threads\n"
                    "  --picture FILE     PNG of before and after side by side\n"
                    "  --report FILE      what was done, as JSON\n"
                    "  --truth FILE       a TIFF stack to compare with\n");
    return EXIT_FAILURE;
}

static int parse(int argc, char **argv, struct options *options) {
    int at, k;
    memset(options, 0, sizeof *options);
    for (at = 1; at < argc; at++) {
        const char **target = NULL;
        if (strncmp(argv[at], "--", 2) != 0) {
            target = !options->input ? &options->input : !options->output ? &options->output : NULL;
            if (!target) {
                return -1;
            }
            *target = argv[at];
            continue;
        }
        for (k = 0; k < OPTICS; k++) {
            target = strcmp(argv[at], optics[k].option) == 0 ? &options->optics[k] : target;
        }
        target = strcmp(argv[at], "--psf") == 0 ? &options->psf : target;
        target = strcmp(argv[at], "--picture") == 0 ? &options->picture : target;
        target = strcmp(argv[at], "--report") == 0 ? &options->report : target;
        target = strcmp(argv[at], "--truth") == 0 ? &options->truth : target;
        target = strcmp(argv[at], "--iterations") == 0 ? &options->iterations : target;
        target = strcmp(argv[at], "--threads") == 0 ? &options->threads : target;
        if (!target || at + 1 == argc) {
            return -1;
        }
        *target = argv[++at];
    }
    return options->output ? 0 : -1;
}

static int32_t show_progress(void *user, double fraction) {
    int *shown = user;
    const int percent = (int)(fraction * 100.0 + 1e-9);
    if (percent != *shown && isatty(2)) {
        char bar[41];
        memset(bar, '.', 40);
        memset(bar, '#', (size_t)(percent * 40 / 100));
        bar[40] = '\0';
        fprintf(stderr, "\r[%s] %3d %%%s", bar, percent, percent == 100 ? "\n" : "");
        fflush(stderr);
        *shown = percent;
    }
    return ABBE_CONTINUE;
}

/* A measured point spread function from a file, or one that follows from the optics. */
static int make_psf(abbe_context *context, const struct options *options, abbe_psf **psf) {
    struct stack kernel;
    float *samples;
    size_t at, count;
    int k, bad;
    if (!options->psf) {
        if (failed("psf", abbe_psf_create(context, ABBE_PSF_WIDEFIELD, psf))) {
            return -1;
        }
        for (k = 0; k < OPTICS; k++) {
            const char *value = options->optics[k];
            if (value && failed(optics[k].option, abbe_psf_set_f64(*psf, optics[k].param, strtod(value, NULL)))) {
                return -1;
            }
        }
        return 0;
    }
    if (stack_read(options->psf, &kernel) != 0) {
        return -1;
    }
    count = (size_t)(kernel.shape[0] * kernel.shape[1] * kernel.shape[2]);
    samples = malloc(count * sizeof *samples);
    for (at = 0; samples && at < count; at++) {
        samples[at] = (float)stack_at(&kernel, at);
    }
    bad = !samples || failed("psf", abbe_psf_create(context, ABBE_PSF_MEASURED, psf)) ||
          failed(options->psf, abbe_psf_set_samples(*psf, samples, 3, kernel.shape));
    free(samples); /* libabbe has its own copy. */
    stack_free(&kernel);
    return bad ? -1 : 0;
}

/* Prints the numbers of the report that a user wants to see, and keeps the whole of it where asked to. */
static int show_report(const abbe_plan *plan, const char *path) {
    static const char *const keys[] = {"seconds", "threads", "iterations", "flux_in", "flux_out"};
    size_t needed = 0, key;
    char *json;
    FILE *file;
    if (failed("report", abbe_plan_report(plan, NULL, 0, &needed))) {
        return -1;
    }
    json = malloc(needed);
    if (!json || failed("report", abbe_plan_report(plan, json, needed, &needed))) {
        free(json);
        return -1;
    }
    for (key = 0; key < sizeof keys / sizeof keys[0]; key++) {
        char quoted[32];
        const char *found;
        sprintf(quoted, "\"%s\":", keys[key]);
        found = strstr(json, quoted);
        if (found) {
            printf("%-12s %.6g\n", keys[key], strtod(found + strlen(quoted), NULL));
        }
    }
    if (path) {
        file = fopen(path, "w");
        if (!file || fputs(json, file) < 0 || fclose(file) != 0) {
            fprintf(stderr, "%s cannot be written\n", path);
        }
    }
    free(json);
    return 0;
}

static int sharpen(const struct options *options, abbe_context *context, abbe_psf **psf, abbe_plan **plan) {
    struct stack before, after = {{0}, 0, NULL, 0}, truth = {{0}, 0, NULL, 0};
    const struct stack *const sides[] = {&before, &after};
    int64_t bytes = 0;
    int shown = -1, bad;
    if (stack_read(options->input, &before) != 0) {
        return -1;
    }
    bad = (options->threads &&
           failed("threads", abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, atol(options->threads)))) ||
          make_psf(context, options, psf) != 0 || failed("plan", abbe_plan_create(context, plan)) ||
          failed("plan", abbe_plan_add_step(*plan, ABBE_STEP_DECONVOLVE)) ||
          failed("psf", abbe_plan_set_psf(*plan, *psf)) ||
          /* A stated count is one of plain Richardson-Lucy; without it libabbe chooses by the image's noise. */
          (options->iterations &&
           (failed("--iterations",
                   abbe_plan_set_i64(*plan, ABBE_DECONVOLVE_ALGORITHM, ABBE_ALGORITHM_RICHARDSON_LUCY)) ||
            failed("--iterations", abbe_plan_set_i64(*plan, ABBE_DECONVOLVE_STOP, ABBE_STOP_ITERATIONS)) ||
            failed("--iterations", abbe_plan_set_i64(*plan, ABBE_DECONVOLVE_ITERATIONS, atol(options->iterations))))) ||
          failed("input", abbe_plan_set_input(*plan, before.dtype, "zyx", before.shape, NULL, 0)) ||
          failed("output", abbe_plan_set_output(*plan, ABBE_DTYPE_F32, NULL, 0)) ||
          failed("progress", abbe_plan_set_progress(*plan, show_progress, &shown)) ||
          failed("commit", abbe_plan_commit(*plan)) ||
          failed("workspace", abbe_plan_get_i64(*plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes)) ||
          stack_make(before.shape, ABBE_DTYPE_F32, &after) != 0 ||
          failed("execute", abbe_plan_execute(*plan, before.samples, before.bytes, after.samples, after.bytes)) ||
          stack_write(options->output, &after) != 0 ||
          (options->picture && stack_picture(options->picture, sides, 2) != 0);
    if (!bad) {
        printf("%-12s %s, %d x %d x %d\n", "stack", options->input, (int)before.shape[0], (int)before.shape[1],
               (int)before.shape[2]);
        printf("%-12s %.1f MB\n", "workspace", (double)bytes / 1e6);
        bad = show_report(*plan, options->report) != 0;
    }
    if (!bad && options->truth) {
        bad = stack_read(options->truth, &truth) != 0 || memcmp(truth.shape, before.shape, sizeof truth.shape) != 0;
        if (!bad) {
            printf("%-12s %.3f before, %.3f after\n", "correlation", stack_correlation(&before, &truth),
                   stack_correlation(&after, &truth));
        }
    }
    stack_free(&before);
    stack_free(&after);
    stack_free(&truth);
    return bad ? -1 : 0;
}

int main(int argc, char **argv) {
    struct options options;
    abbe_context *context = NULL;
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    int result;
    if (parse(argc, argv, &options) != 0) {
        return usage();
    }
    if (failed("context", abbe_context_create(&context))) {
        return EXIT_FAILURE;
    }
    result = sharpen(&options, context, &psf, &plan);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
