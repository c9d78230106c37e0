// SPDX-License-Identifier: MIT OR Apache-2.0
//
// abbe.hpp: failures as exceptions, ownership, callbacks that throw, results equal to the C functions'.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <abbe/abbe.hpp>

static int failures = 0;

#define CHECK(condition)                                                                                              \
    do {                                                                                                              \
        if (!(condition)) {                                                                                           \
            std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                       \
            failures++;                                                                                               \
        }                                                                                                             \
    } while (0)

template <typename Call> static void fails(abbe_status status, const char *part, Call call) {
    try {
        call();
        std::printf("no failure; \"%s\" was to be expected\n", part);
        failures++;
    } catch (const abbe::error &error) {
        CHECK(error.status() == status);
        if (std::string(error.what()).find(part) == std::string::npos) {
            std::printf("\"%s\" does not say \"%s\"\n", error.what(), part);
            failures++;
        }
    }
}

static_assert(!std::is_copy_constructible<abbe::context>::value, "handles are not copied");
static_assert(!std::is_copy_constructible<abbe::psf>::value, "handles are not copied");
static_assert(!std::is_copy_constructible<abbe::plan>::value, "handles are not copied");
static_assert(std::is_nothrow_move_constructible<abbe::context>::value, "fit for containers");
static_assert(std::is_nothrow_move_constructible<abbe::psf>::value, "fit for containers");
static_assert(std::is_nothrow_move_constructible<abbe::plan>::value, "fit for containers");
static_assert(std::is_nothrow_move_assignable<abbe::plan>::value, "fit for containers");

static abbe::psf make_psf(const abbe::context &context) {
    std::vector<float> samples(27, 0.01f);
    samples[13] = 1.0f;
    abbe::psf psf(context, ABBE_PSF_MEASURED);
    psf.set_samples(samples.data(), {3, 3, 3});
    return psf;
}

static abbe::plan make_plan(const abbe::context &context) {
    abbe::plan plan(context);
    plan.add_step(ABBE_STEP_DECONVOLVE);
    plan.set_psf(make_psf(context));
    plan.set(ABBE_DECONVOLVE_ITERATIONS, 4);
    plan.set_input(ABBE_DTYPE_U16, "zyx", {4, 6, 8});
    plan.set_output(ABBE_DTYPE_F32);
    plan.commit();
    return plan;
}

static std::vector<std::uint16_t> make_stack() {
    std::vector<std::uint16_t> stack(4 * 6 * 8);
    for (std::size_t at = 0; at < stack.size(); at++) {
        stack[at] = static_cast<std::uint16_t>(at * 37 % 400);
    }
    return stack;
}

static void objects_move() {
    abbe::context first, second;
    first.set(ABBE_CONTEXT_THREADS, 2);
    abbe::context third(std::move(first));
    second = std::move(third);
    second.set(ABBE_CONTEXT_THREADS, 1L);
    std::vector<abbe::plan> plans;
    for (int at = 0; at < 5; at++) {
        plans.push_back(make_plan(second));
    }
    std::swap(plans[0], plans[4]);
    std::vector<float> result, other;
    plans[0].execute(make_stack(), result);
    plans[4].execute(make_stack(), other);
    CHECK(result == other && result.size() == 192);
}

