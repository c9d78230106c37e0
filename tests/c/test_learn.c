/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Learning from one image: built in, learnt, run, saved, loaded, and what is refused.
 */
#include "check.h"

enum { NY = 72, NX = 80, N = NY * NX };
static float image[N], first[N], second[N], third[N];
static const int64_t shape[2] = {NY, NX};

/* Lines of 60 and 10 photons, of about that variance. */
static void fill(void) {
    int at;
    for (at = 0; at < N; at++) {
        const double truth = (at % NX + at / NX) % 8 == 0 ? 60.0 : 10.0;
        double sum = 0.0;
        int draw;
        for (draw = 0; draw < 4; draw++) {
            sum += noise((unsigned)(4 * at + draw)) / 1000.0 - 0.5;
        }
        image[at] = (float)(truth + sqrt(truth) * sum / 0.577);
    }
}

static void run(abbe_context *context, const abbe_model *model, float *target) {
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_i64(plan, ABBE_DENOISE_METHOD, ABBE_DENOISE_METHOD_NETWORK));
    OK(abbe_plan_set_model(plan, model));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, target, sizeof image));
    abbe_plan_destroy(plan);
}

static int says(const abbe_model *model, const char *part) {
    static char text[20000];
    OK(abbe_model_describe(model, text, sizeof text, NULL));
    return strstr(text, part) != NULL;
}

static double last;
static int32_t listen(void *user, double fraction) {
    CHECK(fraction >= last);
    last = fraction;
    return *(const double *)user < fraction ? ABBE_CANCEL : ABBE_CONTINUE;
}

static void check_models(abbe_context *context, const char *path) {
    abbe_model *start = NULL, *learnt = NULL, *again = NULL, *loaded = NULL;
    abbe_plan *plan = NULL;
    FILE *file;
    double never = 2.0, soon = 0.0;
    const int is_small = small_only();

    FAILS(ABBE_ERROR_ARGUMENT, "name is \"upscale\"", abbe_model_builtin(context, "upscale", &start));
    OK(abbe_model_builtin(context, "denoise", &start));
    FAILS(ABBE_ERROR_ARGUMENT, "learn.steps", abbe_model_set_i64(start, ABBE_LEARN_STEPS, -1));
    FAILS(ABBE_ERROR_ARGUMENT, "learn.*", abbe_model_set_f64(start, ABBE_DENOISE_GAIN, 1.0));
    OK(abbe_model_set_i64(start, ABBE_LEARN_STEPS, is_small ? 1 : 32));
    OK(abbe_model_set_f64(start, ABBE_LEARN_DEADLINE_S, 1000.0));
    OK(abbe_model_unset(start, ABBE_LEARN_DEADLINE_S));
    OK(abbe_model_set_f64(start, ABBE_LEARN_GAIN, 1.0));

    FAILS(ABBE_ERROR_ARGUMENT, "ndim is 4", abbe_model_learn(start, image, 4, shape, NULL, NULL, &learnt));
    FAILS(ABBE_ERROR_ARGUMENT, "samples is NULL", abbe_model_learn(start, NULL, 2, shape, NULL, NULL, &learnt));
    image[3 * NX + 5] = NAN;
    FAILS(ABBE_ERROR_ARGUMENT, "samples are NaN at z 0, y 3, x 5",
          abbe_model_learn(start, image, 2, shape, NULL, NULL, &learnt));
    fill();
    soon = -1.0;
    EXPECT(ABBE_ERROR_CANCELLED, abbe_model_learn(start, image, 2, shape, listen, &soon, &learnt));
    CHECK(learnt == NULL);
    last = 0.0;
    OK(abbe_model_learn(start, image, 2, shape, listen, &never, &learnt));
    CHECK(last == 1.0);
    CHECK(says(learnt, "\"method\":\"photon_splitting\""));
    CHECK(says(learnt, is_small ? "\"steps\":1}" : "\"steps\":32}"));
    CHECK(!says(start, "\"learning\""));

    run(context, start, first);
    run(context, learnt, second);
    CHECK(is_small || memcmp(first, second, sizeof first) != 0);

    /* A step that cannot run it says so. */
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_model(plan, learnt));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "yx", shape, NULL, 0));
    FAILS(ABBE_ERROR_ARGUMENT, "denoise.method is 0 (patches)", abbe_plan_commit(plan));
    abbe_plan_destroy(plan);

    /* Saved whole or not at all, and the same when it is loaded. */
    FAILS(ABBE_ERROR_IO, "cannot be written", abbe_model_save(learnt, "no/such/folder/model.zip"));
    OK(abbe_model_save(learnt, path));
    OK(abbe_model_save(learnt, path));
    OK(abbe_model_load(context, path, &loaded));
    run(context, loaded, third);
    CHECK(memcmp(second, third, sizeof second) == 0);
    FAILS(ABBE_ERROR_STATE, "model was loaded", abbe_model_save(loaded, path));
    if (!is_small) {
        /* What was loaded learns on, from the other's weights. */
        OK(abbe_model_set_i64(loaded, ABBE_LEARN_STEPS, 0));
        OK(abbe_model_learn(loaded, image, 2, shape, NULL, NULL, &again));
        CHECK(says(again, "\"kept\":\"not_better\""));
        run(context, again, third);
        CHECK(memcmp(second, third, sizeof second) == 0);
        abbe_model_destroy(again);
    }
    file = fopen(path, "rb");
    CHECK(file != NULL);
    if (file) {
        fclose(file);
        remove(path);
    }
    abbe_model_cancel(learnt);
    abbe_model_cancel(NULL);
    EXPECT(ABBE_ERROR_HANDLE, abbe_model_save(NULL, path));
    abbe_model_destroy(start);
    abbe_model_destroy(learnt);
    abbe_model_destroy(loaded);
}

int main(void) {
    abbe_context *context = make_context(2);
    const char *folder = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/abbe_test_learn_%u.zip", folder ? folder : ".", (unsigned)((size_t)context % 100000u));
    fill();
    check_models(context, path);
    abbe_context_destroy(context);
    return failures != 0;
}
