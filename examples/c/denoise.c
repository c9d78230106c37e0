/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host of libabbe that denoises: opens a TIFF stack and takes the noise away plane by plane, with the network that is built
 * in, which --learn adapts to these very images first, or with one from a file, and writes a TIFF stack and a picture of
 * before, after and what was taken away.
 *
 *   denoise noisy.tif clean.tif --learn --picture all.png
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
    int learn;
};

static int parse(int argc, char **argv, struct options *options) {
    int at;
    memset(options, 0, sizeof *options);
    for (at = 1; at < argc; at++) {
        const char **target = strcmp(argv[at], "--model") == 0         ? &options->model
                              : strcmp(argv[at], "--onnxruntime") == 0 ? &options->onnxruntime
                              : strcmp(argv[at], "--picture") == 0     ? &options->picture
                                                                       : NULL;
        if (strcmp(argv[at], "--learn") == 0) {
            options->learn = 1;
            continue;
        }
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
    return options->output && !(options->learn && options->model) ? 0 : -1;
}

/* A bar on stderr. */
static int32_t show(void *user, double done) {
    int *last = user, at = (int)(40.0 * done);
    if (at != *last) {
        *last = at;
        fprintf(stderr, "\r%-12s [%.*s%*s]%s", "learning", at, "########################################", 40 - at, "",
                at == 40 ? "\n" : "");
    }
    return ABBE_CONTINUE;
}

/* The number behind a key of JSON, of its first place after `text`. */
static double number(const char *text, const char *key) {
    const char *at = text ? strstr(text, key) : NULL;
    return at ? strtod(at + strlen(key), NULL) : 0.0;
}

/* The built-in network, adapted to the stack where that helps. */
static int learn(abbe_context *context, const struct stack *stack, abbe_model **model) {
    const size_t count = (size_t)(stack->shape[0] * stack->shape[1] * stack->shape[2]);
    abbe_model *builtin = NULL;
    char *told = NULL;
    size_t needed = 0, at;
    int last = -1, bad;
    float *samples = malloc(count * sizeof *samples);
    if (!samples) {
        fprintf(stderr, "no memory\n");
        return -1;
    }
    for (at = 0; at < count; at++) {
        samples[at] = (float)stack_at(stack, at);
    }
    bad = failed("--learn", abbe_model_builtin(context, "denoise", &builtin)) ||
          failed("--learn", abbe_model_learn(builtin, samples, 3, stack->shape, show, &last, model)) ||
          failed("--learn", abbe_model_describe(*model, NULL, 0, &needed));
    if (!bad) {
        told = malloc(needed);
        bad = !told || failed("--learn", abbe_model_describe(*model, told, needed, &needed));
    }
    if (!bad) {
        const char *learning = strstr(told, "\"learning\":{"), *held_out = learning ? strstr(learning, "\"held_out\":{") : NULL;
        printf("%-12s %.0f steps, best after %.0f\n", "learnt", number(learning, "\"steps\":"), number(learning, "\"best_step\":"));
        if (held_out) {
            printf("%-12s %.5f before, %.5f after, in variances of the noise\n", "held out", number(held_out, "\"before\":"),
                   number(held_out, "\"after\":"));
        }
    }
    free(told);
    free(samples);
    abbe_model_destroy(builtin);
    return bad ? -1 : 0;
}

/* What was taken away. */
static int difference(const struct stack *before, const struct stack *after, struct stack *taken) {
    size_t at;
    if (stack_make(before->shape, ABBE_DTYPE_F32, taken) != 0) {
        return -1;
    }
    for (at = 0; at < taken->bytes / sizeof(float); at++) {
        ((float *)taken->samples)[at] = (float)(stack_at(before, at) - stack_at(after, at));
    }
    return 0;
}

static int denoise(const struct options *options, abbe_context *context, abbe_model **model, abbe_plan **plan) {
    struct stack before, after = {{0}, 0, NULL, 0}, taken = {{0}, 0, NULL, 0};
    const struct stack *const panels[] = {&before, &after, &taken};
    char *report = NULL;
    size_t needed = 0;
    int bad;
    if (stack_read(options->input, &before) != 0) {
        return -1;
    }
    bad = (options->onnxruntime &&
           failed("--onnxruntime", abbe_context_set_text(context, ABBE_CONTEXT_ONNXRUNTIME, options->onnxruntime))) ||
          (options->model && failed("--model", abbe_model_load(context, options->model, model))) ||
          (options->learn && learn(context, &before, model)) || failed("plan", abbe_plan_create(context, plan)) ||
          failed("plan", abbe_plan_add_step(*plan, options->model ? ABBE_STEP_MODEL : ABBE_STEP_DENOISE)) ||
          (!options->model && failed("plan", abbe_plan_set_i64(*plan, ABBE_DENOISE_METHOD, ABBE_DENOISE_METHOD_NETWORK))) ||
          (*model && failed("plan", abbe_plan_set_model(*plan, *model))) ||
          /* As time points the planes are images of their own, each with its own noise. */
          failed("input", abbe_plan_set_input(*plan, before.dtype, "tyx", before.shape, NULL, 0)) ||
          failed("output", abbe_plan_set_output(*plan, ABBE_DTYPE_F32, NULL, 0)) ||
          failed("commit", abbe_plan_commit(*plan)) || stack_make(before.shape, ABBE_DTYPE_F32, &after) != 0 ||
          failed("execute", abbe_plan_execute(*plan, before.samples, before.bytes, after.samples, after.bytes)) ||
          stack_write(options->output, &after) != 0 ||
          (options->picture &&
           (difference(&before, &after, &taken) != 0 || stack_picture(options->picture, panels, 3) != 0)) ||
          failed("report", abbe_plan_report(*plan, NULL, 0, &needed));
    if (!bad) {
        report = malloc(needed);
        bad = !report || failed("report", abbe_plan_report(*plan, report, needed, &needed));
        if (!bad) {
            printf("%-12s %s\n", "denoised by", options->model ? options->model : "the built-in network");
            printf("%-12s %.6g\n", "flux in", number(report, "\"flux_in\":"));
            printf("%-12s %.6g\n", "flux out", number(report, "\"flux_out\":"));
        }
    }
    free(report);
    stack_free(&before);
    stack_free(&after);
    stack_free(&taken);
    return bad ? -1 : 0;
}

int main(int argc, char **argv) {
    struct options options;
    abbe_context *context = NULL;
    abbe_model *model = NULL;
    abbe_plan *plan = NULL;
    int result;
    if (parse(argc, argv, &options) != 0) {
        fprintf(stderr, "usage: denoise INPUT.tif OUTPUT.tif [--learn | --model PACKAGE --onnxruntime LIBRARY] "
                        "[--picture PNG]\n");
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