static void failures_are_exceptions() {
    abbe::context context;
    fails(ABBE_ERROR_ARGUMENT, "context.threads", [&] { context.set(ABBE_CONTEXT_THREADS, -1); });
    fails(ABBE_ERROR_ARGUMENT, "kind", [&] { abbe::psf(context, 1000); });
    abbe::psf psf(context, ABBE_PSF_GAUSSIAN);
    fails(ABBE_ERROR_ARGUMENT, "psf.pixel_nm", [&] { psf.set(ABBE_PSF_PIXEL_NM, std::nan("")); });
    fails(ABBE_ERROR_ARGUMENT, "_set_f64", [&] { psf.set(ABBE_PSF_PIXEL_NM, "80"); });
    fails(ABBE_ERROR_STATE, "psf.", [&] { psf.sample({5, 5, 5}); });
    abbe::plan plan = make_plan(context);
    fails(ABBE_ERROR_ARGUMENT, "shape", [&] { plan.set_input(ABBE_DTYPE_U16, "zyx", {4, 6}); });
    fails(ABBE_ERROR_ARGUMENT, "byte_strides", [&] { plan.set_output(ABBE_DTYPE_U16, {2, 4}); });
    fails(ABBE_ERROR_ARGUMENT, "src holds 2", [&] {
        std::vector<float> target;
        plan.execute(std::vector<std::uint16_t>(1), target);
    });
    fails(ABBE_ERROR_ARGUMENT, "set_input()", [&] {
        std::vector<float> target;
        plan.execute(std::vector<float>(192), target);
    });
    fails(ABBE_ERROR_ARGUMENT, "set_output()", [&] {
        std::vector<std::uint16_t> target;
        plan.execute(make_stack(), target);
    });
    fails(ABBE_ERROR_ARGUMENT, "unsigned", [&] {
        std::vector<float> target;
        plan.execute(std::vector<std::int16_t>(192), target);
    });
    /* A new source keeps the target's type. */
    plan.set_input(ABBE_DTYPE_U16, "zyx", {2, 6, 8});
    plan.commit();
    std::vector<float> smaller;
    plan.execute(std::vector<std::uint16_t>(96, 7), smaller);
    CHECK(smaller.size() == 96 && smaller[0] > 1.0f && smaller[0] < 20.0f);
    /* Whole values of real parameters need no point. */
    psf.set(ABBE_PSF_PIXEL_NM, 80);
    CHECK(psf.f64(ABBE_PSF_PIXEL_NM) == 80.0);
    fails(ABBE_ERROR_ARGUMENT, "0.065 um are 65 nm", [&] { psf.set(ABBE_PSF_PIXEL_NM, 0.065); });
    abbe::plan moved(std::move(plan));
    fails(ABBE_ERROR_HANDLE, "plan", [&] { plan.commit(); });
    fails(ABBE_ERROR_IO, "none.onnx", [&] { abbe::model(context, "none.onnx"); });
    fails(ABBE_ERROR_MODEL, "", [&] { abbe::model(context, "garbage", 7); });
    abbe::error error(ABBE_ERROR_IO, "text");
    CHECK(dynamic_cast<std::runtime_error *>(&error) != nullptr);
}

static void what_a_callback_throws_comes_out() {
    abbe::context context;
    abbe::plan plan = make_plan(context);
    std::vector<float> result, expected;
    plan.execute(make_stack(), expected);
    plan.set_progress([](double) -> abbe_answer_code { throw std::length_error("mine"); });
    try {
        plan.execute(make_stack(), result);
        CHECK(!"an exception");
    } catch (const std::length_error &error) {
        CHECK(std::strcmp(error.what(), "mine") == 0);
    }
    plan.set_progress([](double) { return ABBE_CANCEL; });
    fails(ABBE_ERROR_CANCELLED, "cancel", [&] { plan.execute(make_stack(), result); });
    double last = 0;
    plan.set_progress([&last](double fraction) {
        last = fraction;
        return ABBE_CONTINUE;
    });
    abbe::plan moved(std::move(plan)); // The function moves along.
    moved.execute(make_stack(), result);
    CHECK(last == 1.0 && result == expected);
    moved.set_progress(nullptr);
    last = 0;
    moved.execute(make_stack(), result);
    CHECK(last == 0.0);
}

static void texts_and_facts() {
    abbe::context context;
    std::string log;
    context.set_log([&log](std::int32_t, const char *message) { log += message; }, ABBE_LEVEL_DEBUG);
    abbe::plan plan = make_plan(context);
    std::vector<float> result;
    plan.execute(make_stack(), result);
    context.set_log(nullptr);
    CHECK(abbe::version() == abbe_version_text());
    CHECK(plan.i64(ABBE_PLAN_INPUT_BYTES) == 384 && plan.i64(ABBE_PLAN_OUTPUT_BYTES) == 768);
    CHECK(plan.f64(ABBE_PLAN_PROGRESS) == 1.0);
    CHECK((plan.output_shape() == std::vector<std::int64_t>{4, 6, 8}));
    const std::string report = plan.report();
    abbe::plan loaded = abbe::plan::load_json(context, report);
    loaded.set_psf(make_psf(context)); // A measured one's samples are not in the text.
    CHECK(loaded.save_json() == plan.save_json());
    CHECK(report.front() == '{' && report.back() == '}');
    loaded.set_channel_psf(0, make_psf(context));
    CHECK(loaded.save_json().find("channel_psfs") != std::string::npos);
    loaded.unset_channel_psf(0);
    CHECK(loaded.save_json() == plan.save_json());
    abbe::psf psf = make_psf(context);
    const std::vector<float> kernel = psf.sample({3, 3, 3});
    double sum = 0;
    for (float value : kernel) {
        sum += static_cast<double>(value);
    }
    CHECK(std::fabs(sum - 1.0) < 1e-5);
    CHECK(psf.extent(3).size() == 3 && psf.report().front() == '{');
}

