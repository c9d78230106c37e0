/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A host on Windows that loads libabbe by its path, uses it, and unloads it, ten times.
 *
 *   unload LIBRARY
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <abbe/abbe.h>

enum { N = 64 };

#define GET(name) \
    do { \
        const FARPROC found_ = GetProcAddress(library, #name); \
        memcpy(&name, &found_, sizeof name); \
    } while (0)

static int use(HMODULE library) {
    const int64_t shape[2] = {N, N};
    float image[N * N] = {0};
    abbe_context *context = NULL;
    abbe_plan *plan = NULL;
    abbe_status (*abbe_context_create)(abbe_context **);
    abbe_status (*abbe_plan_create)(abbe_context *, abbe_plan **);
    abbe_status (*abbe_plan_add_step)(abbe_plan *, abbe_step);
    abbe_status (*abbe_plan_set_input)(abbe_plan *, abbe_dtype, const char *, const int64_t *, const int64_t *, int64_t);
    abbe_status (*abbe_plan_commit)(abbe_plan *);
    abbe_status (*abbe_plan_execute)(abbe_plan *, const void *, size_t, void *, size_t);
    void (*abbe_plan_destroy)(abbe_plan *);
    void (*abbe_context_destroy)(abbe_context *);
    int done;
    GET(abbe_context_create);
    GET(abbe_plan_create);
    GET(abbe_plan_add_step);
    GET(abbe_plan_set_input);
    GET(abbe_plan_commit);
    GET(abbe_plan_execute);
    GET(abbe_plan_destroy);
    GET(abbe_context_destroy);
    done = !abbe_context_create(&context) && !abbe_plan_create(context, &plan) &&
        !abbe_plan_add_step(plan, ABBE_STEP_DENOISE) &&
        !abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0) && !abbe_plan_commit(plan) &&
        !abbe_plan_execute(plan, image, sizeof image, image, sizeof image);
    abbe_plan_destroy(plan);
    abbe_context_destroy(context);
    return done;
}

int wmain(int count, wchar_t **arguments) {
    int round;
    for (round = 0; round < 10 && count == 2; round++) {
        HMODULE library = LoadLibraryW(arguments[1]);
        if (!library || !use(library) || !FreeLibrary(library) || GetModuleHandleW(L"abbe.dll")) {
            printf("round %d: library %p, error %lu\n", round, (void *)library, GetLastError());
            return 1;
        }
    }
    return count != 2;
}
