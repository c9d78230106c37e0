/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Versions, texts and the table of parameters.
 */
#include "check.h"

static void version(void) {
    char text[32];
    CHECK(abbe_version() == ABBE_VERSION_NUMBER);
    CHECK(ABBE_VERSION_NUMBER == ABBE_VERSION_MAJOR * 1000000 + ABBE_VERSION_MINOR * 1000 + ABBE_VERSION_PATCH);
    snprintf(text, sizeof text, "%d.%d.%d", ABBE_VERSION_MAJOR, ABBE_VERSION_MINOR, ABBE_VERSION_PATCH);
    CHECK(strcmp(abbe_version_text(), text) == 0);
}

static void status_texts(void) {
    abbe_status status;
    for (status = 2; status >= -12; status--) {
        const char *text = abbe_status_text(status);
        CHECK(text && strlen(text) > 3);
        CHECK(strcmp(text, abbe_status_text(status)) == 0);
    }
    CHECK(strcmp(abbe_status_text(ABBE_ERROR_STATE), abbe_status_text(ABBE_ERROR_HANDLE)) != 0);
}

/* Texts of any length are refused or quoted in part; what is no file is not read. */
static void long_texts(void) {
    enum { LENGTH = 3000000 };
    char *text = (char *)malloc(LENGTH + 1);
    abbe_param param = 0;
    abbe_context *context = make_context(1);
    abbe_model *model = NULL;
    memset(text, 'x', LENGTH);
    text[LENGTH] = 0;
    FAILS(ABBE_ERROR_ARGUMENT, "at most", abbe_context_set_text(context, ABBE_CONTEXT_ONNXRUNTIME, text));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find(text, &param));
    CHECK(abbe_model_load(context, text, &model) != ABBE_OK && abbe_error_text(NULL, NULL, 0) < 2100);
#if !defined(_WIN32) /* Windows has no files without an end. */
    EXPECT(ABBE_ERROR_MODEL, abbe_model_load(context, "/dev/zero", &model));
    CHECK(strstr(error_text(), "neither file nor folder") && model == NULL);
#endif
    abbe_context_destroy(context);
    free(text);
}

/* Texts are copied by size: always terminated, never beyond the room given. */
static void error_text_sizes(void) {
    char whole[512], cut[8];
    size_t needed;
    abbe_param param = 0;
    abbe_context *context = make_context(1);
    FAILS(ABBE_ERROR_ARGUMENT, "no.such", abbe_param_find("no.such", &param));
    needed = abbe_error_text(NULL, NULL, 0);
    CHECK(needed > sizeof cut && needed < sizeof whole);
    CHECK(abbe_error_text(NULL, whole, sizeof whole) == needed && strlen(whole) == needed - 1);
    memset(cut, 'x', sizeof cut);
    CHECK(abbe_error_text(NULL, cut, 5) == needed);
    CHECK(strlen(cut) <= 4 && strncmp(cut, whole, strlen(cut)) == 0 && cut[5] == 'x');
    /* A context keeps its own. */
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_context_set_i64(context, ABBE_CONTEXT_THREADS, -3));
    EXPECT(ABBE_ERROR_HANDLE, abbe_plan_commit(NULL));
    CHECK(abbe_error_text(context, whole, sizeof whole) > 1);
    CHECK(strstr(whole, "context.threads") != NULL);
    abbe_context_destroy(context);
}

static void table(void) {
    const int32_t count = abbe_param_count();
    int32_t at;
    abbe_param param = -7, found;
    CHECK(count > 10);
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_at(-1, &param));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_at(count, &param));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_at(0, NULL));
    CHECK(param == -7);
    for (at = 0; at < count; at++) {
        char json[4096], name[128];
        const char *start, *end;
        double minimum = -1, maximum = -2, default_value = -3;
        size_t needed = 0;
        abbe_status status;
        OK(abbe_param_at(at, &param));
        OK(abbe_param_describe(param, NULL, 0, &needed));
        CHECK(needed > 10 && needed < sizeof json);
        FAILS(ABBE_ERROR_ARGUMENT, "json", abbe_param_describe(param, json, needed - 1, &needed));
        OK(abbe_param_describe(param, json, needed, &needed));
        CHECK(strlen(json) == needed - 1);
        start = strstr(json, "\"name\":\"");
        CHECK(start != NULL);
        if (!start) {
            continue;
        }
        start += strlen("\"name\":\"");
        end = strchr(start, '"');
        memcpy(name, start, (size_t)(end - start));
        name[end - start] = '\0';
        found = 0;
        OK(abbe_param_find(name, &found));
        CHECK(found == param);
        CHECK(strstr(json, "\"summary\":\"") != NULL);
        status = abbe_param_range(param, &minimum, &maximum, &default_value);
        if (status == ABBE_OK) {
            CHECK(minimum <= maximum && (isnan(default_value) || (default_value >= minimum && default_value <= maximum)));
            OK(abbe_param_range(param, NULL, NULL, NULL));
        } else {
            CHECK(status == ABBE_ERROR_ARGUMENT && minimum == -1 && maximum == -2 && default_value == -3);
        }
    }
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find(NULL, &found));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find("psf.pixel_nm", NULL));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find("", &found));
    FAILS(ABBE_ERROR_ARGUMENT, "like psf.wavelength_nm", abbe_param_find("psf.wavelenght", &found));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find("PSF.PIXEL_NM", &found));
    EXPECT(ABBE_ERROR_ARGUMENT, abbe_param_find("\xc3\x28", &found));
    OK(abbe_param_find("psf.pixel_nm", &found));
    CHECK(found == ABBE_PSF_PIXEL_NM);
}

int main(void) {
    version();
    status_texts();
    long_texts();
    error_text_sizes();
    table();
    return finish();
}
