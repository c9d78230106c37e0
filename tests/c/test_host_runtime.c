/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host that has loaded ONNX Runtime itself: networks run in that one, and the process has no other. Needs ONNX Runtime,
 * named in ABBE_ONNXRUNTIME, on a system with dlopen().
 */
#if defined(__linux__)
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dirent.h>
#include <dlfcn.h>
#endif
#include "check.h"

/* The beginning of ONNX Runtime's OrtApiBase, the same in all versions. */
typedef struct {
    const void *(*get_api)(uint32_t version);
    const char *(*version)(void);
} base_of_a_runtime;

static const void *no_api(uint32_t version) {
    (void)version;
    return NULL;
}
static const char *old_version(void) { return "1.20.1"; }
static const char *later_version(void) { return "1.99.0"; }

#if defined(__linux__)
/* y = x for images x of [n, 1, h, w], as the onnx package writes it (opset 17). */
static const unsigned char identity[] = {
    8,  8,  18, 0,  58, 92, 10, 16, 10, 1,  120, 18, 1,   121, 34,  8,  73,  100, 101, 110, 116, 105, 116, 121, 18, 8,
    105, 100, 101, 110, 116, 105, 116, 121, 90, 30, 10, 1, 120, 18, 25, 10, 23, 8,   1,   18,  19,  10,  3,   18, 1,  110,
    10, 2,  8,  1,  10, 3,  18, 1,  104, 10, 3,  18, 1,   119, 98,  30, 10,  1,   121, 18,  25,  10,  23,  8,  1,  18,
    19, 10, 3,  18, 1,  110, 10, 2, 8,  1,  10,  3,  18,  1,   104, 10, 3,   18,  1,   119, 66,  4,   10,  0,  16, 17};

/* What the host's ONNX Runtime gives, of the library that ABBE_ONNXRUNTIME or its folder is; NULL where it is neither. */
static const void *load_own(const char *place) {
    static char path[4096];
    const void *(*entry)(void) = NULL;
    void *library, *symbol;
    DIR *folder = opendir(place);
    snprintf(path, sizeof path, "%s", place);
    if (folder) {
        struct dirent *file;
        while ((file = readdir(folder)) != NULL) {
            if (!strncmp(file->d_name, "libonnxruntime.so", 17)) {
                snprintf(path, sizeof path, "%s/%s", place, file->d_name);
            }
        }
        closedir(folder);
    }
    library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    symbol = library ? dlsym(library, "OrtGetApiBase") : NULL;
    memcpy(&entry, &symbol, sizeof entry);
    return entry ? entry() : NULL;
}

static void run_in(abbe_context *context) {
    const int64_t shape[2] = {24, 40};
    static float image[24 * 40], result[24 * 40];
    abbe_model *model = NULL;
    abbe_plan *plan = NULL;
    size_t at;
    for (at = 0; at < 24 * 40; at++) {
        image[at] = (float)noise((unsigned)at);
    }
    OK(abbe_model_load_memory(context, identity, sizeof identity, &model));
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_MODEL));
    OK(abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, result, sizeof result));
    CHECK(!memcmp(image, result, sizeof image));
    abbe_plan_destroy(plan);
    abbe_model_destroy(model);
}

/* Libraries of that name that the process has mapped. */
static int mapped(const char *name) {
    char line[4096], last[4096] = "";
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        const char *path = strchr(line, '/');
        if (path && strstr(path, name) && strcmp(path, last)) {
            snprintf(last, sizeof last, "%s", path);
            count++;
        }
    }
    if (maps) {
        fclose(maps);
    }
    return count;
}
#endif

int main(void) {
    static const base_of_a_runtime old = {no_api, old_version}, strange = {no_api, later_version};
    abbe_context *context = make_context(1);
    FAILS(ABBE_ERROR_DEVICE, "is version 1.20.1; it must be 1.24 or newer", abbe_context_adopt_onnxruntime(context, &old));
    FAILS(ABBE_ERROR_DEVICE, "is not ONNX Runtime", abbe_context_adopt_onnxruntime(context, &strange));
#if defined(__linux__)
    {
        /* Under valgrind not, for ONNX Runtime's own leaks. */
        const char *place = small_only() ? NULL : getenv("ABBE_ONNXRUNTIME");
        const void *base = place && place[0] ? load_own(place) : NULL;
        if (base) {
            char json[8192] = "";
            size_t needed = 0;
            /* The host alone says where it is. */
            CHECK(unsetenv("ABBE_ONNXRUNTIME") == 0);
            OK(abbe_context_adopt_onnxruntime(context, base));
            OK(abbe_context_adopt_onnxruntime(context, base));
            run_in(context);
            CHECK(mapped("libonnxruntime.so") == 1);
            OK(abbe_context_devices(context, json, sizeof json, &needed));
            CHECK(strstr(json, "\"library\":null") && strstr(json, "\"provider\":\"CPUExecutionProvider\""));
            FAILS(ABBE_ERROR_STATE, "this process already runs ONNX Runtime", abbe_context_adopt_onnxruntime(context, &strange));
        } else if (!small_only()) {
            printf("SKIPPED: ONNX Runtime is not there; set ABBE_ONNXRUNTIME\n");
        }
    }
#endif
    abbe_context_destroy(context);
    return finish();
}
