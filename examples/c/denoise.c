/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host of libabbe that denoises: opens a TIFF stack and takes the noise away plane by plane, with a network where it
 * is given one, else by similar patches, and writes a TIFF stack and a picture of before and after.
 *
 *   denoise noisy.tif clean.tif --picture both.png
 *   denoise noisy.tif clean.tif --model abbe-denoise.zip --onnxruntime libonnxruntime.so.1.28.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <abbe/abbe.h>

#include "failed.h"
#include "stack.h"

struct options {
    const char *input, *output, *model, *onnxruntime, *picture;
};

static int parse(int argc, char **argv, struct options *options) {
    int at;
    memset(options, 0, sizeof *options);
    for (at = 1; at < argc; at++) {
        const char **target = strcmp(argv[at], "--model") == 0         ? &options->model
                              : strcmp(argv[at], "--onnxruntime") == 0 ? &options->onnxruntime
                              : strcmp(argv[at], "--picture") == 0     ? &options->picture
                                                                       : NULL;
        if (target) {
            if (++at == argc) {
                return -1;
            }
        } else {
            target = !options->input ? &options->input : &options->output;
            if (*target || strncmp(argv[at], "--", 2) == 0) {
                return -1;
            }
        }
        *target = argv[at];
    }
    return options->output ? 0 : -1;
}

static int denoise(const struct options *options, abbe_context *context, abbe_model **model, abbe_plan **plan) {
    struct stack before, after = {{0}, 0, NULL, 0};
    const struct stack *const sides[] = {&before, &after};
    char *report = NULL;
    size_t needed = 0;
    int bad;
    if (stack_read(options->input, &before) != 0) {
        return -1;
    }
    bad = (options->onnxruntime &&
           failed("--onnxruntime", abbe_context_set_text(context, ABBE_CONTEXT_ONNXRUNTIME, options->onnxruntime))) ||
          failed("plan", abbe_plan_create(context, plan)) ||
          failed("plan", abbe_plan_add_step(*plan, options->model ? ABBE_STEP_MODEL : ABBE_STEP_DENOISE)) ||
          (options->model && (failed("--model", abbe_model_load(context, options->model, model)) ||
                              failed("--model", abbe_plan_set_model(*plan, *model)))) ||
          /* As time points the planes are images of their own, each with its own noise. */
          failed("input", abbe_plan_set_input(*plan, before.dtype, "tyx", before.shape, NULL, 0)) ||
          failed("output", abbe_plan_set_output(*plan, ABBE_DTYPE_F32, NULL, 0)) ||
          failed("commit", abbe_plan_commit(*plan)) || stack_make(before.shape, ABBE_DTYPE_F32, &after) != 0 ||
          failed("execute", abbe_plan_execute(*plan, before.samples, before.bytes, after.samples, after.bytes)) ||
          stack_write(options->output, &after) != 0 ||
          (options->picture && stack_picture(options->picture, sides, 2) != 0) ||
          failed("report", abbe_plan_report(*plan, NULL, 0, &needed));
    if (!bad) {
        const char *flux;
        report = malloc(needed);
        bad = !report || failed("report", abbe_plan_report(*plan, report, needed, &needed));
        flux = bad ? NULL : strstr(report, "\"flux_in\":");
        if (flux) {
            const char *out = strstr(report, "\"flux_out\":");
            printf("%-12s %s\n", "denoised by", options->model ? options->model : "similar patches");
            printf("%-12s %.6g\n", "flux in", strtod(flux + 10, NULL));
            printf("%-12s %.6g\n", "flux out", out ? strtod(out + 11, NULL) : 0.0);
        }
    }
    free(report);
    stack_free(&before);
    stack_free(&after);
    return bad ? -1 : 0;
}

int main(int argc, char **argv) {
    struct options options;
    abbe_context *context = NULL;
    abbe_model *model = NULL;
    abbe_plan *plan = NULL;
    int result;
    if (parse(argc, argv, &options) != 0) {
        fprintf(stderr, "usage: denoise INPUT.tif OUTPUT.tif [--model PACKAGE --onnxruntime LIBRARY] [--picture PNG]\n");
        return EXIT_FAILURE;
    }
    if (failed("context", abbe_context_create(&context))) {
        return EXIT_FAILURE;
    }
    result = denoise(&options, context, &model, &plan);
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
    abbe_context_destroy(context);
    return result == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