static void models_are_fitted() {
    abbe::context context;
    abbe::psf truth(context, ABBE_PSF_GAUSSIAN), bead(context, ABBE_PSF_MEASURED), model(context, ABBE_PSF_GAUSSIAN);
    truth.set(ABBE_PSF_PIXEL_NM, 80.0);
    truth.set(ABBE_PSF_SIGMA_NM, 150.0);
    const std::vector<float> samples = truth.sample({21, 25});
    bead.set_samples(samples.data(), {21, 25});
    model.set(ABBE_PSF_PIXEL_NM, 80.0);
    model.set(ABBE_PSF_SIGMA_NM, 100.0);
    model.fit(bead);
    CHECK(std::fabs(model.f64(ABBE_PSF_SIGMA_NM) - 150.0) < 0.5);
    CHECK(std::fabs(model.f64(ABBE_PSF_FIT_SHIFT_X_PX)) < 0.01);
    CHECK(model.i64(ABBE_PSF_CENTRE) == ABBE_CENTRE_BEST_FOCUS);
    CHECK(model.report().find("\"fit\"") != std::string::npos);
    fails(ABBE_ERROR_ARGUMENT, "kind is measured", [&] { bead.fit(bead); });
}

static void estimates_are_heard_and_stopped() {
    abbe::context context;
    abbe::psf model(context, ABBE_PSF_WIDEFIELD);
    model.set(ABBE_PSF_NUMERICAL_APERTURE, 1.2);
    model.set(ABBE_PSF_IMMERSION_INDEX, 1.333);
    model.set(ABBE_PSF_WAVELENGTH_NM, 520.0);
    model.set(ABBE_PSF_PIXEL_NM, 100.0);
    std::vector<float> image(48 * 48);
    std::uint32_t state = 1;
    for (std::size_t at = 0; at < image.size(); at++) {
        state = state * 1664525u + 1013904223u;
        image[at] = (at % 48 / 4 % 2 ? 400.0f : 20.0f) + static_cast<float>(state >> 27);
    }
    double heard = 0;
    fails(ABBE_ERROR_CANCELLED, "cancel", [&] {
        model.estimate(image.data(), {48, 48}, [&](double fraction) {
            heard = fraction;
            return fraction < 0.1 ? ABBE_CONTINUE : ABBE_CANCEL;
        });
    });
    CHECK(heard >= 0.1 && heard < 1.0);
    try {
        model.estimate(image.data(), {48, 48}, [](double) -> abbe_answer_code { throw std::length_error("mine"); });
        CHECK(!"an exception");
    } catch (const std::length_error &error) {
        CHECK(std::strcmp(error.what(), "mine") == 0);
    }
    model.cancel(); /* Nothing runs. */
}

