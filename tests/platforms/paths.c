/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Paths on Windows, named in UTF-8: a network and ONNX Runtime in folders with spaces, umlauts and Chinese characters, the
 * network's longer than 260 characters; a false onnxruntime.dll in the current folder; threads of the host.
 *
 *   paths FOLDER MODEL ONNXRUNTIME     (all in Windows' own form)
 */
#include <stdio.h>
#include <string.h>
#include <windows.h>

#include <abbe/abbe.h>

enum { N = 64 };
static int wrong = 0;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            char text_[4096]; \
            abbe_error_text(NULL, text_, sizeof text_); \
            printf("%s:%d: not so: %s (%s)\n", __FILE__, __LINE__, #condition, text_); \
            wrong++; \
        } \
    } while (0)

/* Text of UTF-16 as UTF-8, without the prefix that lifts Windows' own limit. */
static void utf8(const wchar_t *wide, char *text, int size) {
    WideCharToMultiByte(CP_UTF8, 0, wcsncmp(wide, L"\\\\?\\", 4) ? wide : wide + 4, -1, text, size, NULL, NULL);
}

static int commits(abbe_context *context, const abbe_model *model) {
    const int64_t shape[2] = {N, N};
    static float image[N * N];
    abbe_plan *plan = NULL;
    const int done = !abbe_plan_create(context, &plan) && !abbe_plan_add_step(plan, ABBE_STEP_MODEL) &&
        !abbe_plan_set_model(plan, model) && !abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0) &&
        !abbe_plan_commit(plan) && !abbe_plan_execute(plan, image, sizeof image, image, sizeof image);
    abbe_plan_destroy(plan);
    return done;
}

static DWORD WINAPI work(void *told) {
    abbe_context *context = (abbe_context *)told;
    const int64_t shape[2] = {N, N};
    float image[N * N] = {0};
    abbe_psf *psf = NULL;
    abbe_plan *plan = NULL;
    double flux = 0;
    int at;
    image[N * N / 2 + N / 2] = 100;
    CHECK(!abbe_psf_create(context, ABBE_PSF_GAUSSIAN, &psf) && !abbe_psf_set_f64(psf, ABBE_PSF_PIXEL_NM, 100) &&
          !abbe_psf_set_f64(psf, ABBE_PSF_NUMERICAL_APERTURE, 1) && !abbe_psf_set_f64(psf, ABBE_PSF_WAVELENGTH_NM, 500));
    CHECK(!abbe_plan_create(context, &plan) && !abbe_plan_add_step(plan, ABBE_STEP_DECONVOLVE) &&
          !abbe_plan_set_psf(plan, psf) && !abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0) &&
          !abbe_plan_commit(plan) && !abbe_plan_execute(plan, image, sizeof image, image, sizeof image));
    for (at = 0; at < N * N; at++) {
        flux += image[at];
    }
    CHECK(flux > 90 && flux < 110);
    abbe_plan_destroy(plan);
    abbe_psf_destroy(psf);
    return 0;
}

int wmain(int count, wchar_t **arguments) {
    static wchar_t folder[2000], file[2100];
    static char path[8000], text[8000];
    HANDLE threads[4];
    abbe_context *context = NULL;
    abbe_model *model = NULL;
    int at;
    if (count != 4) {
        return 2;
    }
    CHECK(!abbe_context_create(&context));
    _snwprintf(folder, 2000, L"\\\\?\\%ls", arguments[1]);
    for (at = 0; wcslen(folder) < 400; at++) {
        wcscat(folder, L"\\\u00dcber Zellen \u7d30\u80de, sechster Versuch mit langem Namen");
        CHECK(CreateDirectoryW(folder, NULL) || GetLastError() == ERROR_ALREADY_EXISTS);
    }
    _snwprintf(file, 2100, L"%ls\\Netz \u7f51.zip", folder);
    CHECK(CopyFileW(arguments[2], file, FALSE));
    utf8(file, path, sizeof path);
    CHECK(strlen(path) > 260);
    CHECK(!abbe_model_load(context, path, &model));

    /* The current folder has a file of that name, libabbe's has none: nothing is loaded, and the text says where it looked. */
    CHECK(!commits(context, model));
    abbe_error_text(NULL, text, sizeof text);
    CHECK(strstr(text, "is not found beside libabbe") != NULL);
    GetModuleFileNameW(GetModuleHandleW(L"abbe.dll"), file, 2100);
    *wcsrchr(file, L'\\') = 0;
    utf8(file, path, sizeof path);
    CHECK(strstr(text, path) != NULL);

    /* Wine cannot tell the final path of a file whose path is that long; ONNX Runtime goes to the folder at the top. */
    *wcschr(wcschr(folder, 0xdc), L'\\') = 0;
    _snwprintf(file, 2100, L"%ls\\onnxruntime.dll", folder);
    CHECK(CopyFileW(arguments[3], file, FALSE));
    utf8(folder, path, sizeof path);
    CHECK(!abbe_context_set_text(context, ABBE_CONTEXT_ONNXRUNTIME, path));
    CHECK(commits(context, model));

    for (at = 0; at < 4; at++) {
        threads[at] = CreateThread(NULL, 0, work, context, 0, NULL);
    }
    WaitForMultipleObjects(4, threads, TRUE, INFINITE);
    abbe_model_destroy(model);
    abbe_context_destroy(context);
    printf("%d wrong\n", wrong);
    return wrong != 0;
}
