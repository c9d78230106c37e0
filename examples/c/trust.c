/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host of libabbe that says how far a result can be believed: holds it against the raw image that it was made of, prints the
 * numbers, and writes a picture of raw image, result, errors, suspicion and the Fourier ring correlation, side by side.
 *
 *   trust raw.tif sharp.tif trust.png kernel.tif
 *   trust noisy.tif denoised.tif trust.png
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abbe/abbe.h>

#include "failed.h"
#include "stack.h"

enum { RAW, RESULT, ERRORS, SUSPICION, CURVE, PANELS };

/* Reads a stack as 32-bit floating point, as assessments take it. */
static int read_floats(const char *path, struct stack *stack) {
    struct stack given;
    size_t at, count;
    int result;
    if (stack_read(path, &given) != 0) {
        return -1;
    }
    result = stack_make(given.shape, ABBE_DTYPE_F32, stack);
    count = result == 0 ? stack->bytes / sizeof(float) : 0;
    for (at = 0; at < count; at++) {
        ((float *)stack->samples)[at] = (float)stack_at(&given, at);
    }
    stack_free(&given);
    return result;
}

/* Axes of a stack as assessments take them: a single plane has two. */
static int32_t axes(const struct stack *stack) { return stack->shape[0] > 1 ? 3 : 2; }

static const int64_t *extents(const struct stack *stack) { return stack->shape + (3 - axes(stack)); }

/* What follows `key` in the part of the report that begins with `part`; NULL where there is none. A host with a JSON library
 * has better ways. */
static const char *find(const char *report, const char *part, const char *key) {
    const char *at = strstr(report, part);
    at = at ? strstr(at, key) : NULL;
    return at ? at + strlen(key) : NULL;
}

static void say(const char *report, const char *name, const char *part, const char *key) {
    const char *value = find(report, part, key);
    if (value && strncmp(value, "null", 4) != 0) {
        printf("%-24s %.6g\n", name, strtod(value, NULL));
    } else {
        printf("%-24s not found\n", name);
    }
}

/* Draws the correlation of halves of the raw image, 0 to 1 over the frequencies up to Nyquist's, and the threshold 1/7. */
static void draw_curve(const char *report, struct stack *panel) {
    const int64_t rows = panel->shape[1], columns = panel->shape[2];
    const char *value = find(report, "\"frc_raw\"", "\"correlations\":[");
    const char *end = value ? strchr(value, ']') : NULL;
    uint8_t *samples = panel->samples;
    double values[4096];
    int64_t count = 0, x, seventh = llround((double)(rows - 1) * 6 / 7);
    for (x = 0; x < columns; x++) {
        samples[seventh * columns + x] = 96;
    }
    while (end && value < end && count < 4096) {
        char *next;
        values[count++] = strtod(value, &next);
        value = next + 1;
    }
    for (x = 0; x < columns && count > 0; x++) {
        const double correlation = fmin(fmax(values[x * count / columns], 0), 1);
        samples[llround((double)(rows - 1) * (1 - correlation)) * columns + x] = 255;
    }
}

/* Suspicion of 2 and more is white, and so is one corner, which a picture is stretched by: pictures can be compared. */
static void cut_suspicion(struct stack *map) {
    float *samples = map->samples;
    size_t at, count = map->bytes / sizeof(float);
    for (at = 0; at < count; at++) {
        samples[at] = fminf(samples[at], 2);
    }
    samples[0] = 2;
}

static int assess(abbe_assess *assess, struct stack *panels, const char *picture) {
    const int64_t flat[3] = {1, panels[RAW].shape[1], panels[RAW].shape[2]};
    const struct stack *shown[PANELS];
    char *report = NULL;
    size_t needed = 0;
    int at, bad;
    for (at = 0; at < PANELS; at++) {
        shown[at] = &panels[at];
    }
    bad = failed("raw image", abbe_assess_set_image(assess, ABBE_IMAGE_RAW, panels[RAW].samples, axes(&panels[RAW]),
                                                    extents(&panels[RAW]))) ||
          failed("result", abbe_assess_set_image(assess, ABBE_IMAGE_RESULT, panels[RESULT].samples,
                                                 axes(&panels[RESULT]), extents(&panels[RESULT]))) ||
          failed("assess", abbe_assess_run(assess, NULL, NULL)) ||
          stack_make(panels[RAW].shape, ABBE_DTYPE_F32, &panels[ERRORS]) != 0 ||
          stack_make(panels[RAW].shape, ABBE_DTYPE_F32, &panels[SUSPICION]) != 0 ||
          stack_make(flat, ABBE_DTYPE_U8, &panels[CURVE]) != 0 ||
          failed("errors", abbe_assess_map(assess, ABBE_MAP_ERROR, panels[ERRORS].samples, axes(&panels[RAW]),
                                           extents(&panels[RAW]))) ||
          failed("suspicion", abbe_assess_map(assess, ABBE_MAP_SUSPICION, panels[SUSPICION].samples,
                                              axes(&panels[RAW]), extents(&panels[RAW]))) ||
          failed("report", abbe_assess_report(assess, NULL, 0, &needed));
    report = bad ? NULL : malloc(needed);
    if (report && !failed("report", abbe_assess_report(assess, report, needed, &needed))) {
        say(report, "rsp", "\"squirrel\"", "\"rsp\":");
        say(report, "rse", "\"squirrel\"", "\"rse\":");
        say(report, "chi square", "\"forward\"", "\"chi_square\":");
        say(report, "greatest suspicion", "\"suspicion\"", "\"greatest\":");
        say(report, "resolution of raw, px", "\"resolution_px\":{\"1/7\"", "\"value\":");
        draw_curve(report, &panels[CURVE]);
        cut_suspicion(&panels[SUSPICION]);
        bad = stack_picture(picture, shown, PANELS) != 0;
    } else {
        bad = 1;
    }
    free(report);
    return bad ? -1 : 0;
}

int main(int argc, char **argv) {
    struct stack panels[PANELS], kernel = {{0}, 0, NULL, 0};
    abbe_context *context = NULL;
    abbe_assess *assessment = NULL;
    abbe_psf *psf = NULL;
    int at, result = -1;
    if (argc < 4 || argc > 5) {
        fprintf(stderr, "usage: trust RAW.tif RESULT.tif PICTURE.png [KERNEL.tif]\n");
        return EXIT_FAILURE;
    }
    memset(panels, 0, sizeof panels);
    if (!failed("context", abbe_context_create(&context)) && read_floats(argv[1], &panels[RAW]) == 0 &&
        read_floats(argv[2], &panels[RESULT]) == 0 && !failed("assess", abbe_assess_create(context, &assessment))) {
        int bad = argc > 4 && (read_floats(argv[4], &kernel) != 0 ||
                               failed("kernel", abbe_psf_create(context, ABBE_PSF_MEASURED, &psf)) ||
                               failed(argv[4], abbe_psf_set_samples(psf, kernel.samples, 3, kernel.shape)) ||
                               failed("kernel", abbe_assess_set_psf(assessment, psf)));
        result = bad ? -1 : assess(assessment, panels, argv[3]);
    }
    abbe_assess_destroy(assessment);
    abbe_psf_destroy(psf);
    abbe_context_destroy(context);
    for (at = 0; at < PANELS; at++) {
        stack_free(&panels[at]);
    }
    stack_free(&kernel);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