static void blocks_are_read_and_written() {
    abbe::context context;
    abbe::plan plan = make_plan(context);
    const std::vector<std::uint16_t> source = make_stack();
    std::vector<float> expected, result(source.size());
    plan.execute(source, expected);
    const auto first = [](const abbe::plan::block &block, std::int64_t row) {
        const std::int64_t z = block.start[0] + row / block.shape[1], y = block.start[1] + row % block.shape[1];
        return static_cast<std::size_t>((z * 6 + y) * 8 + block.start[2]);
    };
    const auto read = [&](const abbe::plan::block &block, void *samples, std::size_t bytes) {
        const std::size_t width = static_cast<std::size_t>(block.shape[2]);
        CHECK(block.image == 0 && bytes == 2 * width * static_cast<std::size_t>(block.shape[0] * block.shape[1]));
        for (std::int64_t row = 0; row < block.shape[0] * block.shape[1]; row++) {
            std::memcpy(static_cast<std::uint16_t *>(samples) + static_cast<std::size_t>(row) * width,
                        &source[first(block, row)], 2 * width);
        }
        return ABBE_CONTINUE;
    };
    const auto write = [&](const abbe::plan::block &block, const void *samples, std::size_t) {
        const std::size_t width = static_cast<std::size_t>(block.shape[2]);
        for (std::int64_t row = 0; row < block.shape[0] * block.shape[1]; row++) {
            std::memcpy(&result[first(block, row)],
                        static_cast<const float *>(samples) + static_cast<std::size_t>(row) * width, 4 * width);
        }
        return ABBE_CONTINUE;
    };
    fails(ABBE_ERROR_STATE, "plan.blocks", [&] { plan.execute_blocks(read, write); });
    plan.set(ABBE_PLAN_BLOCKS, 1);
    plan.commit();
    plan.execute_blocks(read, write);
    CHECK(result == expected);
    fails(ABBE_ERROR_ARGUMENT, "empty", [&] { plan.execute_blocks(read, nullptr); });
    fails(ABBE_ERROR_CANCELLED, "cancel", [&] {
        plan.execute_blocks(read, [](const abbe::plan::block &, const void *, std::size_t) { return ABBE_CANCEL; });
    });
    try {
        plan.execute_blocks(
            [](const abbe::plan::block &, void *, std::size_t) -> abbe_answer_code { throw std::length_error("mine"); }, write);
        CHECK(!"an exception");
    } catch (const std::length_error &error) {
        CHECK(std::strcmp(error.what(), "mine") == 0);
    }
}

static void masked_samples_do_not_matter() {
    abbe::context context;
    abbe::plan plan = make_plan(context);
    std::vector<std::uint16_t> source = make_stack();
    std::vector<std::uint8_t> mask(source.size(), 1);
    std::vector<float> plain, expected, result;
    plan.execute(source, plain);
    mask[40] = 0;
    plan.set_mask(mask);
    plan.commit();
    plan.execute(source, expected);
    source[40] = 65535;
    plan.execute(source, result);
    CHECK(result == expected);
    fails(ABBE_ERROR_ARGUMENT, "mask has 7 bytes", [&] { plan.set_mask(std::vector<std::uint8_t>(7, 1)); });
    plan.set_mask({});
    plan.commit();
    plan.execute(source, result);
    CHECK(result != expected && result != plain);
}

/** The table of parameters, as property pages read it. */
static void introspection() {
    const std::vector<abbe_param> all = abbe::parameters();
    CHECK(all.size() > 50);
    const abbe_param wavelength = abbe::find_parameter("psf.wavelength_nm");
    CHECK(wavelength == ABBE_PSF_WAVELENGTH_NM);
    const abbe::parameter_range range = abbe::range_of(ABBE_PSF_ENERGY);
    CHECK(range.minimum == 0.5 && range.maximum < 1 && range.default_value == 0.99);
    CHECK(abbe::describe_parameter(ABBE_DECONVOLVE_ALGORITHM).find("value_summaries") != std::string::npos);
    CHECK(abbe::version_number() == ABBE_VERSION_NUMBER && !abbe::status_text(ABBE_ERROR_STATE).empty());
    fails(ABBE_ERROR_ARGUMENT, "psf.wavelength_nm", [] { abbe::find_parameter("psf.wavelenght_nm"); });
}

int main() {
    blocks_are_read_and_written();
    masked_samples_do_not_matter();
    objects_move();
    models_are_fitted();
    if (!std::getenv("ABBE_TEST_SMALL")) { // valgrind would take minutes
        estimates_are_heard_and_stopped();
    }
    failures_are_exceptions();
    what_a_callback_throws_comes_out();
    texts_and_facts();
    introspection();
    std::printf(failures ? "%d failures\n" : "ok\n", failures);
    return failures ? 1 : 0;
}
