/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Denoising by what is built in: the network needs no file and no ONNX Runtime.
 */
#include "check.h"

#include <math.h>

enum { NZ = 2, NY = 40, NX = 60, N = NZ * NY * NX };
static float image[N], first[N], second[N];

static double error(const float *left, double gain, double offset) {
    double sum = 0.0;
    int at;
    for (at = 0; at < N; at++) {
        double truth = 200.0 + 100.0 * sin(at % NX / 9.0);
        sum += pow((left[at] - offset) / gain - truth, 2.0);
    }
    return sqrt(sum / N);
}

static void fill(double gain, double offset) {
    int at;
    for (at = 0; at < N; at++) {
        double truth = 200.0 + 100.0 * sin(at % NX / 9.0), sum = 0.0;
        int draw;
        for (draw = 0; draw < 4; draw++) {
            sum += noise((unsigned)(4 * at + draw)) / 1000.0 - 0.5;
        }
        image[at] = (float)(gain * (truth + sqrt(truth) * sum / 0.577) + offset);
    }
}

static abbe_plan *make(abbe_context *context) {
    static const int64_t shape[3] = {NZ, NY, NX};
    abbe_plan *plan = NULL;
    OK(abbe_plan_create(context, &plan));
    OK(abbe_plan_add_step(plan, ABBE_STEP_DENOISE));
    OK(abbe_plan_set_i64(plan, ABBE_DENOISE_METHOD, ABBE_DENOISE_METHOD_NETWORK));
    OK(abbe_plan_set_input(plan, ABBE_DTYPE_F32, "zyx", shape, NULL, 0));
    return plan;
}

static int32_t stop(void *user, double fraction) {
    (void)user;
    return fraction > 0.4 ? ABBE_CANCEL : ABBE_CONTINUE;
}

int main(void) {
    abbe_context *contexts[2];
    abbe_plan *plan;
    char report[20000];
    size_t needed = 0;
    int64_t bytes = 0;
    double before, after;
    int at;

    contexts[0] = make_context(1);
    contexts[1] = make_context(3);
    fill(1.0, 0.0);
    before = error(image, 1.0, 0.0);
    plan = make(contexts[0]);
    OK(abbe_plan_get_i64(plan, ABBE_PLAN_WORKSPACE_BYTES, &bytes));
    CHECK(bytes > 1000000 && bytes < 40000000);
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, first, sizeof first));
    after = error(first, 1.0, 0.0);
    CHECK(after < 0.5 * before);
    OK(abbe_plan_report(plan, report, sizeof report, &needed));
    CHECK(strstr(report, "\"removed\":") != NULL);

    /* A cancelled execute leaves the plan as it was. */
    OK(abbe_plan_set_progress(plan, stop, NULL));
    EXPECT(ABBE_ERROR_CANCELLED, abbe_plan_execute(plan, image, sizeof image, second, sizeof second));
    OK(abbe_plan_set_progress(plan, NULL, NULL));
    OK(abbe_plan_execute(plan, image, sizeof image, second, sizeof second));
    CHECK(memcmp(first, second, sizeof first) == 0);
    FAILS(ABBE_ERROR_ARGUMENT, "denoise.method", abbe_plan_set_i64(plan, ABBE_DENOISE_METHOD, 4));
    abbe_plan_destroy(plan);

    /* The same bits by more threads. */
    plan = make(contexts[1]);
    OK(abbe_plan_commit(plan));
    OK(abbe_plan_execute(plan, image, sizeof image, second, sizeof second));
    CHECK(memcmp(first, second, sizeof first) == 0);

    /* Another gain and offset give the same image in other units. */
    fill(3.0, 500.0);
    OK(abbe_plan_execute(plan, image, sizeof image, second, sizeof second));
    for (at = 0; at < N; at++) {
        CHECK(fabs((second[at] - 500.0) / 3.0 - first[at]) < 0.01);
    }
    abbe_plan_destroy(plan);
    for (at = 0; at < 2; at++) {
        abbe_context_destroy(contexts[at]);
    }
    return finish();
}
